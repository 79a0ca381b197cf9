package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"lianbang/search/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/rest/resttest"
)

// finds waits until a query finds exactly these documents.
func (h *house) finds(t *testing.T, query string, want ...string) {
	t.Helper()
	resttest.Eventually(t, func() error {
		got := ids(h.find(t, Ask{Query: query}))
		slices.Sort(got)
		if !slices.Equal(got, want) {
			return fmt.Errorf("%s finds %v, not %v", query, got, want)
		}
		return nil
	})
}

// TestTheOperatorsWordsTakeEffect changes the table under a running service: documents that are there already answer by it, and at no
// moment does a word find less than it would without any synonyms.
func TestTheOperatorsWordsTakeEffect(t *testing.T) {
	h := openStored(t, t.TempDir())
	h.run(t, h.Wording)
	operator := access.With(t.Context(), city)
	for id, title := range map[string]string{"a": "谐振腔镀膜", "b": "光学腔体镀膜", "c": "微腔镀膜", "d": "CNC 加工"} {
		h.put(t, api.DocumentTypeDemand, api.SearchDocument{Id: id, Rev: 1, Title: title, Audience: []string{everybody}, Url: "/demands/" + id})
	}
	h.finds(t, "谐振腔", "a")
	h.finds(t, "数控", "d") // the words that came with the program
	stop := make(chan struct{})
	steady := make(chan struct{})
	go func() { // what holds the word itself is found throughout
		defer close(steady)
		for {
			select {
			case <-stop:
				return
			default:
			}
			page, err := h.Search(context.Background(), Ask{Query: "谐振腔", Page: 1, PageSize: 9})
			if err != nil || !slices.Contains(ids(page), "a") {
				t.Errorf("for a moment 谐振腔 finds %v, %v", ids(page), err)
				return
			}
		}
	}()

	group, err := h.AddSynonyms(operator, rest.NewID(h.now()), "", api.SynonymInput{Words: []string{"谐振腔", "光学腔体"}, Note: "企业这样叫"})
	if err != nil {
		t.Fatal(err)
	}
	h.finds(t, "谐振腔", "a", "b")
	h.finds(t, "光学腔体", "a", "b")
	h.put(t, api.DocumentTypeDemand, api.SearchDocument{Id: "e", Rev: 1, Title: "光学腔体清洗", Audience: []string{everybody}, Url: "/demands/e"})
	h.finds(t, "谐振腔", "a", "b", "e")

	reread := func() synonymDoc {
		t.Helper()
		g, err := h.o.Groups.Get(t.Context(), group.ID)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	if _, err = h.EditSynonyms(operator, group.ID, reread().Body.Version, api.SynonymInput{Words: []string{"谐振腔", "微腔"}}); err != nil {
		t.Fatal(err)
	}
	h.finds(t, "谐振腔", "a", "c")
	h.finds(t, "光学腔体", "b", "e")
	if _, err = h.UndoSynonyms(operator, group.ID, reread().Body.Version); err != nil {
		t.Fatal(err)
	}
	h.finds(t, "谐振腔", "a", "b", "e")
	if _, err = h.RemoveSynonyms(operator, group.ID, reread().Body.Version); err != nil {
		t.Fatal(err)
	}
	h.finds(t, "谐振腔", "a")
	h.finds(t, "光学腔体", "b", "e")
	close(stop)
	<-steady
	g := reread().Body
	if len(g.History) != 4 || g.History[0].By != "op" || g.History[0].Note != "企业这样叫" || !g.History[3].Removed {
		t.Errorf("history %+v", g.History)
	}
	// A reindex makes every document by the table as it is.
	if err := h.rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.finds(t, "谐振腔", "a")
	h.finds(t, "数控", "d")
}

func TestSynonymsAreChecked(t *testing.T) {
	h := openStored(t, t.TempDir())
	operator := access.With(t.Context(), city)
	add := func(words ...string) error {
		_, err := h.AddSynonyms(operator, rest.NewID(h.now()), "", api.SynonymInput{Words: words})
		return err
	}
	for _, c := range []struct {
		words []string
		code  string
	}{
		{[]string{"数控机床", "床"}, "too_short"}, {[]string{"数控机床", "，。"}, "too_short"}, {[]string{"ＣＮＣ", "cnc"}, "repeated"},
		{[]string{"数控", "车、铣"}, "not_one_word"}, {[]string{"IoT", "internet of things"}, "not_one_word"},
	} {
		var f *fault.Error
		_ = errors.As(add(c.words...), &f)
		if f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Path != "words.1" || f.Fields[0].Code != c.code {
			t.Errorf("%v: %+v", c.words, f)
		}
	}
	if err := add("cnc", "数控"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a group that is there: %v", err)
	}
	if err := add("数控", "数字控制"); err != nil { // a word may be in several groups
		t.Error(err)
	}
	groups, err := h.ListSynonyms(operator)
	if err != nil || len(groups) != len(h.o.Synonyms.Groups())+1 || !slices.Equal(groups[0].Body.Words, []string{"数控", "数字控制"}) && len(groups[0].Body.History) != 1 {
		t.Errorf("%d groups, first %+v, %v", len(groups), groups[0], err)
	}
	if _, err := h.UndoSynonyms(operator, "shipped-001", 1); fault.KindOf(err) != fault.Conflict {
		t.Errorf("undone what never changed: %v", err)
	}
	if _, err := h.RemoveSynonyms(operator, "shipped-001", 9); fault.KindOf(err) != fault.Stale {
		t.Errorf("removed at another revision: %v", err)
	}
}

// TestPreviewTellsTheTruth compares a preview with what is found once the words mean the same.
func TestPreviewTellsTheTruth(t *testing.T) {
	h := openStored(t, t.TempDir())
	h.run(t, h.Wording)
	h.put(t, api.DocumentTypeDemand, invent(api.DocumentTypeDemand, 120, 4)...)
	operator := access.With(t.Context(), city)
	words := []string{"伺服电机", "永磁材料", "CNC"}
	p, err := h.PreviewSynonyms(operator, words, "")
	if err != nil || len(p.Words) != 3 || len(p.Examples) == 0 {
		t.Fatalf("%+v %v", p, err)
	}
	if p.Words[2].Now == 0 || p.Words[2].Then <= p.Words[0].Then { // CNC keeps what 数控机床 brings
		t.Errorf("%+v", p.Words)
	}
	for _, e := range p.Examples {
		if !slices.Contains(append(words, "数控", "数控机床", "数控加工"), e.Holds) || e.Url == "" {
			t.Errorf("%+v", e)
		}
	}
	if _, err := h.AddSynonyms(operator, rest.NewID(h.now()), "", api.SynonymInput{Words: words}); err != nil {
		t.Fatal(err)
	}
	for _, w := range p.Words {
		resttest.Eventually(t, func() error {
			if got := h.find(t, Ask{Query: w.Word}).Total; got != w.Then {
				return fmt.Errorf("%s finds %d, the preview said %d", w.Word, got, w.Then)
			}
			return nil
		})
	}
	if _, err := h.PreviewSynonyms(operator, []string{"单", "词"}, ""); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
}
