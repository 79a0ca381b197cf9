package account

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Choice is one entry of a list forms are filled from.
type Choice struct {
	Code        string `json:"code"`
	Name        string `json:"name"`
	NameEn      string `json:"nameEn,omitempty"`
	Parent      string `json:"parent,omitempty"`
	Retired     bool   `json:"retired,omitempty"`     // no longer offered, still understood
	Unconfirmed bool   `json:"unconfirmed,omitempty"` // 待核
}

// Reference is the city's own lists: what a second city would replace.
type Reference struct {
	CityCode      string   `json:"cityCode"`
	CityName      string   `json:"cityName"`
	CityNameEn    string   `json:"cityNameEn,omitempty"`
	AuthorityName string   `json:"authorityName,omitempty"`
	Districts     []Choice `json:"districts"`
	Chains        []Choice `json:"chains"`
	TitleKinds    []Choice `json:"titleKinds"`
	// IndustryDivisions are those of GB/T 4754 where the city does not say, and Reasons what a decision is justified with as a rule: Parent
	// is the operation, one of reasonUses.
	IndustryDivisions []Choice `json:"industryDivisions,omitempty"`
	Reasons           []Choice `json:"reasons,omitempty"`
	// Calendar and Rules are what every service's clocks go by.
	Calendar when.Calendar `json:"calendar"`
	Rules    CityRules     `json:"rules"`
	Change   *Change       `json:"change,omitempty"` // that put it into force; nil for what the city began with
}

// Standard is the lists that are the same everywhere: the national classification (GB/T 4754-2017, sections and divisions), the size
// classes, our capacities, and the eight service categories in the policy's order.
type Standard struct {
	Capacities        []Choice `json:"capacities"`
	IndustrySections  []Choice `json:"industrySections"`
	IndustryDivisions []Choice `json:"industryDivisions"`
	SizeClasses       []Choice `json:"sizeClasses"`
	ServiceCategories []Choice `json:"serviceCategories"`
	// Reasons are what a city begins with.
	Reasons []Choice `json:"reasons"`
}

// reasonUses are the decisions that reasons are kept ready for.
var reasonUses = []string{"returnDemand", "rejectDemand", "returnOrganisation", "rejectOrganisation", "refuseClaim", "refuseObjection", "returnAdmission", "rejectAdmission", "returnAchievement"}

// namedList is one of the lists a city edits.
type namedList struct {
	name string
	of   *[]Choice
}

// lists are those a city edits, always in the same order.
func (r *Reference) lists() []namedList {
	return []namedList{{"districts", &r.Districts}, {"chains", &r.Chains}, {"titleKinds", &r.TitleKinds}, {"industryDivisions", &r.IndustryDivisions}, {"reasons", &r.Reasons}}
}

//go:embed reference.json
var referenceFile []byte

//go:embed standard.json
var standardFile []byte

// PilotCity is the invented city the program ships with.
var PilotCity = mustRead[Reference]("reference.json", referenceFile)

// Standards are the lists that do not vary.
var Standards = mustRead[Standard]("standard.json", standardFile)

func mustRead[T any](name string, file []byte) (v T) {
	if err := json.Unmarshal(file, &v); err != nil {
		panic("account: " + name + ": " + err.Error())
	}
	return v
}

func find(list []Choice, code string) (Choice, bool) {
	i := slices.IndexFunc(list, func(c Choice) bool { return c.Code == code })
	if i < 0 {
		return Choice{}, false
	}
	return list[i], true
}

// nameIn is the display name of a code, or the code when the list does not know it.
func nameIn(list []Choice, code string) string {
	if c, ok := find(list, code); ok {
		return c.Name
	}
	return code
}

// offered reports whether a code may be chosen now; one that was chosen before may stay.
func offered(list []Choice, code string, before ...string) bool {
	c, ok := find(list, code)
	return ok && (!c.Retired || slices.Contains(before, code))
}

// check holds a profile to the lists. before is the profile it replaces, zero for a new one.
func (r *Reference) check(p, before Profile) error {
	var bad []fault.Field
	if !offered(r.Districts, p.District, before.District) {
		bad = append(bad, fault.Field{Path: "districtCode", Code: "not_a_choice", Detail: "not a district of this city"})
	}
	for _, c := range p.Chains {
		if !offered(r.Chains, c, before.Chains...) {
			bad = append(bad, fault.Field{Path: "chainCodes", Code: "not_a_choice", Detail: c + " is not an industry chain of this city"})
		}
	}
	if p.Industry != "" && p.Industry != before.Industry && !r.knownIndustry(p.Industry) {
		bad = append(bad, fault.Field{Path: "industryCode", Code: "not_a_choice", Detail: "not a code of GB/T 4754, such as C3562"})
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// knownIndustry reports whether a code of GB/T 4754 has a known section, or a known division of it; finer levels are digits.
func (r *Reference) knownIndustry(code string) bool {
	section, digits := code[:1], code[1:]
	if section >= "0" && section <= "9" {
		section, digits = "", code
	} else if _, ok := find(Standards.IndustrySections, section); !ok {
		return false
	}
	if digits == "" {
		return section != ""
	}
	if len(digits) < 2 || len(digits) > 4 || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	division, ok := find(r.IndustryDivisions, digits[:2])
	return ok && !division.Retired && (section == "" || division.Parent == section)
}

// succeed checks that the next lists drop no code of the present ones: what refers to a code must stay readable.
func (r *Reference) succeed(next Reference) error {
	var bad []fault.Field
	nexts := next.lists()
	for i, l := range r.lists() {
		seen := map[string]bool{}
		for _, c := range *nexts[i].of {
			if seen[c.Code] {
				return fault.Bad(fault.Field{Path: l.name, Code: "duplicate", Detail: c.Code + " is there twice"})
			}
			seen[c.Code] = true
		}
		for _, c := range *l.of {
			if !seen[c.Code] {
				bad = append(bad, fault.Field{Path: l.name, Code: "code_removed", Detail: c.Code + " is in use perhaps; retire it instead"})
			}
		}
	}
	if len(bad) > 0 {
		f := fault.New(fault.Conflict, "reference.code_removed", "a code cannot vanish from the lists")
		f.Fields = bad
		return f
	}
	return nil
}

func capacityNames(caps []access.Capacity) []string {
	names := []string{}
	for _, c := range caps {
		names = append(names, nameIn(Standards.Capacities, string(c)))
	}
	return names
}
