package notice

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"lianbang/services/platform/blob"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

func TestEveryPairOfStageAndVerdict(t *testing.T) {
	for stage, may := range map[Stage][]Verdict{Filed: {Accepted, Refused}, WasAccepted: {Dismissed, Upheld}, WasRefused: {}, WasDismissed: {}, WasUpheld: {}} {
		for _, v := range []Verdict{Accepted, Refused, Dismissed, Upheld} {
			fits := false
			for _, m := range may {
				fits = fits || m == v
			}
			o := Objection{Standing: stage, FiledAt: millis(monday)}
			err := o.May(v)
			if (err == nil) != fits || err != nil && fault.KindOf(err) != fault.Conflict {
				t.Errorf("%s %s: %v", stage, v, err)
			}
			if fits {
				c := Case{Objection: "o", Verdict: v, At: millis(day(4, 10)), Decision: Decision{Reason: "据实", By: "u"}}
				if err := o.Follow(c, rules, when.Default); err != nil || string(o.Standing) != string(v) || o.Handler != "u" {
					t.Errorf("%s %s: %v, %+v", stage, v, err, o)
				}
				if err := o.Follow(c, rules, when.Default); err != nil {
					t.Errorf("%s %s again: %v", stage, v, err)
				}
			}
		}
		o := Objection{Standing: stage}
		if err := o.Attach(blob.Ref{}); (err == nil) != (stage == Filed) {
			t.Errorf("a file for a %s objection: %v", stage, err)
		}
	}
}

func TestWhoCanBeReached(t *testing.T) {
	for name, c := range map[string]struct {
		who Contact
		bad string
	}{
		"phone":           {Contact{Name: "李明", Phone: "13800138000"}, ""},
		"landline":        {Contact{Name: "李明", Phone: "0574-87654321"}, ""},
		"mail":            {Contact{Name: "买买提·吐尔逊", Email: "m@example.com"}, ""},
		"identity number": {Contact{Name: "李明", Phone: "13800138000", IDNumber: "11010519491231002X"}, ""},
		"no name":         {Contact{Name: "某", Phone: "13800138000"}, "name"},
		"numbers as name": {Contact{Name: "用户138", Phone: "13800138000"}, "name"},
		"no way":          {Contact{Name: "李明"}, "phone"},
		"short phone":     {Contact{Name: "李明", Phone: "138001"}, "phone"},
		"broken mail":     {Contact{Name: "李明", Email: "m@"}, "email"},
		"wrong check":     {Contact{Name: "李明", Phone: "13800138000", IDNumber: "110105194912310021"}, "idNumber"},
	} {
		err := c.who.Check()
		if (err == nil) != (c.bad == "") {
			t.Errorf("%s: %v", name, err)
		} else if err != nil && fault.As(err).Fields[0].Path != c.bad {
			t.Errorf("%s names %s", name, fault.As(err).Fields[0].Path)
		}
	}
	c := Contact{Name: "李明", Phone: "13800138000"}
	if c.Tail() != "8000" || (Contact{Email: "Ming@example.com"}).Tail() != "ming" {
		t.Error("what is typed beside the code is not the tail")
	}
	for text, told := range map[string]bool{"经核，李明反映的情况不属实": true, "来电13800138000": true, "经核，反映的情况不属实": false} {
		if c.Betrayed(text) != told {
			t.Errorf("%q says who objected: %v", text, !told)
		}
	}
}

func TestSealedContactsOpenForTheirObjectionAlone(t *testing.T) {
	s, err := newSecrets([]byte("a seed of thirty-two bytes, or so"))
	if err != nil {
		t.Fatal(err)
	}
	c := Contact{Name: "李明", Phone: "13800138000"}
	sealed, err := s.Seal("o1", c)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Open("o1", sealed); err != nil || got != c {
		t.Errorf("opened: %+v, %v", got, err)
	}
	if _, err := s.Open("o2", sealed); err == nil {
		t.Error("another objection opens it")
	}
	if again := s.Code("o1"); again != s.Code("o1") || again == s.Code("o2") || len(again) != 19 {
		t.Error("a code is not its objection's own")
	}
	if hashOf("7KQ2-M4XB-90TD-HV3N") != hashOf(" 7kq2m4xb9otdhv3n") {
		t.Error("a code is not found however it is typed")
	}
}

// TestRandomHistories drives notices and their objections through random histories and holds them to what must always be true.
func TestRandomHistories(t *testing.T) {
	histories := 2000
	if os.Getenv("LIANBANG_PROVE") != "" {
		histories = 100000
	}
	for seed := range histories {
		h := history{r: rand.New(rand.NewPCG(uint64(seed), 8)), now: monday}
		if err := h.run(); err != nil {
			t.Fatalf("history %d: %v\n%s", seed, err, h.log)
		}
	}
}

// history is one random history of a notice with its objections, and the model they are held to.
type history struct {
	r       *rand.Rand
	now     time.Time
	n       Notice
	o       []Objection
	stood   map[string]bool // counted days the notice stood the whole of
	told    []int           // escalations heard, by objection
	log     string
	stopped bool
}

func (h *history) run() error {
	term := Term{WorkingDays: 1 + h.r.IntN(10)}
	if h.r.IntN(3) == 0 {
		term = Term{Days: 1 + h.r.IntN(20)}
	}
	n, err := PutUpNotice(Notice{Title: "公示", Term: term}, h.now, when.Default)
	if err != nil {
		return err
	}
	h.n, h.stood = n, map[string]bool{}
	for range 5 + h.r.IntN(40) {
		if err := h.step(); err != nil {
			return err
		}
		if err := h.holds(); err != nil {
			return err
		}
	}
	return h.end()
}

