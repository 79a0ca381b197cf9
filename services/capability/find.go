package capability

import (
	"context"
	"slices"
	"strings"

	"lianbang/services/capability/api"
	"lianbang/services/platform/docstore"
)

// What the demand service asks: which firms can supply something, by the words of their lists.

// names reports whether the capability names a word: in its title, products, processes, materials or machines. Case does not matter.
func (c *Capability) names(word string) bool {
	word = strings.ToLower(word)
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), word) }
	t := &c.Terms
	return has(t.Title) || slices.ContainsFunc(slices.Concat(t.Products, t.Processes, t.Materials), has) ||
		slices.ContainsFunc(t.Equipment, func(e Equipment) bool { return has(e.Name) })
}

// FindSuppliers are the firms whose published capabilities name at least one of some words, in the order of their ids, each with its words.
func (s *Service) FindSuppliers(ctx context.Context, words []string) ([]api.SupplierFound, error) {
	found := map[string][]string{}
	err := s.capabilities.Each(ctx, docstore.Query{Index: "board", Equal: []any{"public"}}, func(doc docstore.Doc[Capability]) error {
		c := &doc.Body
		for _, word := range words {
			if !slices.Contains(found[c.OrgID], word) && c.names(word) {
				found[c.OrgID] = append(found[c.OrgID], word)
			}
		}
		return nil
	})
	all := []api.SupplierFound{}
	for org, named := range found {
		all = append(all, api.SupplierFound{OrgId: org, Words: named})
	}
	slices.SortFunc(all, func(a, b api.SupplierFound) int { return strings.Compare(a.OrgId, b.OrgId) })
	return all, err
}

func (h server) FindSuppliersInternal(ctx context.Context, r api.FindSuppliersInternalRequestObject) (api.FindSuppliersInternalResponseObject, error) {
	found, err := h.s.FindSuppliers(ctx, r.Body.Words)
	if err != nil {
		return nil, err
	}
	return api.FindSuppliersInternal200JSONResponse{Items: found}, nil
}
