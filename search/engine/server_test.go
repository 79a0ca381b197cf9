package engine

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOnlyHealthIsOpen(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	ask := func(method, path, header string) (int, apiError) {
		req := httptest.NewRequest(method, path, strings.NewReader("{}"))
		if header != "" {
			req.Header.Set("Authorization", header)
		}
		status, raw := h.do(req)
		var e apiError
		_ = json.Unmarshal(raw, &e)
		return status, e
	}
	if status, _ := ask("GET", "/health", ""); status != http.StatusOK {
		t.Errorf("health: %d", status)
	}
	searchKey, adminKey := h.e.keys[0].Key, h.e.keys[1].Key
	for _, c := range []struct {
		method, path, header string
		status               int
		code                 string
	}{
		{"GET", "/version", "", 401, "missing_authorization_header"},
		{"GET", "/nothing", "", 401, "missing_authorization_header"},
		{"GET", "/version", "Basic x", 401, "missing_authorization_header"},
		{"GET", "/version", "Bearer wrong", 403, "invalid_api_key"},
		{"GET", "/version", "Bearer " + testKey + "x", 403, "invalid_api_key"},
		{"GET", "/version", "Bearer " + testKey, 200, ""},
		{"GET", "/version", "Bearer " + adminKey, 200, ""},
		{"GET", "/version", "Bearer " + searchKey, 403, "invalid_api_key"},
		{"POST", "/indexes/books/search", "Bearer " + searchKey, 200, ""},
		{"POST", "/indexes/search/documents", "Bearer " + searchKey, 403, "invalid_api_key"},
		{"DELETE", "/indexes/books", "Bearer " + searchKey, 403, "invalid_api_key"},
	} {
		if status, e := ask(c.method, c.path, c.header); status != c.status || e.Code != c.code {
			t.Errorf("%s %s with %q: %d %s, want %d %s", c.method, c.path, c.header, status, e.Code, c.status, c.code)
		}
	}
	var keys struct{ Results []apiKey }
	h.ok("GET", "/keys", nil, &keys)
	if len(keys.Results) != 2 || keys.Results[1].Key != adminKey {
		t.Errorf("keys %+v", keys)
	}
	h.refused("GET", "/keys/none", nil, "api_key_not_found")
	again := defaultKeys(testKey, time.Time{})
	if again[0].Key != searchKey || again[0].Key == defaultKeys("another", time.Time{})[0].Key {
		t.Error("keys must follow from the master key")
	}
}

func TestWithoutMasterKeyNoneIsAsked(t *testing.T) {
	t.Parallel()
	e, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	resp, err := e.App().Test(httptest.NewRequest("GET", "/version", nil), -1)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%v %v", resp, err)
	}
}

func TestADirectoryHasOneOwner(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openHarness(t, dir)
	e, err := Open(dir, Options{})
	if err == nil {
		_ = e.Close()
		t.Fatal("a second engine opened the same directory")
	}
	if !strings.Contains(err.Error(), "another process") {
		t.Error(err)
	}
}

