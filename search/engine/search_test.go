package engine

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

var books = []object{
	{"id": 1, "title": "Pride and Prejudice", "tag": "Romance", "year": 1813, "info": object{"comment": "A great book", "stars": 5}},
	{"id": 2, "title": "Le Petit Prince", "tag": "Tale", "year": 1943, "info": object{"comment": "A french book"}},
	{"id": 3, "title": "Alice In Wonderland", "tag": "tale", "year": 1865},
	{"id": 4, "title": "Harry Potter and the Half-Blood Prince", "tag": "Fantasy", "year": 2005},
	{"id": 5, "title": "The Hitchhiker's Guide to the Galaxy", "tag": []string{"Fantasy", "Humour"}, "year": 1978},
	{"id": 6, "title": "锂离子电池正极材料的制备方法", "tag": "专利", "year": 2021},
	{"id": 7, "title": "电池管理系统，锂电", "tag": "专利", "year": 2022},
}

func newLibrary(t testing.TB) *harness {
	h := newHarness(t)
	h.done("PATCH", "/indexes/books/settings", object{
		"filterableAttributes": []string{"tag", "year", "info.stars"}, "sortableAttributes": []string{"year", "title"},
	})
	h.done("POST", "/indexes/books/documents", books)
	return h
}

func TestSearchFindsWords(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	for _, c := range []struct {
		name string
		q    object
		want []string
	}{
		{"everything, in order of insertion", object{}, []string{"1", "2", "3", "4", "5", "6", "7"}},
		{"one word, the shorter text first", object{"q": "prince"}, []string{"2", "4"}},
		{"case and accents", object{"q": "PRÍNCE"}, []string{"2", "4"}},
		{"full width", object{"q": "ｐｒｉｎｃｅ"}, []string{"2", "4"}},
		{"prefix of the last word", object{"q": "pri"}, []string{"1", "2", "4"}},
		{"no prefix after a space", object{"q": "pri "}, []string{}},
		{"no prefix before the last word", object{"q": "pri prince"}, []string{}},
		{"one typo in five letters", object{"q": "princa"}, []string{"2", "4"}},
		{"no typo in four letters", object{"q": "hary "}, []string{}},
		{"two typos in nine letters", object{"q": "predjuduce"}, []string{"1"}},
		{"phrase", object{"q": `"petit prince"`}, []string{"2"}},
		{"phrase in the wrong order", object{"q": `"prince petit"`}, []string{}},
		{"phrase over a gap", object{"q": `"harry prince"`}, []string{}},
		{"phrase without typos", object{"q": `"petit princa"`}, []string{}},
		{"last words may miss", object{"q": "prince galaxy"}, []string{"2", "4"}},
		{"but the first may not", object{"q": "nothing prince"}, []string{}},
		{"all must be found", object{"q": "prince petit", "matchingStrategy": "all"}, []string{"2"}},
		{"more words first", object{"q": "prince harry"}, []string{"4", "2"}},
		{"frequent words may miss", object{"q": "the galaxy", "matchingStrategy": "frequency"}, []string{"5"}},
		{"a phrase is never dropped", object{"q": `prince "harry potter"`}, []string{"4"}},
		{"beside a phrase any word may miss", object{"q": `unknown "harry potter"`}, []string{"4"}},
		{"excluded word", object{"q": "prince -potter"}, []string{"2"}},
		{"excluded phrase", object{"q": `prince -"petit prince"`}, []string{"4"}},
		{"only excluded", object{"q": "-prince -book", "filter": "year < 1900"}, []string{"3"}},
		{"a hyphen inside a word", object{"q": "half-blood"}, []string{"4"}},
		{"nested attribute", object{"q": "french"}, []string{"2"}},
		{"only in an attribute", object{"q": "french", "attributesToSearchOn": []string{"title"}}, []string{}},
		{"number as text", object{"q": "1943"}, []string{"2"}},
		{"inner Chinese substring", object{"q": "离子电池"}, []string{"6"}},
		{"one Chinese character", object{"q": "锂"}, []string{"7", "6"}},
		{"Chinese is adjacent", object{"q": "锂池"}, []string{}},
		{"two Chinese runs", object{"q": "电池 锂电", "matchingStrategy": "all"}, []string{"7"}},
		{"Chinese with punctuation", object{"q": "管理，锂电", "matchingStrategy": "all"}, []string{"7"}},
	} {
		if got := ids(h.search("books", c.q).Hits); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v found %v, want %v", c.name, c.q, got, c.want)
		}
	}
}

