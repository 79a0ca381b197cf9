package capability

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

var day0 = time.Date(2026, 11, 2, 2, 0, 0, 0, time.UTC)

func goodTerms() Terms {
	return Terms{ItemNumber: "PT-01", Title: "齿轮精密磨削", Products: []string{"精密齿轮"}, Processes: []string{"成形磨齿"}, Chain: "c1", Spare: 3000, Unit: "件",
		Certificates: []Certificate{{Name: "IATF 16949", ValidTo: "2027-05-31"}}, LeadTimeDays: 30}
}

func newCapability(t *testing.T) *Capability {
	t.Helper()
	c, err := New("id", "org", "名称", "d1", "u", goodTerms(), day0)
	if err != nil {
		t.Fatal(err)
	}
	return &c
}

// step takes one step as its owner would.
func step(c *Capability, a Action, now time.Time) error {
	switch a {
	case Edit:
		next := c.Terms
		next.Summary = fmt.Sprint("改于", now.UnixMilli(), len(c.History))
		return c.Edit("id", "u", next, now)
	case Publish:
		return c.Publish("u", now)
	case Pause:
		return c.Pause("u", "检修", now)
	case Resume:
		return c.Resume("u", now)
	case Withdraw:
		return c.Withdraw("u", "停产", now)
	case AddFile:
		return c.AddFile("u", File{ID: fmt.Sprint(len(c.History)), Name: "a.png", Type: "image/png"}, now)
	case RemoveFile:
		if len(c.Files) == 0 {
			c.Files = []File{{ID: "x"}}
		}
		return c.RemoveFile("u", c.Files[0].ID, now)
	}
	panic(a)
}

// TestEveryStepInEveryState is the whole table: where each step leads, and where it is refused.
func TestEveryStepInEveryState(t *testing.T) {
	want := `
state     | editCapability publishCapability pauseCapability resumeCapability withdrawCapability addCapabilityFile removeCapabilityFile
draft     | draft          published         -               -                withdrawn          draft             draft
published | published      -                 paused          -                withdrawn          published         published
paused    | paused         -                 -               published        withdrawn          paused            paused
withdrawn | withdrawn      published         -               -                -                  withdrawn         withdrawn
`
	rows := strings.Split(strings.TrimSpace(want), "\n")
	for _, row := range rows[1:] {
		cells := strings.Fields(row)
		for i, a := range actions {
			c := newCapability(t)
			c.State = State(cells[0])
			err := step(c, a, day0)
			switch to := cells[2+i]; {
			case to == "-":
				if f := fault.As(err); err == nil || f.Code != "capability.wrong_state" {
					t.Errorf("%s in %s: %v", a, cells[0], err)
				}
			case err != nil || string(c.State) != to:
				t.Errorf("%s in %s leads to %s: %v", a, cells[0], c.State, err)
			}
			if slices.Contains(newIn(State(cells[0])).Allowed(), a) != (cells[2+i] != "-") {
				t.Errorf("%s in %s is offered wrongly", a, cells[0])
			}
		}
	}
}

func newIn(s State) *Capability { return &Capability{State: s} }