func TestIndexes(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.done("POST", "/indexes", object{"uid": "a"})
	h.done("POST", "/indexes", object{"uid": "b", "primaryKey": "key"})
	h.failed("POST", "/indexes", object{"uid": "a"}, "index_already_exists")
	h.refused("POST", "/indexes", object{}, "missing_index_uid")
	h.refused("POST", "/indexes", object{"uid": "a b"}, "invalid_index_uid")
	h.refused("POST", "/indexes", object{"uid": "c", "color": "red"}, "bad_request")
	h.refused("POST", "/indexes", nil, "missing_payload")

	var list struct {
		Results []indexView
		Total   int
	}
	h.ok("GET", "/indexes?limit=1&offset=1", nil, &list)
	if list.Total != 2 || len(list.Results) != 1 || *list.Results[0].PrimaryKey != "key" {
		t.Errorf("%+v", list)
	}
	h.refused("GET", "/indexes?limit=-1", nil, "invalid_index_limit")

	h.done("PATCH", "/indexes/a", object{"primaryKey": "id"})
	h.done("POST", "/indexes/a/documents", object{"id": 1})
	h.failed("PATCH", "/indexes/a", object{"primaryKey": "other"}, "index_primary_key_already_exists")
	h.done("PATCH", "/indexes/a", object{"uid": "renamed"})
	h.refused("GET", "/indexes/a", nil, "index_not_found")
	if got := ids(h.search("renamed", object{}).Hits); len(got) != 1 {
		t.Errorf("a renamed index keeps its documents: %v", got)
	}
	h.failed("PATCH", "/indexes/renamed", object{"uid": "b"}, "index_already_exists")
	h.failed("DELETE", "/indexes/none", nil, "index_not_found")
	v := h.done("DELETE", "/indexes/renamed", nil)
	if v.Details["deletedDocuments"] != 1.0 {
		t.Errorf("%+v", v)
	}
	h.refused("GET", "/indexes/renamed", nil, "index_not_found")
	h.refused("POST", "/indexes/none/compact", nil, "index_not_found")
}

func TestSwap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHarnessOnce(t, dir)
	for _, uid := range []string{"old", "new"} {
		h.done("POST", "/indexes/"+uid+"/documents", object{"id": uid})
	}
	h.done("PUT", "/indexes/new/settings/stop-words", []string{"x"})
	h.done("POST", "/swap-indexes", []object{{"indexes": []string{"old", "new"}}})
	h.failed("POST", "/swap-indexes", []object{{"indexes": []string{"old", "none"}}}, "index_not_found")
	h.done("POST", "/swap-indexes", []object{{"indexes": []string{"new", "moved"}, "rename": true}})
	h.refused("POST", "/swap-indexes", []object{{"indexes": []string{"old"}}}, "invalid_swap_indexes")
	h.refused("POST", "/swap-indexes", []object{{"indexes": []string{"old", "old"}}}, "invalid_swap_duplicate_index_found")
	h.refused("POST", "/swap-indexes", []object{{}}, "missing_swap_indexes")
	if err := h.e.Close(); err != nil {
		t.Fatal(err)
	}
	h = openHarness(t, dir) // what was swapped stays swapped
	if got := ids(h.search("old", object{}).Hits); !reflect.DeepEqual(got, []string{"new"}) {
		t.Errorf("old holds %v", got)
	}
	if got := ids(h.search("moved", object{}).Hits); !reflect.DeepEqual(got, []string{"old"}) {
		t.Errorf("moved holds %v", got)
	}
	var words []string
	h.ok("GET", "/indexes/old/settings/stop-words", nil, &words)
	if !reflect.DeepEqual(words, []string{"x"}) {
		t.Errorf("settings go with the documents: %v", words)
	}
	h.refused("GET", "/indexes/new", nil, "index_not_found")
}

// TestSwapHasNoEmptyMoment searches while two indexes are swapped and written.
func TestSwapHasNoEmptyMoment(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, uid := range []string{"a", "b"} {
		h.done("POST", "/indexes/"+uid+"/documents", []object{{"id": 1, "t": "word"}, {"id": 2, "t": "word"}})
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if n := len(h.search("a", object{"q": "word"}).Hits); n != 2 {
					t.Errorf("found %d", n)
					return
				}
			}
		}
	})
	for i := range 10 {
		h.done("POST", "/swap-indexes", []object{{"indexes": []string{"a", "b"}}})
		h.done("PUT", "/indexes/a/settings/filterable-attributes", []string{"id", "t"}[:1+i%2])
	}
	close(stop)
	wg.Wait()
}