// TestEncodedTokens holds what the product's own tokens rely on: tokens of a
// fixed width stay whole, quoted tokens match adjacent ones only.
func TestEncodedTokens(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.done("PATCH", "/indexes/t/settings", object{
		"searchableAttributes": []string{"tokens", "latin"},
		"typoTolerance":        object{"disableOnAttributes": []string{"tokens"}},
	})
	h.done("POST", "/indexes/t/documents", []object{
		{"id": "a", "tokens": "q4e00q4e01 q4e01q4e02 q4e02q4e03", "latin": "graphene"},
		{"id": "b", "tokens": "q4e02q4e03 q4e00q4e01 q4e01q4e02", "latin": "graphite"},
		{"id": "c", "tokens": []string{"q4e00q4e01", "q4e01q4e02"}},
	})
	for q, want := range map[string][]string{
		"q4e00q4e01":                         {"a", "b", "c"},
		"q4e00q4e0x":                         {}, // no typos in tokens
		`"q4e00q4e01 q4e01q4e02"`:            {"a", "b"},
		`"q4e01q4e02 q4e02q4e03"`:            {"a"},
		`"q4e00q4e01 q4e01q4e02 q4e02q4e03"`: {"a"},
		`"q4e02q4e03" "q4e00q4e01"`:          {"a", "b"},
		"grapheme":                           {"a"},
	} {
		got := ids(h.search("t", object{"q": q}).Hits)
		if len(got) != len(want) || !sameSet(got, want) {
			t.Errorf("%s: found %v, want %v", q, got, want)
		}
	}
}

