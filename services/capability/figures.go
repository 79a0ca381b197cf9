package capability

import (
	"cmp"
	"slices"

	"lianbang/services/platform/when"
)

// SupplyRow is one supplier's share of one award: what the figures of local supply are summed from.
type SupplyRow struct {
	DemandID, Code, Title string
	Chain                 string // of the demand
	BuyerID, BuyerName    string
	BuyerDistrict         string
	SupplierID            string
	SupplierName          string
	SupplierDistrict      string // empty or unknown to the city: from elsewhere
	ShareBP               int    // of the demand, in basis points; a demand's rows sum to 10,000
	At                    when.Instant
}

// Local reports whether the supplier is of the city, Near whether it is of the buyer's own district.
func (r *SupplyRow) Local(districts map[string]string) bool {
	return districts[r.SupplierDistrict] != ""
}

// Near is 就近: the supplier and the buyer are of one district.
func (r *SupplyRow) Near(districts map[string]string) bool {
	return r.Local(districts) && r.SupplierDistrict == r.BuyerDistrict
}

// Figure is a group of rows summed. Shares are basis points of one demand, so that whole demands count alike, whatever they cost:
// 配套率 = LocalBP / AllBP, 就近配套率 = NearBP / AllBP.
type Figure struct {
	Key                    string // of the chain or the district; empty for all
	Demands                int
	Rows                   int
	AllBP, LocalBP, NearBP int
	Suppliers, LocalFirms  int // distinct
}

// figureOf sums a group.
func figureOf(key string, rows []SupplyRow, districts map[string]string) Figure {
	f := Figure{Key: key, Rows: len(rows)}
	demands, firms, local := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range rows {
		r := &rows[i]
		demands[r.DemandID], firms[r.SupplierID] = true, true
		f.AllBP += r.ShareBP
		if r.Local(districts) {
			f.LocalBP += r.ShareBP
			local[r.SupplierID] = true
		}
		if r.Near(districts) {
			f.NearBP += r.ShareBP
		}
	}
	f.Demands, f.Suppliers, f.LocalFirms = len(demands), len(firms), len(local)
	return f
}

// figuresBy sums the rows in groups, the largest first.
func figuresBy(rows []SupplyRow, districts map[string]string, key func(*SupplyRow) string) []Figure {
	groups := map[string][]SupplyRow{}
	for i := range rows {
		k := key(&rows[i])
		groups[k] = append(groups[k], rows[i])
	}
	var all []Figure
	for k, group := range groups {
		all = append(all, figureOf(k, group, districts))
	}
	slices.SortFunc(all, func(a, b Figure) int { return cmp.Or(cmp.Compare(b.AllBP, a.AllBP), cmp.Compare(a.Key, b.Key)) })
	return all
}