// TestRandomHistories walks long lives: public exactly while published or paused, versions never fall and rise with every public change,
// every state has a way on, and the document stays small.
func TestRandomHistories(t *testing.T) {
	runs := 1000
	if os.Getenv("LIANBANG_PROVE") != "" {
		runs = 100_000
	}
	for seed := range runs {
		r := rand.New(rand.NewPCG(uint64(seed), 5))
		c, now := newCapability(t), day0
		for range r.IntN(40) {
			before := *c
			a := actions[r.IntN(len(actions))]
			now = now.Add(time.Duration(r.IntN(1000)) * time.Minute)
			err := step(c, a, now)
			if allowed := slices.Contains(before.Allowed(), a); err == nil != allowed && fault.As(err).Code != "capability.too_many_files" {
				t.Fatalf("seed %d: %s in %s: %v", seed, a, before.State, err)
			}
			if err != nil {
				continue
			}
			if c.Public() != (c.Board == publicBoard) || len(c.Allowed()) == 0 {
				t.Fatalf("seed %d: %s on board %q, %d ways on", seed, c.State, c.Board, len(c.Allowed()))
			}
			rises := a == Publish || before.Public() && (a == Edit || a == AddFile || a == RemoveFile)
			if c.Version != before.Version+map[bool]int{true: 1}[rises] {
				t.Fatalf("seed %d: %s made version %d of %d", seed, a, c.Version, before.Version)
			}
			if last := c.History[len(c.History)-1]; last.Action != a || last.Version != c.Version || last.At != c.ChangedAt {
				t.Fatalf("seed %d: %+v", seed, last)
			}
			if (a == Pause || a == Withdraw) && c.Reason == "" || a == Resume && c.Reason != "" {
				t.Fatalf("seed %d: %s with reason %q", seed, a, c.Reason)
			}
		}
	}
}

func TestHistoryStaysSmall(t *testing.T) {
	c := newCapability(t)
	if err := c.Publish("u", day0); err != nil {
		t.Fatal(err)
	}
	for range 3 * maxHistory {
		if err := step(c, Edit, day0); err != nil {
			t.Fatal(err)
		}
	}
	diffs := 0
	for _, e := range c.History {
		if len(e.Changes) > 0 {
			diffs++
		}
	}
	if len(c.History) != maxHistory || diffs != keptDiffs || c.History[0].Action != Create || c.History[1].Action != Publish {
		t.Errorf("%d lines, %d with differences", len(c.History), diffs)
	}
}

