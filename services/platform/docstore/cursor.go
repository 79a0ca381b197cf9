package docstore

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"lianbang/services/platform/fault"
)

// A cursor is the place of the last document of a page: its values in the index fields that the query left open. A checksum
// over collection, query and place binds it to its query. It is no secret and grants nothing: the query's own Equal, From
// and To are applied again, so a forged place can only lead to documents that the query gives anyway.
type cursor struct {
	Sum   []byte  `json:"s"`
	Place []value `json:"p"`
}

var errCursor = fault.Bad(fault.Field{Path: "cursor", Code: "invalid", Detail: "the cursor does not belong to this query"})

// sumCursor covers what must not change between pages; the page size may.
func sumCursor(t *table, s scan, place []value) ([]byte, error) {
	data, err := json.Marshal(struct {
		Collection, Index string
		Equal             []value
		From, To          *value
		Descending        bool
		Place             []value
	}{t.name, s.index.name, s.equal, s.from, s.to, s.descending, place})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	return sum[:9], nil
}

// cursorAfter makes the cursor that continues s after rec.
func cursorAfter(t *table, s scan, rec record) (string, error) {
	var c cursor
	for _, field := range s.rest() {
		v, err := keyOf(rec, field)
		if err != nil {
			return "", err
		}
		c.Place = append(c.Place, v)
	}
	var err error
	if c.Sum, err = sumCursor(t, s, c.Place); err != nil {
		return "", err
	}
	data, err := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(data), err
}

// placeOf reads a cursor back; anything that did not come from this query is an Invalid fault.
func placeOf(t *table, s scan, text string) ([]value, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errCursor
	}
	var c cursor
	if json.Unmarshal(data, &c) != nil || len(c.Place) != len(s.rest()) || len(c.Place) == 0 {
		return nil, errCursor
	}
	sum, err := sumCursor(t, s, c.Place)
	if err != nil || string(sum) != string(c.Sum) {
		return nil, errCursor
	}
	first := c.Place[0]
	if (s.from != nil && (first.kind != s.from.kind || first.less(*s.from))) ||
		(s.to != nil && (first.kind != s.to.kind || !first.less(*s.to))) {
		return nil, errCursor
	}
	return c.Place, nil
}

// continued splits "everything in s after place" into ranges that each fix a prefix of the index and bound one field, in
// order. (a,b,id) > (A,B,I) is: a=A b=B id>I, then a=A b>B, then a>A. So every page is index reads only, on any engine;
// row-value comparisons and $or are not.
func (s scan) continued(place []value) []scan {
	parts := make([]scan, 0, len(place))
	for n := len(place) - 1; n >= 0; n-- {
		part := s
		part.equal = append(append([]value{}, s.equal...), place[:n]...)
		if n > 0 {
			part.from, part.to = nil, nil
		}
		if s.descending {
			part.to = &place[n]
		} else {
			part.from, part.after = &place[n], true
		}
		parts = append(parts, part)
	}
	return parts
}