func sameSet(a, b []string) bool {
	set := map[string]bool{}
	for _, s := range a {
		set[s] = true
	}
	for _, s := range b {
		if !set[s] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestSynonymsAndStopWords(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	h.done("PUT", "/indexes/books/settings/synonyms", object{"hp": []string{"harry potter"}, "wonderland": []string{"galaxy"}, "电芯": []string{"电池"}})
	h.done("PUT", "/indexes/books/settings/stop-words", []string{"the", "and"})
	for q, want := range map[string][]string{
		"hp": {"4"}, "wonderland": {"3", "5"}, "电芯": {"6", "7"}, "the": {"1", "2", "3", "4", "5", "6", "7"}, `"guide to the galaxy"`: {"5"}, "the prince": {"2", "4"},
	} {
		if got := ids(h.search("books", object{"q": q}).Hits); !sameSet(got, want) {
			t.Errorf("%s: found %v, want %v", q, got, want)
		}
	}
}

func TestSortAndRankingRules(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	if got := ids(h.search("books", object{"sort": []string{"year:desc"}, "limit": 3}).Hits); !reflect.DeepEqual(got, []string{"7", "6", "4"}) {
		t.Errorf("sorted by year: %v", got)
	}
	// words come before sort: the document with both words is first whatever its year.
	if got := ids(h.search("books", object{"q": "prince petit", "sort": []string{"year:desc"}}).Hits); !reflect.DeepEqual(got, []string{"2", "4"}) {
		t.Errorf("words before sort: %v", got)
	}
	h.done("PUT", "/indexes/books/settings/ranking-rules", []string{"sort", "words", "year:asc"})
	if got := ids(h.search("books", object{"q": "prince petit", "sort": []string{"year:desc"}}).Hits); !reflect.DeepEqual(got, []string{"4", "2"}) {
		t.Errorf("sort before words: %v", got)
	}
	if got := ids(h.search("books", object{"limit": 2}).Hits); !reflect.DeepEqual(got, []string{"1", "3"}) {
		t.Errorf("custom rule: %v", got)
	}
	h.refused("POST", "/indexes/books/search", object{"sort": []string{"tag:asc"}}, "invalid_search_sort")
	h.refused("POST", "/indexes/books/search", object{"sort": []string{"year"}}, "invalid_search_sort")
	h.done("PUT", "/indexes/books/settings/ranking-rules", []string{"words"})
	h.refused("POST", "/indexes/books/search", object{"sort": []string{"year:asc"}}, "invalid_search_sort")
}

func TestFacets(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	got := h.search("books", object{"facets": []string{"*"}, "limit": 0})
	want := map[string]map[string]int{
		"tag":        {"Fantasy": 2, "Humour": 1, "Romance": 1, "Tale": 2, "专利": 2},
		"year":       {"1813": 1, "1865": 1, "1943": 1, "1978": 1, "2005": 1, "2021": 1, "2022": 1},
		"info.stars": {"5": 1},
	}
	if !reflect.DeepEqual(got.FacetDistribution, want) {
		t.Errorf("distribution %v, want %v", got.FacetDistribution, want)
	}
	if s := got.FacetStats["year"]; s != (facetStats{1813, 2022}) {
		t.Errorf("stats %v", s)
	}
	if _, ok := got.FacetStats["tag"]; ok {
		t.Error("a facet of strings has no stats")
	}
	h.refused("POST", "/indexes/books/search", object{"facets": []string{"title"}}, "invalid_search_facets")

	h.done("PATCH", "/indexes/books/settings/faceting", object{"maxValuesPerFacet": 2, "sortFacetValuesBy": object{"tag": "count"}})
	_, raw := h.send("POST", "/indexes/books/search", object{"facets": []string{"tag", "year"}, "limit": 0})
	if want := `"facetDistribution":{"tag":{"Fantasy":2,"Tale":2},"year":{"1813":1,"1865":1}}`; !strings.Contains(string(raw), want) {
		t.Errorf("%s does not contain %s", raw, want)
	}
	var values facetSearchResponse
	h.ok("POST", "/indexes/books/facet-search", object{"facetName": "tag", "facetQuery": "ta", "filter": "year < 1900"}, &values)
	if !reflect.DeepEqual(values.FacetHits, []facetHit{{"tale", 1}}) {
		t.Errorf("facet search: %v", values.FacetHits)
	}
	h.refused("POST", "/indexes/books/facet-search", object{"facetQuery": "ta"}, "missing_facet_search_facet_name")
	h.refused("POST", "/indexes/books/facet-search", object{"facetName": "title"}, "invalid_facet_search_facet_name")
}

func TestPages(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	h.done("PATCH", "/indexes/books/settings/pagination", object{"maxTotalHits": 5})
	p := h.search("books", object{"page": 2, "hitsPerPage": 3})
	if !reflect.DeepEqual(ids(p.Hits), []string{"4", "5"}) || *p.TotalHits != 5 || *p.TotalPages != 2 || p.EstimatedTotalHits != nil {
		t.Errorf("page 2: %v of %d in %d pages", ids(p.Hits), *p.TotalHits, *p.TotalPages)
	}
	if p := h.search("books", object{"hitsPerPage": 0}); len(p.Hits) != 0 || *p.TotalHits != 5 {
		t.Errorf("counting only: %v", p.Hits)
	}
	if o := h.search("books", object{"offset": 4, "limit": 10}); !reflect.DeepEqual(ids(o.Hits), []string{"5"}) || *o.EstimatedTotalHits != 5 {
		t.Errorf("offset 4: %v of %d", ids(o.Hits), *o.EstimatedTotalHits)
	}
	h.refused("POST", "/indexes/books/search", object{"limit": -1}, "invalid_search_limit")
	h.refused("POST", "/indexes/books/search", object{"page": "x"}, "invalid_search_page")
}

func TestHitsAreShownAsAsked(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	one := func(q object) object {
		t.Helper()
		hits := h.search("books", q).Hits
		if len(hits) == 0 {
			t.Fatalf("%v found nothing", q)
		}
		return hits[0]
	}
	if got := one(object{"q": "french", "attributesToRetrieve": []string{"id", "info.comment"}}); !reflect.DeepEqual(got, object{"id": 2.0, "info": object{"comment": "A french book"}}) {
		t.Errorf("retrieved %v", got)
	}
	got := one(object{"q": "petit prinse", "attributesToHighlight": []string{"title"}, "attributesToRetrieve": []string{"id"}, "showMatchesPosition": true})
	if want := (object{"id": "2", "title": "Le <em>Petit</em> <em>Prince</em>"}); !reflect.DeepEqual(got["_formatted"], want) {
		t.Errorf("highlighted %v", got["_formatted"])
	}
	if want := []any{object{"start": 3.0, "length": 5.0}, object{"start": 9.0, "length": 6.0}}; !reflect.DeepEqual(got["_matchesPosition"].(object)["title"], want) {
		t.Errorf("positions %v", got["_matchesPosition"])
	}
	got = one(object{
		"q": "正极材料", "attributesToCrop": []string{"title:6"}, "attributesToHighlight": []string{"*"}, "cropMarker": "..",
		"highlightPreTag": "<b>", "highlightPostTag": "</b>", "attributesToRetrieve": []string{},
	})
	if want := "..池<b>正</b><b>极</b><b>材</b><b>料</b>的.."; got["_formatted"].(object)["title"] != want {
		t.Errorf("cropped %v", got["_formatted"])
	}
	if score := one(object{"q": "prince", "showRankingScore": true})["_rankingScore"].(float64); score <= 0.5 || score >= 1 {
		t.Errorf("score %v", score)
	}
	if n := len(h.search("books", object{"q": "prince harry", "rankingScoreThreshold": 0.6}).Hits); n != 1 {
		t.Errorf("%d hits over the threshold", n)
	}
	h.done("PUT", "/indexes/books/settings/displayed-attributes", []string{"id", "year"})
	if got := one(object{"q": "petit", "attributesToRetrieve": []string{"title", "year"}}); !reflect.DeepEqual(got, object{"year": 1943.0}) {
		t.Errorf("displayed %v", got)
	}
}

func TestDistinct(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	got := h.search("books", object{"distinct": "tag", "sort": []string{"year:desc"}})
	if want := []string{"7", "4", "2", "1"}; !reflect.DeepEqual(ids(got.Hits), want) || *got.EstimatedTotalHits != 4 {
		t.Errorf("distinct by tag: %v of %d, want %v", ids(got.Hits), *got.EstimatedTotalHits, want)
	}
	h.refused("POST", "/indexes/books/search", object{"distinct": "title"}, "invalid_search_distinct")
}

func TestSearchByGet(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	v := url.Values{
		"q": {"prince"}, "filter": {`["year > 1900", ["tag = tale", "tag = none"]]`}, "facets": {"tag,year"}, "limit": {"5"},
		"attributesToRetrieve": {"id"}, "sort": {"year:asc"}, "showRankingScore": {"true"},
	}
	var got found
	h.ok("GET", "/indexes/books/search?"+v.Encode(), nil, &got)
	if !reflect.DeepEqual(ids(got.Hits), []string{"2"}) || *got.Limit != 5 || len(got.FacetDistribution) != 2 || got.Hits[0]["_rankingScore"] == nil {
		t.Errorf("%+v", got)
	}
	h.refused("GET", "/indexes/books/search?limit=many", nil, "invalid_search_limit")
	h.refused("GET", "/indexes/books/search?query=x", nil, "bad_request")
}

func TestMultiSearch(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	var got struct{ Results []found }
	h.ok("POST", "/multi-search", object{"queries": []object{
		{"indexUid": "books", "q": "prince", "limit": 1},
		{"indexUid": "books", "facets": []string{"tag"}, "page": 1, "hitsPerPage": 2, "hybrid": nil},
	}}, &got)
	if len(got.Results) != 2 || got.Results[0].IndexUID != "books" || *got.Results[0].EstimatedTotalHits != 2 || *got.Results[1].TotalHits != 7 {
		t.Errorf("%+v", got)
	}
	h.refused("POST", "/multi-search", object{"queries": []object{{"q": "x"}}}, "missing_index_uid")
	h.refused("POST", "/multi-search", object{"queries": []object{{"indexUid": "none"}}}, "index_not_found")
	h.refused("POST", "/multi-search", object{"federation": object{"limit": 1}, "queries": []object{}}, "invalid_multi_search_federated")
}

func TestWhatIsNotServedIsRefused(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	search := "/indexes/books/search"
	for name, code := range map[string]string{
		"vector": "invalid_search_vector", "hybrid": "invalid_search_hybrid_query", "locales": "invalid_search_locales",
		"media": "invalid_search_media", "unknown": "bad_request", "retrieveVectors": "invalid_search_retrieve_vectors",
	} {
		h.refused("POST", search, object{name: []string{"x"}}, code)
	}
	if status, raw := h.send("POST", search, object{"hybrid": nil, "retrieveVectors": false, "q": nil}); status != http.StatusOK {
		t.Errorf("what changes nothing is accepted: %s", raw)
	}
	h.refused("POST", search, `{"q":`, "malformed_payload")
	h.refused("POST", search, `[]`, "bad_request")
	h.refused("POST", search+"?limit=1", object{}, "bad_request")
	h.refused("POST", search, object{"q": 1}, "invalid_search_q")
	h.refused("POST", search, object{"filter": "title = x"}, "invalid_search_filter")
	h.refused("POST", search, object{"matchingStrategy": "some"}, "invalid_search_matching_strategy")
	h.refused("POST", "/indexes/none/search", object{}, "index_not_found")
	h.refused("POST", "/indexes/a.b/search", object{}, "invalid_index_uid")
	for _, route := range []string{"GET /network", "POST /dumps", "POST /indexes/books/similar", "POST /keys", "GET /webhooks", "PUT /nothing"} {
		method, path, _ := strings.Cut(route, " ")
		h.refused(method, path, nil, "not_found")
	}
	var features map[string]bool
	h.ok("GET", "/experimental-features", nil, &features)
	if !features["containsFilter"] || features["network"] {
		t.Errorf("%v", features)
	}
	h.ok("PATCH", "/experimental-features", object{"containsFilter": true, "network": false, "metrics": nil}, nil)
	h.refused("PATCH", "/experimental-features", object{"network": true}, "feature_not_enabled")
	h.refused("PATCH", "/experimental-features", object{"containsFilter": false}, "feature_not_enabled")
	h.refused("PATCH", "/experimental-features", object{"nothing": true}, "bad_request")
	h.refused("PATCH", "/experimental-features", []byte("{"), "malformed_payload")
}

func TestDocumentsAreStoredAsSent(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.done("POST", "/indexes/n/documents", `[{"id":"a","big":12345678901234567890,"small":0.1,"list":[1,[2,{"x":null}]],"text":"a<b>&c\u2028"}]`)
	status, raw := h.send("GET", "/indexes/n/documents/a", nil)
	var got, want any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal([]byte(`{"id":"a","big":12345678901234567890,"small":0.1,"list":[1,[2,{"x":null}]],"text":"a<b>&c\u2028"}`), &want)
	if status != http.StatusOK || !reflect.DeepEqual(got, want) || !strings.Contains(string(raw), "12345678901234567890") {
		t.Errorf("%s", raw)
	}
	h.done("PUT", "/indexes/n/documents", `[{"id":"a","small":2}]`)
	if _, raw := h.send("GET", "/indexes/n/documents/a?fields=big,small", nil); string(raw) != `{"big":12345678901234567890,"small":2}` {
		t.Errorf("after a partial update: %s", raw)
	}
	h.done("POST", "/indexes/n/documents", "[ { \"id\" : \"s\" ,\n \"x\" : [ 1 , { \"y\" : 2 } ] , \"z\" : 0 } ]")
	if _, raw := h.send("GET", "/indexes/n/documents/s?fields=x,id", nil); string(raw) != `{"id":"s","x":[1,{"y":2}]}` {
		t.Errorf("sent with spaces: %s", raw)
	}
}