func TestSettings(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	h.refused("PATCH", "/indexes/books/settings", object{"colors": 1}, "bad_request")
	h.refused("PATCH", "/indexes/books/settings", object{"rankingRules": []string{"magic"}}, "invalid_settings_ranking_rules")
	h.refused("PATCH", "/indexes/books/settings", object{"stopWords": "x"}, "invalid_settings_stop_words")
	h.refused("PATCH", "/indexes/books/settings", object{"embedders": object{"x": object{"source": "ollama"}}}, "invalid_settings_embedders")
	h.refused("PATCH", "/indexes/books/settings/typo-tolerance", object{"minWordSizeForTypos": object{"oneTypo": 9, "twoTypos": 5}}, "invalid_settings_typo_tolerance")
	h.refused("PATCH", "/indexes/books/settings/pagination", object{"max": 5}, "invalid_settings_pagination")
	h.refused("PUT", "/indexes/books/settings/stop-words", `[`, "malformed_payload")
	h.refused("GET", "/indexes/none/settings", nil, "index_not_found")
	h.refused("GET", "/indexes/books/settings/colors", nil, "not_found")

	v := h.done("PATCH", "/indexes/books/settings", object{"typoTolerance": object{"disableOnNumbers": true}, "stopWords": []string{"b", "a", "a"}})
	if !reflect.DeepEqual(v.Details["stopWords"], []any{"b", "a", "a"}) {
		t.Errorf("details %v", v.Details)
	}
	var s settings
	h.ok("GET", "/indexes/books/settings", nil, &s)
	if !s.TypoTolerance.Enabled || !s.TypoTolerance.DisableOnNumbers || s.TypoTolerance.MinWordSizeForTypos.OneTypo != 5 {
		t.Errorf("objects are merged: %+v", s.TypoTolerance)
	}
	if !reflect.DeepEqual(s.StopWords, []string{"a", "b"}) {
		t.Errorf("lists are replaced: %v", s.StopWords)
	}
	h.done("PATCH", "/indexes/books/settings", object{"stopWords": nil})
	h.done("DELETE", "/indexes/books/settings/sortable-attributes", nil)
	h.ok("GET", "/indexes/books/settings", nil, &s)
	if len(s.StopWords) != 0 || len(s.SortableAttributes) != 0 || len(s.FilterableAttributes) != 3 {
		t.Errorf("%+v", s)
	}
	h.done("DELETE", "/indexes/books/settings", nil)
	var raw, defaults any
	h.ok("GET", "/indexes/books/settings", nil, &raw)
	data, _ := json.Marshal(defaultSettings())
	_ = json.Unmarshal(data, &defaults)
	if !reflect.DeepEqual(raw, defaults) {
		t.Errorf("reset: %v", raw)
	}
	h.refused("POST", "/indexes/books/search", object{"filter": "tag = x"}, "invalid_search_filter")
}

func TestFilterableRules(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	rules := `[{"attributePatterns":["ye*"],"features":{"facetSearch":false,"filter":{"equality":true,"comparison":false}}},"info"]`
	h.done("PUT", "/indexes/books/settings/filterable-attributes", rules)
	var back json.RawMessage
	h.ok("GET", "/indexes/books/settings/filterable-attributes", nil, &back)
	if !sameJSON(back, []byte(rules)) {
		t.Errorf("%s", back)
	}
	if got := ids(h.search("books", object{"filter": "year = 1943 OR info.stars > 4"}).Hits); !reflect.DeepEqual(got, []string{"1", "2"}) {
		t.Errorf("%v", got)
	}
	h.refused("POST", "/indexes/books/search", object{"filter": "year > 1900"}, "invalid_search_filter")
	h.refused("POST", "/indexes/books/facet-search", object{"facetName": "year"}, "invalid_facet_search_facet_name")
}