// step lets some time pass, day by day, and then something be done that may be refused.
func (h *history) step() error {
	h.pass(time.Duration(h.r.IntN(40)) * time.Hour)
	id := func(i int) string { return fmt.Sprint("o", i) }
	switch action := h.r.IntN(7); {
	case action < 2:
		if err := h.n.Receivable(h.now); (err == nil) != (h.n.State == Open || h.n.State == Paused) {
			return fmt.Errorf("filing on a %s notice: %w", h.n.State, err)
		} else if err == nil {
			h.o = append(h.o, File(Objection{}, &h.n, h.now, rules, when.Default))
			h.told = append(h.told, 0)
			h.log += fmt.Sprintf("%s filed o%d\n", h.now, len(h.o)-1)
		}
	case len(h.o) > 0:
		i := h.r.IntN(len(h.o))
		v := []Verdict{Accepted, Refused, Dismissed, Upheld}[h.r.IntN(4)]
		before := h.n.State
		allowed := h.o[i].May(v)
		if err := h.n.Decide(id(i), v, Decision{Reason: "据实"}, h.now, when.Default); (err == nil) != (allowed == nil) {
			return fmt.Errorf("%s on %s: the notice says %w, the objection %w", v, h.o[i].Standing, err, allowed)
		} else if err != nil {
			return nil
		}
		h.log += fmt.Sprintf("%s %s o%d, %s → %s until %s\n", h.now, v, i, before, h.n.State, at(h.n.EndsAt))
		for range 1 + h.r.IntN(2) { // carried once, or again after a crash
			if err := h.o[i].Follow(*h.n.caseOf(id(i)), rules, when.Default); err != nil {
				return err
			}
		}
		h.n.carried(id(i), v)
		if v == Accepted && before == Open && h.n.State != Paused {
			return fmt.Errorf("accepted, and the notice is %s", h.n.State)
		}
		if v == Refused && before != h.n.State {
			return fmt.Errorf("refused, and the notice went from %s to %s", before, h.n.State)
		}
		h.stopped = h.stopped || v == Upheld && before != Ended
	}
	return nil
}

// pass moves time on; the clock looks at every midnight and in the end.
func (h *history) pass(d time.Duration) {
	until := h.now.Add(d)
	for h.now.Before(until) {
		midnight := h.now.In(when.China).Truncate(time.Hour)
		y, m, dd := midnight.Date()
		next := time.Date(y, m, dd+1, 0, 0, 0, 0, when.China)
		if next.After(until) {
			h.now = until
			break
		}
		today := when.DayOf(h.now)
		if h.n.State == Open && when.DayOf(at(h.n.RunsFrom)) != today && (h.n.Term.Days > 0 || when.Default.Working(h.now)) {
			h.stood[string(today)] = true
		}
		h.now = next.UTC()
		h.clock()
	}
	h.clock()
}

func (h *history) clock() {
	if h.n.Due(h.now) {
		_ = h.n.Conclude(h.now)
		h.log += fmt.Sprintf("%s ended\n", h.now)
	}
	for i := range h.o {
		for h.o[i].Overdue(h.now) {
			_ = h.o[i].Escalate(h.now)
			h.told[i]++
		}
	}
}

func (h *history) holds() error {
	unanswered := 0
	for i := range h.o {
		o := &h.o[i]
		if o.Standing == WasAccepted {
			unanswered++
		}
		if deadline := o.DecideBy; o.Standing == Filed && millis(h.now) >= deadline && h.told[i] != 1 {
			return fmt.Errorf("o%d is undecided past its deadline and was escalated %d times", i, h.told[i])
		}
		if o.Standing == WasAccepted && millis(h.now) >= o.AnswerBy && !o.Late {
			return fmt.Errorf("o%d is unanswered past its deadline and not escalated", i)
		}
		if h.told[i] > 2 || h.told[i] != len(o.Escalations) {
			return fmt.Errorf("o%d was escalated %d times, heard %d", i, len(o.Escalations), h.told[i])
		}
	}
	if h.n.State == Paused && unanswered == 0 {
		return fmt.Errorf("paused, and no accepted objection is unanswered")
	}
	if h.n.State == Open && unanswered > 0 {
		return fmt.Errorf("open, and %d accepted objections are unanswered", unanswered)
	}
	if h.n.State == Ended && len(h.stood) < h.n.Term.Count() {
		return fmt.Errorf("ended after %d whole days, the term is %+v", len(h.stood), h.n.Term)
	}
	if h.stopped != (h.n.State == Stopped) {
		return fmt.Errorf("upheld in time: %v, the notice is %s", h.stopped, h.n.State)
	}
	return nil
}

// end answers what is open and lets a year pass: every notice comes to an end.
func (h *history) end() error {
	for i := range h.o {
		if h.o[i].Standing == WasAccepted {
			if err := h.n.Decide(fmt.Sprint("o", i), Dismissed, Decision{}, h.now, when.Default); err != nil {
				return err
			}
			if err := h.o[i].Follow(*h.n.caseOf(fmt.Sprint("o", i)), rules, when.Default); err != nil {
				return err
			}
			h.n.carried(fmt.Sprint("o", i), Dismissed)
		}
	}
	h.pass(60 * 24 * time.Hour)
	if !h.n.Final() {
		return fmt.Errorf("after all is answered and sixty days it is still %s", h.n.State)
	}
	return h.holds()
}

// rules are those of the pilot city.
var rules = Rules{DecideWorkingDays: 2, AnswerWorkingDays: 7}
