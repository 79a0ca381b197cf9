package account

import (
	"strconv"
	"strings"
)

// SizeClass is the class of 工信部联企业〔2011〕300号 (中小企业划型标准规定). The empty class is unknown.
type SizeClass string

// The four classes, largest first.
const (
	Large  SizeClass = "large"
	Medium SizeClass = "medium"
	Small  SizeClass = "small"
	Micro  SizeClass = "micro"
)

// bounds are the least figures of one class; a figure that does not count in an industry is 0 for all classes.
type bounds struct {
	employees       int64
	revenue, assets int64 // 万元
}

// sizeRule is one line of the regulation: the lower bounds of large, medium and small.
type sizeRule [3]bounds

var (
	agriculture  = sizeRule{{revenue: 20000}, {revenue: 500}, {revenue: 50}}
	industry     = sizeRule{{employees: 1000, revenue: 40000}, {employees: 300, revenue: 2000}, {employees: 20, revenue: 300}}
	construction = sizeRule{{revenue: 80000, assets: 80000}, {revenue: 6000, assets: 5000}, {revenue: 300, assets: 300}}
	wholesale    = sizeRule{{employees: 200, revenue: 40000}, {employees: 20, revenue: 5000}, {employees: 5, revenue: 1000}}
	retail       = sizeRule{{employees: 300, revenue: 20000}, {employees: 50, revenue: 500}, {employees: 10, revenue: 100}}
	transport    = sizeRule{{employees: 1000, revenue: 30000}, {employees: 300, revenue: 3000}, {employees: 20, revenue: 200}}
	warehousing  = sizeRule{{employees: 200, revenue: 30000}, {employees: 100, revenue: 1000}, {employees: 20, revenue: 100}}
	post         = sizeRule{{employees: 1000, revenue: 30000}, {employees: 300, revenue: 2000}, {employees: 20, revenue: 100}}
	hospitality  = sizeRule{{employees: 300, revenue: 10000}, {employees: 100, revenue: 2000}, {employees: 10, revenue: 100}}
	transmission = sizeRule{{employees: 2000, revenue: 100000}, {employees: 100, revenue: 1000}, {employees: 10, revenue: 100}}
	software     = sizeRule{{employees: 300, revenue: 10000}, {employees: 100, revenue: 1000}, {employees: 10, revenue: 50}}
	development  = sizeRule{{revenue: 200000, assets: 10000}, {revenue: 1000, assets: 5000}, {revenue: 100, assets: 2000}}
	property     = sizeRule{{employees: 1000, revenue: 5000}, {employees: 300, revenue: 1000}, {employees: 100, revenue: 500}}
	leasing      = sizeRule{{employees: 300, assets: 120000}, {employees: 100, assets: 8000}, {employees: 10, assets: 100}}
	otherwise    = sizeRule{{employees: 300}, {employees: 100}, {employees: 10}}
)

// sizeRuleOf finds the line for an industry code of GB/T 4754 with or without its section letter ("C3562", "3562"). It is nil for
// an industry the regulation leaves out (rail, finance, education, …) and for a code too short to tell.
func sizeRuleOf(industryCode string) *sizeRule {
	digits := strings.TrimLeft(industryCode, "ABCDEFGHIJKLMNOPQRST")
	if len(digits) < 2 {
		switch industryCode {
		case "A":
			return &agriculture
		case "B", "C", "D":
			return &industry
		case "E":
			return &construction
		case "H":
			return &hospitality
		case "L":
			return &leasing
		case "M", "N", "O", "R":
			return &otherwise
		}
		return nil
	}
	division, err := strconv.Atoi(digits[:2])
	if err != nil {
		return nil
	}
	switch {
	case division <= 5:
		return &agriculture
	case division <= 46:
		return &industry
	case division <= 50:
		return &construction
	case division == 51:
		return &wholesale
	case division == 52:
		return &retail
	case division == 53: // rail is left out
		return nil
	case division <= 58:
		return &transport
	case division == 59:
		return &warehousing
	case division == 60:
		return &post
	case division <= 62:
		return &hospitality
	case division <= 64:
		return &transmission
	case division == 65:
		return &software
	case strings.HasPrefix(digits, "701"):
		return &development
	case strings.HasPrefix(digits, "702"):
		return &property
	case division == 71 || division == 72:
		return &leasing
	case division >= 73 && division <= 82, division == 85, division >= 86 && division <= 90:
		return &otherwise
	}
	return nil
}

// SizeByFacts is the class the regulation gives: a firm must reach every lower bound of a class, else it falls to the next one.
// Money is fen. A counting figure of 0 is unknown and gives the empty class.
func SizeByFacts(industryCode string, employees, revenueFen, assetsFen int64) SizeClass {
	rule := sizeRuleOf(industryCode)
	if rule == nil {
		return ""
	}
	const fenPerWan = 100 * 10000
	least := rule[2]
	if least.employees > 0 && employees <= 0 || least.revenue > 0 && revenueFen <= 0 || least.assets > 0 && assetsFen <= 0 {
		return ""
	}
	for i, class := range []SizeClass{Large, Medium, Small} {
		b := rule[i]
		if employees >= b.employees && revenueFen >= b.revenue*fenPerWan && assetsFen >= b.assets*fenPerWan {
			return class
		}
	}
	return Micro
}
