package search

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"lianbang/search/api"
	"lianbang/search/text"
)

// evalDir is where the labelled sets are, if anywhere.
func evalDir() string { return os.Getenv("LIANBANG_TEST_EVAL") }

// realTexts reads the documents of the labelled sets under LIANBANG_TEST_EVAL.
func realTexts(t testing.TB, sets ...string) []api.SearchDocument {
	t.Helper()
	root := evalDir()
	if root == "" {
		t.Skip("LIANBANG_TEST_EVAL names no directory with labelled sets")
	}
	var docs []api.SearchDocument
	for _, set := range sets {
		f, err := os.Open(filepath.Join(root, set, "docs.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var d struct{ ID, Title, Name, Content string }
			if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
				t.Fatal(err)
			}
			docs = append(docs, api.SearchDocument{Id: d.ID, Rev: 1, Title: d.Title + d.Name, Body: d.Content, Audience: []string{everybody}, Url: "/" + d.ID})
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	return docs
}

// TestInnerSubstringsOfRealTexts draws substrings of two to eight characters from real documents: what holds them is found, the
// counts are right, and one that stands in a single document is on the first page.
func TestInnerSubstringsOfRealTexts(t *testing.T) {
	docs := realTexts(t, "t1r_achievement_to_demand", "t3_demand_to_provider")
	draws := 300
	if os.Getenv("LIANBANG_PROVE") == "1" {
		docs = append(docs, realTexts(t, "t1_demand_to_achievement")...)
		draws = 2000
	}
	h := open(t, t.TempDir())
	began := time.Now()
	h.put(t, api.DocumentTypeDemand, docs...)
	t.Logf("%d documents put in %s", len(docs), time.Since(began).Round(time.Millisecond))
	folded := make([]string, len(docs))
	for i, d := range docs {
		folded[i] = text.Fold(d.Title) + "\n" + text.Fold(d.Body)
	}
	r := rand.New(rand.NewPCG(23, 23))
	unique, first, wrong := 0, 0, 0
	var took []time.Duration
	for n := 0; n < draws; {
		i := r.IntN(len(docs))
		source := []rune(folded[i])
		size := 2 + r.IntN(7)
		if len(source) <= size {
			continue
		}
		at := r.IntN(len(source) - size)
		wanted := string(source[at : at+size])
		if strings.ContainsFunc(wanted, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) || len(h.o.Synonyms.Variants(wanted, 1)) > 0 {
			continue
		}
		n++
		total := int64(0)
		for _, f := range folded {
			if strings.Contains(f, wanted) {
				total++
			}
		}
		page := h.find(t, Ask{Query: wanted})
		took = append(took, time.Duration(page.TookMs*float64(time.Millisecond)))
		if page.Total != total || page.Relaxed != api.None {
			wrong++
			t.Errorf("%s: %d found (%s), %d hold it", wanted, page.Total, page.Relaxed, total)
		}
		if total == 1 {
			unique++
			if slices.Contains(ids(page), docs[i].Id) {
				first++
			}
		}
	}
	if first != unique {
		t.Errorf("%d of %d unique ones are on the first page", first, unique)
	}
	slices.Sort(took)
	t.Logf("%d substrings, %d unique, %d wrong counts; %s / %s a search (p50/p99)", draws, unique, wrong, took[len(took)/2], took[len(took)*99/100])
}
