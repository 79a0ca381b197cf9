package demand

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	searchapi "lianbang/search/api"
)

// asked plays search: it keeps what it was asked and finds nothing.
type asked struct {
	body searchapi.MatchInternalJSONRequestBody
}

func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := json.NewDecoder(r.Body).Decode(&a.body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"items":[],"weightsVersion":"w1"}`))}, nil
}

// TestAPushLooksAmongThoseTheDemandIsFor asks for the best of a demand that is not public: the best of everybody may not be among
// those it is for, and then nobody would be told.
func TestAPushLooksAmongThoseTheDemandIsFor(t *testing.T) {
	search := &asked{}
	c, err := newSearchClient(&http.Client{Transport: search})
	if err != nil {
		t.Fatal(err)
	}
	c.s = &Service{}
	for _, x := range []struct {
		name   string
		demand Demand
		among  []string
	}{
		{"public", Demand{PublishedAt: 1, Terms: Terms{Public: true}}, nil},
		{"not public", Demand{PublishedAt: 1, Terms: Terms{Audience: []string{"a", "b"}}}, []string{"a", "b"}},
		{"a draft whose audience is being chosen", Demand{Terms: Terms{Audience: []string{"a"}}}, nil},
	} {
		search.body = searchapi.MatchInternalJSONRequestBody{}
		_, version, err := c.Match(t.Context(), "d1", 1, &x.demand, 5)
		if err != nil || version != "w1" || !slices.Equal(search.body.OnlyIds, x.among) || !search.body.VerifiedOnly {
			t.Errorf("%s: asked among %v, %s, %v", x.name, search.body.OnlyIds, version, err)
		}
	}
}
