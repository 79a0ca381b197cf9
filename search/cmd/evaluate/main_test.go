package main

import (
	"bytes"
	"encoding/json"
	"math"
	"net"
	"os"
	"path/filepath"
	"testing"

	"lianbang/search"
	"lianbang/search/api"
	"lianbang/search/engine"
	"lianbang/search/match"
)

func TestEvaluatePrintsOneLine(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	docs := file("docs.jsonl", `{"id":"a","title":"数控机床主轴维修"}
{"id":"b","title":"锂离子电池隔膜涂覆"}
{"id":"c","name":"某某轴承有限公司","content":"主轴轴承与密封件"}
`)
	queries := file("queries.jsonl", `{"id":"q1","title":"机床主轴","content":"主轴异响"}
{"id":"q2","title":"电池隔膜"}
{"id":"q3","title":"没有相关文档的查询"}
`)
	// q1 ranks a, then c: gains 1 and 3. q2 has its one document first. q3 is not counted.
	qrels := file("qrels.tsv", "q1\t0\ta\t1\nq1\t0\tc\t2\nq2\t0\tb\t1\nq3\t0\ta\t0\n")
	args := []string{"-docs", docs, "-queries", queries, "-qrels", qrels}
	address := serveEngine(t)
	for _, extra := range [][]string{nil, {"-pool"}, {"-engine", address, "-key", "secret"}, {"-engine", address, "-key", "secret", "-pool"}} {
		r := evaluate(t, append(args, extra...)...)
		second := 1 / math.Log2(3)
		want := ((1+3*second)/(3+second) + 1) / 2
		if r.Queries != 2 || math.Abs(r.NDCG10-want) > 1e-12 || r.MRR10 != 1 || r.Recall10 != 1 || r.Recall50 != 1 {
			t.Errorf("%v: %+v, want ndcg %v", extra, r, want)
		}
	}
	for _, wrong := range [][]string{{"-key", "not the key"}, {"-engine", "http://127.0.0.1:1"}} {
		if err := run(append(append(args, "-engine", address, "-key", "secret"), wrong...), &bytes.Buffer{}); err == nil {
			t.Errorf("%v is measured all the same", wrong)
		}
	}
}

// TestEvaluateLeavesAProductAlone: an index with documents is somebody's.
func TestEvaluateLeavesAProductAlone(t *testing.T) {
	address := serveEngine(t)
	product, err := search.NewTrial(t.Context(), address, "secret", match.DefaultWeights())
	if err != nil {
		t.Fatal(err)
	}
	d := document{ID: "a", Title: "数控机床主轴维修"}
	if err := product.Load(t.Context(), api.DocumentTypeDemand, []api.SearchDocument{d.published()}); err != nil {
		t.Fatal(err)
	}
	if _, err := search.NewTrial(t.Context(), address, "secret", match.DefaultWeights()); err == nil {
		t.Fatal("a trial moves into an index with documents")
	}
	if found := product.MatchFor(api.MatchInternalJSONRequestBody{Type: api.DocumentTypeAchievement, Types: []api.DocumentType{api.DocumentTypeDemand},
		Document: api.SearchDocument{Id: "q", Title: "主轴维修"}, Limit: 5}); len(found.Items) != 1 {
		t.Errorf("%+v", found)
	}
	if err := product.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := search.NewTrial(t.Context(), address, "secret", match.DefaultWeights())
	if err != nil {
		t.Fatalf("a closed trial leaves something behind: %v", err)
	}
	if err := after.Close(); err != nil {
		t.Error(err)
	}
}

// evaluate runs the command and reads its one line.
func evaluate(t *testing.T, args ...string) (r Report) {
	t.Helper()
	var out bytes.Buffer
	if err := run(args, &out); err != nil {
		t.Fatal(err)
	}
	if bytes.Count(out.Bytes(), []byte("\n")) != 1 {
		t.Fatalf("not one line: %s", out.String())
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// serveEngine is our own engine at an address, with the key "secret".
func serveEngine(t *testing.T) string {
	t.Helper()
	server, err := engine.Open(t.TempDir(), engine.Options{MasterKey: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.App().Listener(listener) }() // ends with Close
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

func TestEvaluateRefusesWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("not json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {"-docs", bad}, {"-nonsense"}, {"-docs", filepath.Join(dir, "absent")}} {
		if err := run(args, &bytes.Buffer{}); err == nil {
			t.Errorf("%v is accepted", args)
		}
	}
}

// TestTrainHoldsHalfOut: the figure promised for unseen queries is made of queries that were not trained on.
func TestTrainHoldsHalfOut(t *testing.T) {
	var set labelled
	for i, title := range []string{"数控机床主轴维修", "锂离子电池隔膜涂覆", "污水处理膜组件", "工业机器人减速器", "稀土永磁电机", "激光焊接头", "注塑模具热流道", "碳纤维预浸料"} {
		id := string(rune('a' + i))
		set.docs = append(set.docs, match.Item{ID: id, Title: title})
		set.queries = append(set.queries, match.Item{ID: "q" + id, Title: "寻求" + title + "的单位"})
		set.grades = append(set.grades, map[string]int{id: 1})
	}
	result, weights, err := set.train(2)
	if err != nil {
		t.Fatal(err)
	}
	if result.Queries != 8 || result.Shipped.NDCG10 != 1 || result.CrossValidated.NDCG10 != 1 || result.OnAll.PoolNDCG10 != 1 {
		t.Errorf("%+v", result)
	}
	data, err := json.Marshal(weights)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := match.ReadWeights(data); err != nil {
		t.Errorf("trained weights cannot be read: %v", err)
	}
	one := labelled{docs: set.docs, queries: set.queries[:1], grades: set.grades[:1]}
	if _, _, err := one.train(1); err == nil {
		t.Error("one query is held out of itself")
	}
	// What one half learns depends on that half alone.
	for _, fold := range []int{0, 1} {
		w, _ := set.climb(fold, 3)
		spoilt := set
		spoilt.grades = append([]map[string]int{}, set.grades...)
		for i, q := range set.queries {
			if half(q.ID) != fold {
				spoilt.grades[i] = map[string]int{"a": 1, "h": 2}
			}
		}
		if other, _ := spoilt.climb(fold, 3); other != w {
			t.Errorf("training on half %d looks at the other half's labels", fold)
		}
	}
}
