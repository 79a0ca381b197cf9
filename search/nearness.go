package search

import (
	_ "embed"
	"encoding/json"
	"slices"
)

// bordering says which districts of the city border which. It is the invented city's; another city brings its own file.
//
//go:embed nearness.json
var bordering []byte

// nearness is which districts border which, both ways.
type nearness map[string][]string

var cityMap = func() nearness {
	var file struct {
		Neighbours nearness `json:"neighbours"`
	}
	if err := json.Unmarshal(bordering, &file); err != nil {
		panic("search: nearness.json: " + err.Error()) // embedded; every test reads it
	}
	return file.Neighbours
}()

// rings are the districts around one, the nearest first: itself, those that border it, those that border these, and so on. A
// district nobody placed has only itself; what is in no ring is farther than everything that is.
func (n nearness) rings(from string) [][]string {
	rings, seen := [][]string{{from}}, []string{from}
	for {
		var next []string
		for _, d := range rings[len(rings)-1] {
			for _, neighbour := range n[d] {
				if !slices.Contains(seen, neighbour) {
					seen, next = append(seen, neighbour), append(next, neighbour)
				}
			}
		}
		if len(next) == 0 {
			return rings
		}
		rings = append(rings, next)
	}
}