// TestSearchGoesOnDuringARebuild changes what is indexed while searching: every
// answer is the old or the new one, whole.
func TestSearchGoesOnDuringARebuild(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	var docs []object
	for i := range 600 {
		docs = append(docs, object{"id": i, "t": fmt.Sprintf("word w%d", i%7), "n": i})
	}
	h.done("POST", "/indexes/r/documents", docs)
	task := h.accepted("PATCH", "/indexes/r/settings", object{"filterableAttributes": []string{"n"}, "searchableAttributes": []string{"t"}})
	for searched := false; ; searched = true {
		if got := h.search("r", object{"q": "word", "limit": 1}); *got.EstimatedTotalHits != 600 {
			t.Fatalf("%d hits", *got.EstimatedTotalHits)
		}
		var v taskView
		h.ok("GET", fmt.Sprintf("/tasks/%d", task), nil, &v)
		if v.Status == statusSucceeded && searched {
			break
		}
	}
	if got := h.search("r", object{"filter": "n < 10"}); !reflect.DeepEqual(ids(got.Hits), []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}) {
		t.Errorf("the order of insertion outlives a rebuild: %v", ids(got.Hits))
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	docs := "/indexes/d/documents"
	v := h.done("POST", docs+"?primaryKey=sku", []object{{"sku": "a", "x": 1, "y": 1}, {"sku": 7, "x": 2}})
	if v.Details["receivedDocuments"] != 2.0 || v.Details["indexedDocuments"] != 2.0 || v.Duration == nil {
		t.Errorf("%+v", v)
	}
	h.done("PUT", docs, []object{{"sku": "a", "x": 5}, {"sku": "b", "x": 6}})
	h.done("POST", docs, []object{{"sku": "7", "y": 9}})
	h.done("PUT", docs+"?skipCreation=true", []object{{"sku": "a", "z": 1}, {"sku": "new", "z": 1}})
	var got struct {
		Results              []object
		Offset, Limit, Total int
	}
	h.ok("GET", docs+"?limit=2&fields=sku,x", nil, &got)
	if want := []object{{"sku": "a", "x": 5.0}, {"sku": "7"}}; !reflect.DeepEqual(got.Results, want) || got.Total != 3 || got.Limit != 2 {
		t.Errorf("%+v", got)
	}
	var one object
	h.ok("GET", docs+"/a", nil, &one)
	if !reflect.DeepEqual(one, object{"sku": "a", "x": 5.0, "y": 1.0, "z": 1.0}) {
		t.Errorf("%v", one)
	}
	h.refused("GET", docs+"/new", nil, "document_not_found")
	h.refused("GET", docs+"/a?retrieveVectors=true", nil, "invalid_document_retrieve_vectors")
	h.refused("GET", docs+"?color=red", nil, "bad_request")

	h.failed("POST", docs, []object{{"x": 1}}, "missing_document_id")
	h.failed("POST", docs, []object{{"sku": "a b"}}, "invalid_document_id")
	h.failed("POST", docs, []object{{"sku": 1.5}}, "invalid_document_id")
	h.failed("POST", docs+"?primaryKey=x", []object{{"x": 1}}, "index_primary_key_already_exists")
	h.failed("POST", "/indexes/e/documents", []object{{"name": 1}}, "index_primary_key_no_candidate_found")
	h.failed("POST", "/indexes/e/documents", []object{{"aid": 1, "bid": 2}}, "index_primary_key_multiple_candidates_found")
	h.refused("GET", "/indexes/e", nil, "index_not_found")
	h.refused("POST", docs, `[{"sku":1},2]`, "malformed_payload")
	h.refused("POST", docs, `[{"sku":1}`, "malformed_payload")
	h.refused("POST", docs, ``, "missing_payload")
	h.refused("POST", docs+"?primarykey=x", `[]`, "bad_request")

	h.refused("POST", docs+"/delete", object{"filter": "x > "}, "invalid_document_filter")
	h.refused("POST", docs+"/delete", object{}, "missing_document_filter")
	h.failed("POST", docs+"/delete", object{"filter": "x = 5"}, "invalid_document_filter")
	h.done("PUT", "/indexes/d/settings/filterable-attributes", []string{"x"})
	if v := h.done("POST", docs+"/delete", object{"filter": "x = 5"}); v.Details["deletedDocuments"] != 1.0 || v.Details["originalFilter"] != `"x = 5"` {
		t.Errorf("%+v", v)
	}
	if v := h.done("POST", docs+"/delete-batch", []any{"b", "none", 7}); v.Details["deletedDocuments"] != 2.0 || v.Details["providedIds"] != 3.0 {
		t.Errorf("%+v", v)
	}
	h.done("POST", docs, []object{{"sku": 1}, {"sku": 2}, {"sku": 3}})
	got.Results = nil
	h.ok("POST", docs+"/fetch", object{"ids": []string{"3", "1", "9"}, "fields": []string{"sku"}}, &got)
	if !reflect.DeepEqual(got.Results, []object{{"sku": 1.0}, {"sku": 3.0}}) {
		t.Errorf("%v", got.Results)
	}
	h.done("DELETE", docs+"/2", nil)
	if v := h.done("DELETE", docs, nil); v.Details["deletedDocuments"] != 2.0 {
		t.Errorf("%+v", v)
	}
	h.failed("DELETE", "/indexes/none/documents/1", nil, "index_not_found")
}

