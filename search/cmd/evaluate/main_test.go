package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
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
	for _, extra := range [][]string{nil, {"-pool"}} {
		var out bytes.Buffer
		if err := run(append(args, extra...), &out); err != nil {
			t.Fatal(err)
		}
		if bytes.Count(out.Bytes(), []byte("\n")) != 1 {
			t.Fatalf("not one line: %s", out.String())
		}
		var r Report
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		second := 1 / math.Log2(3)
		want := ((1+3*second)/(3+second) + 1) / 2
		if r.Queries != 2 || math.Abs(r.NDCG10-want) > 1e-12 || r.MRR10 != 1 || r.Recall10 != 1 || r.Recall50 != 1 {
			t.Errorf("%+v, want ndcg %v", r, want)
		}
	}
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