func TestEditing(t *testing.T) {
	c := newCapability(t)
	if err := c.Publish("u", day0); err != nil {
		t.Fatal(err)
	}
	if err := c.Edit("id", "u", goodTerms(), day0); err != nil || c.Version != 1 {
		t.Errorf("the same again made version %d: %v", c.Version, err)
	}
	next := goodTerms()
	next.Spare, next.Title = 5000, "齿轮磨削"
	if err := c.Edit("id", "u", next, day0); err != nil {
		t.Fatal(err)
	}
	want := []Change{{"title", "齿轮精密磨削", "齿轮磨削"}, {"spareQuantity", "3000", "5000"}}
	if got := c.History[len(c.History)-1].Changes; !reflect.DeepEqual(got, want) || c.Version != 2 {
		t.Errorf("version %d: %+v", c.Version, got)
	}
	next.Chain = ""
	if err := c.Edit("id", "u", next, day0); fault.As(err).Fields[0].Path != "chain" {
		t.Errorf("a public one without a chain: %v", err)
	}
	for path, spoil := range map[string]func(*Terms){
		"title":        func(t *Terms) { t.Title = "  " },
		"batchMax":     func(t *Terms) { t.BatchMin, t.BatchMax = 5, 4 },
		"certificates": func(t *Terms) { t.Certificates[0].ValidFrom = "2028-01-01" },
	} {
		bad := goodTerms()
		spoil(&bad)
		if _, err := New("id", "o", "n", "d", "u", bad, day0); err == nil || fault.As(err).Fields[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	draft, err := New("id", "o", "n", "d", "u", Terms{Title: "只有名称", Spare: 5}, day0)
	if err != nil {
		t.Fatal(err)
	}
	if err := draft.Publish("u", day0); err == nil || len(fault.As(err).Fields) != 3 {
		t.Errorf("published with next to nothing: %v", err)
	}
}

func TestCompletenessAddsUp(t *testing.T) {
	sum := 0
	for _, f := range fillings {
		sum += f.Weight
	}
	if sum != 100 {
		t.Errorf("the weights add up to %d", sum)
	}
	c := newCapability(t)
	percent, gaps := c.Completeness()
	missing := 0
	for _, g := range gaps {
		missing += g.Weight
	}
	if percent+missing != 100 || gaps[0].Field != "equipment" {
		t.Errorf("%d%%, %+v", percent, gaps)
	}
}

func TestCertificateDays(t *testing.T) {
	c := Certificate{Name: "x", ValidFrom: "2026-01-01", ValidTo: "2026-12-31"}
	for day, want := range map[when.Day]bool{"2025-12-31": false, "2026-01-01": true, "2026-12-31": true, "2027-01-01": false} {
		if c.ValidOn(day) != want {
			t.Errorf("%s: %v", day, !want)
		}
	}
	if !(Certificate{Name: "x"}).ValidOn("2099-01-01") {
		t.Error("a certificate without a last day ran out")
	}
}

// TestSheetThereAndBack writes random terms as a row and reads them again.
func TestSheetThereAndBack(t *testing.T) {
	words := []string{"五轴加工中心", "IATF 16949", "壳体", "QT500-7", "ISO 9001", "铝合金 ADC12", "磨齿", "某整车企业（一级）"}
	for seed := range 500 {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		some := func() []string {
			var out []string
			for _, i := range r.Perm(len(words))[:r.IntN(4)] {
				out = append(out, words[i])
			}
			return out
		}
		terms := Terms{ItemNumber: fmt.Sprint(r.IntN(100)), Title: words[r.IntN(len(words))], Summary: "一行\n二行", Products: some(), Processes: some(), Materials: some(),
			Spare: r.Int64N(9999), Unit: "件", Tolerance: r.IntN(50), Precision: "IT6，Ra0.8", BatchMin: r.Int64N(10), BatchMax: 10 + r.Int64N(10), LeadTimeDays: r.IntN(90),
			Customers: some(), Industry: "C3451", Chain: "c1"}
		for _, name := range some() {
			terms.Equipment = append(terms.Equipment, Equipment{name, r.IntN(3)})
			terms.Certificates = append(terms.Certificates, Certificate{Name: name, Number: []string{"", "No-1"}[r.IntN(2)], ValidTo: []when.Day{"", "2027-01-31"}[r.IntN(2)]})
		}
		terms = terms.normal()
		cells := map[string]string{}
		for _, c := range columns {
			cells[c.field] = c.write(&terms)
		}
		got, wrong := readCells(cells)
		if got = got.normal(); len(wrong) > 0 || !reflect.DeepEqual(got, terms) {
			t.Fatalf("seed %d: %+v\n%+v\n%+v", seed, wrong, terms, got)
		}
	}
}

func TestCellsAsOfficesWriteThem(t *testing.T) {
	got, wrong := readCells(map[string]string{"title": "壳体", "equipment": "五轴加工中心48台、工业CT x2；三坐标 3 台\n车床", "leadTimeDays": "30天", "spareQuantity": "１，２００",
		"certificates": "ISO 9001、IATF 16949｜No.7｜某机构｜2024年1月2日｜2027/1/31"})
	want := []Equipment{{"五轴加工中心", 48}, {"工业CT", 2}, {"三坐标", 3}, {"车床", 0}}
	if len(wrong) > 0 || !slices.Equal(got.Equipment, want) || got.LeadTimeDays != 30 || got.Spare != 1200 {
		t.Errorf("%+v %+v", wrong, got)
	}
	if c := got.Certificates; len(c) != 2 || c[1] != (Certificate{"IATF 16949", "No.7", "某机构", "2024-01-02", "2027-01-31"}) {
		t.Errorf("%+v", c)
	}
	for field, cell := range map[string]string{"leadTimeDays": "很快", "spareQuantity": "0", "certificates": "ISO 9001｜｜｜｜明年", "title": strings.Repeat("长", 129), "products": strings.Repeat("品", 81)} {
		cells := map[string]string{"title": "壳体", field: cell}
		if _, wrong := readCells(cells); len(wrong) != 1 || wrong[0].Path != field {
			t.Errorf("%s %q: %+v", field, cell, wrong)
		}
	}
}