func TestPayloadKinds(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	send := func(contentType, query string, body []byte, encoding string) (int, []byte) {
		req := httptest.NewRequest("POST", "/indexes/p/documents"+query, bytes.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+testKey)
		req.Header.Set("Content-Type", contentType)
		if encoding != "" {
			req.Header.Set("Content-Encoding", encoding)
		}
		return h.do(req)
	}
	last := uint64(0)
	for _, c := range []struct{ kind, query, body string }{
		{"application/x-ndjson", "", "{\"id\":1}\n\n{\"id\":2}\n"},
		{"text/csv", "", "id,name:string,n:number,ok:boolean\n3,x,1.5,true\n4,\"a,b\",,\n"},
		{"text/csv", "?csvDelimiter=%3B", "id;name\n5;x\n"},
		{"application/json; charset=utf-8", "", `{"id":6}`},
	} {
		status, raw := send(c.kind, c.query, []byte(c.body), "")
		var s taskSummary
		if err := json.Unmarshal(raw, &s); err != nil || status != http.StatusAccepted {
			t.Errorf("%s: %s", c.kind, raw)
		}
		last = s.TaskUID
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write([]byte(`[{"id":7}]`))
	_ = zip.Close()
	status, raw := send("application/json", "", packed.Bytes(), "gzip")
	if status != http.StatusAccepted {
		t.Fatalf("gzip: %s", raw)
	}
	h.ended(last + 1)
	if got := h.search("p", object{}); len(got.Hits) != 7 || !reflect.DeepEqual(got.Hits[2], object{"id": "3", "name": "x", "n": 1.5, "ok": true}) {
		t.Errorf("%v", got.Hits)
	}
	for kind, code := range map[string]string{"text/plain": "invalid_content_type", "": "missing_content_type"} {
		if status, raw := send(kind, "", []byte("{}"), ""); status != http.StatusUnsupportedMediaType || !strings.Contains(string(raw), code) {
			t.Errorf("%q: %d %s", kind, status, raw)
		}
	}
	req := httptest.NewRequest("GET", "/indexes/p", nil)
	req.Header.Set("Authorization", "Bearer "+testKey)
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := h.e.App().Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	unzip, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(unzip); err != nil || !strings.Contains(string(body), `"uid":"p"`) {
		t.Errorf("%s %v", body, err)
	}
}

func TestTooLargeABody(t *testing.T) {
	t.Parallel()
	e, err := Open(t.TempDir(), Options{BodyLimit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = e.App().Listener(ln) }()
	defer func() { _ = e.App().Shutdown() }()
	resp, err := http.Post("http://"+ln.Addr().String()+"/indexes/p/documents", "application/json", strings.NewReader(strings.Repeat("x", 2000)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), "payload_too_large") {
		t.Errorf("%d %s %v", resp.StatusCode, body, err)
	}
}

func TestTasks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHarnessOnce(t, dir)
	first := h.done("POST", "/indexes/t/documents?customMetadata=batch-1", object{"id": 1})
	if first.UID != 0 || first.CustomMetadata != "batch-1" || first.StartedAt == nil || first.FinishedAt == nil {
		t.Errorf("%+v", first)
	}
	h.failed("DELETE", "/indexes/none", nil, "index_not_found")
	h.done("PUT", "/indexes/t/settings/stop-words", []string{"x"})
	type page struct {
		Results    []taskView
		Total      int
		Limit      int
		From, Next *uint64
	}
	list := func(query string) page {
		t.Helper()
		var p page
		h.ok("GET", "/tasks"+query, nil, &p)
		return p
	}
	if p := list("?limit=2"); p.Total != 3 || len(p.Results) != 2 || *p.From != 2 || *p.Next != 0 {
		t.Errorf("%+v", p)
	}
	for query, want := range map[string][]uint64{
		"?from=1":                               {1, 0},
		"?reverse=true&limit=2":                 {0, 1},
		"?statuses=failed":                      {1},
		"?types=settingsUpdate,indexSwap":       {2},
		"?indexUids=t":                          {2, 0},
		"?uids=0,2":                             {2, 0},
		"?statuses=*&indexUids=none":            {1},
		"?afterEnqueuedAt=2100-01-01T00:00:00Z": nil,
	} {
		var got []uint64
		for _, v := range list(query).Results {
			got = append(got, v.UID)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	h.refused("GET", "/tasks?statuses=lost", nil, "invalid_task_statuses")
	h.refused("GET", "/tasks?types=x", nil, "invalid_task_types")
	h.refused("GET", "/tasks?uids=x", nil, "invalid_task_uids")
	h.refused("GET", "/tasks?beforeEnqueuedAt=x", nil, "invalid_task_before_enqueued_at")
	h.refused("GET", "/tasks?limit=x", nil, "invalid_task_limit")
	h.refused("GET", "/tasks/99", nil, "task_not_found")
	h.refused("GET", "/tasks/x", nil, "invalid_task_uids")
	h.refused("DELETE", "/tasks", nil, "missing_task_filters")
	h.refused("POST", "/tasks/cancel", nil, "missing_task_filters")

	var s taskSummary
	h.ok("DELETE", "/tasks?uids=0,1", nil, &s)
	if v := h.ended(s.TaskUID); v.Details["deletedTasks"] != 2.0 || v.Details["matchedTasks"] != 2.0 || v.Details["originalFilter"] != "?uids=0,1" {
		t.Errorf("%+v", v)
	}
	h.refused("GET", "/tasks/0", nil, "task_not_found")
	if err := h.e.Close(); err != nil {
		t.Fatal(err)
	}
	h = openHarness(t, dir)
	if v := h.done("POST", "/indexes/t/documents", object{"id": 2}); v.UID != s.TaskUID+1 {
		t.Errorf("uids must never repeat: %d", v.UID)
	}
}

func TestBatches(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHarnessOnce(t, dir)
	var sent []uint64
	for i := range 20 { // those that wait while one is applied are applied together
		sent = append(sent, h.accepted("POST", "/indexes/t/documents", []object{{"id": i}, {"id": i + 100}}))
	}
	sent = append(sent, h.accepted("POST", "/indexes", object{"uid": "t"})) // fails
	of := map[uint64]int{}
	for _, uid := range sent {
		v := h.ended(uid)
		if v.BatchUID == nil {
			t.Fatalf("task %d is in no batch", uid)
		}
		of[*v.BatchUID]++
	}
	var list struct {
		Results    []batchView
		Total      int
		From, Next *uint64
	}
	h.ok("GET", "/batches?limit=100", nil, &list)
	received := 0.0
	for i, b := range list.Results {
		if b.UID != uint64(len(of)-1-i) || b.Stats.Total != of[b.UID] || b.StartedAt == nil || b.FinishedAt == nil || b.Duration == nil || b.Strategy == "" ||
			b.Stats.Indexes["t"] != b.Stats.Total {
			t.Errorf("%+v, which has %d tasks", b, of[b.UID])
		}
		if docs, ok := b.Details["receivedDocuments"].(float64); ok {
			received += docs
		}
	}
	if list.Total != len(of) || len(list.Results) != len(of) || received != 40 || list.Results[0].Stats.Statuses[statusFailed] != 1 {
		t.Errorf("%d batches with %v documents, want %d with 40: %+v", list.Total, received, len(of), list.Results)
	}
	h.ok("GET", "/batches?limit=1", nil, &list)
	if len(list.Results) != 1 || *list.Next != uint64(len(of)-2) {
		t.Errorf("%+v", list)
	}
	h.ok("GET", "/batches?reverse=true&from=1&limit=1", nil, &list)
	if len(list.Results) != 1 || *list.From != 1 {
		t.Errorf("%+v", list)
	}
	h.ok("GET", "/batches?types=indexCreation", nil, &list)
	if len(list.Results) != 1 || list.Results[0].UID != uint64(len(of)-1) {
		t.Errorf("%+v", list)
	}
	var tasks struct{ Results []taskView }
	h.ok("GET", fmt.Sprintf("/tasks?batchUids=%d", len(of)-1), nil, &tasks)
	if len(tasks.Results) != 1 || tasks.Results[0].UID != sent[20] {
		t.Errorf("%+v", tasks)
	}
	var one batchView
	h.ok("GET", "/batches/0", nil, &one)
	if one.UID != 0 || one.Stats.Total != of[0] {
		t.Errorf("%+v", one)
	}
	h.refused("GET", "/batches/999", nil, "batch_not_found")
	h.refused("GET", "/batches/x", nil, "invalid_batch_uids")
	h.refused("GET", "/batches?batchUids=x", nil, "invalid_batch_uids")
	h.refused("GET", "/batches?limit=-1", nil, "invalid_batch_limit")
	if err := h.e.Close(); err != nil {
		t.Fatal(err)
	}
	h = openHarness(t, dir)
	if v := h.done("POST", "/indexes/t/documents", object{"id": 2}); *v.BatchUID != uint64(len(of)) {
		t.Errorf("batch %d after %d: uids must never repeat", *v.BatchUID, len(of))
	}
}

// TestCancel cancels what waits behind a long task and lets the rest run.
func TestCancel(t *testing.T) {
	t.Parallel()
	e, err := Open(t.TempDir(), Options{MasterKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{t: t, e: e}
	defer func() { _ = e.Close() }()
	var docs []object
	for i := range 3000 {
		docs = append(docs, object{"id": i, "t": strings.Repeat("long ", 50)})
	}
	long := h.accepted("POST", "/indexes/a/documents", docs)
	waiting := h.accepted("PUT", "/indexes/b/settings/stop-words", []string{"x"})
	kept := h.accepted("PUT", "/indexes/c/settings/stop-words", []string{"x"})
	var s taskSummary
	h.ok("POST", fmt.Sprintf("/tasks/cancel?uids=%d,%d", waiting, 1000), nil, &s)
	v := h.ended(s.TaskUID)
	canceled := h.ended(waiting)
	if v.Details["canceledTasks"] == 1.0 {
		if canceled.Status != statusCanceled || *canceled.CanceledBy != s.TaskUID {
			t.Errorf("%+v", canceled)
		}
		h.refused("GET", "/indexes/b", nil, "index_not_found")
	} else if canceled.Status != statusSucceeded { // it had run already
		t.Errorf("%+v", canceled)
	}
	if h.ended(long).Status != statusSucceeded || h.ended(kept).Status != statusSucceeded {
		t.Error("the others must run")
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	h := newLibrary(t)
	h.done("DELETE", "/indexes/books/documents/1", nil)
	var s indexStats
	h.ok("GET", "/indexes/books/stats", nil, &s)
	if want := map[string]uint64{"id": 6, "title": 6, "tag": 6, "year": 6, "info": 1}; s.NumberOfDocuments != 6 || s.IsIndexing || !reflect.DeepEqual(s.FieldDistribution, want) {
		t.Errorf("%+v", s)
	}
	var all struct {
		DatabaseSize int
		LastUpdate   *time.Time
		Indexes      map[string]indexStats
	}
	h.ok("GET", "/stats", nil, &all)
	if all.DatabaseSize == 0 || all.LastUpdate == nil || all.Indexes["books"].NumberOfDocuments != 6 {
		t.Errorf("%+v", all)
	}
	h.refused("GET", "/indexes/none/stats", nil, "index_not_found")
	h.done("POST", "/indexes/books/compact", nil)
	if got := ids(h.search("books", object{"q": "prince"}).Hits); !reflect.DeepEqual(got, []string{"2", "4"}) {
		t.Errorf("after compaction: %v", got)
	}
}

// TestAnswersAreConsistentUnderWrites searches while documents change: within
// one answer the facet counts add up to the total and the order holds.
func TestAnswersAreConsistentUnderWrites(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.done("PATCH", "/indexes/c/settings", object{"filterableAttributes": []string{"kind"}, "sortableAttributes": []string{"n"}})
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		defer close(stop)
		for round := range 12 {
			var docs []object
			for i := range 20 {
				docs = append(docs, object{"id": (round*7 + i) % 60, "kind": []string{"a", "b", "c"}[(round+i)%3], "n": (round * i) % 17})
			}
			h.done("POST", "/indexes/c/documents", docs)
			if round%5 == 4 {
				h.done("DELETE", fmt.Sprintf("/indexes/c/documents/%d", round), nil)
				h.done("POST", "/indexes/c/compact", nil)
			}
		}
	})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				got := h.search("c", object{"facets": []string{"kind"}, "sort": []string{"n:asc"}, "limit": 100})
				sum := 0
				for _, n := range got.FacetDistribution["kind"] {
					sum += n
				}
				if total := *got.EstimatedTotalHits; sum != total || len(got.Hits) != total {
					t.Errorf("%d hits of %d, facets count %d", len(got.Hits), total, sum)
					return
				}
				for i := 1; i < len(got.Hits); i++ {
					if got.Hits[i-1]["n"].(float64) > got.Hits[i]["n"].(float64) {
						t.Errorf("out of order: %v", got.Hits)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// TestCloseDoesNotWaitForTheQueue closes an engine in the middle of its work,
// and finds the work done after the next start.
func TestCloseDoesNotWaitForTheQueue(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHarnessOnce(t, dir)
	var docs []object
	for i := range 2500 {
		docs = append(docs, object{"id": i, "text": strings.Repeat("some words ", 20)})
	}
	last := h.accepted("POST", "/indexes/q/documents", docs)
	for _, list := range [][]string{{"id"}, {"text"}, {"id", "text"}} {
		last = h.accepted("PUT", "/indexes/q/settings/filterable-attributes", list)
	}
	if err := h.e.Close(); err != nil {
		t.Fatal(err)
	}
	h = openHarness(t, dir)
	if v := h.ended(last); v.Status != statusSucceeded {
		t.Errorf("%+v", v)
	}
	if got := h.search("q", object{"filter": "id >= 2000"}); *got.EstimatedTotalHits != 500 {
		t.Errorf("%d hits", *got.EstimatedTotalHits)
	}
}
