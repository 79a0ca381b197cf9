package access

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// TestDraftMatrix takes every step on a draft of staff's in every state as everybody, and holds the outcome to the reviewed table.
func TestDraftMatrix(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	in := map[DraftState]func() *Drafted{
		NotDrafted:     func() *Drafted { return nil },
		Drafting:       func() *Drafted { return &Drafted{UserID: "desk", Office: "平台运营单位", At: 1} },
		DraftWaiting:   func() *Drafted { return &Drafted{UserID: "desk", At: 1, AskedAt: 2} },
		DraftConfirmed: func() *Drafted { return &Drafted{UserID: "desk", At: 1, AskedAt: 2, AnsweredAt: 3} },
		DraftDeclined: func() *Drafted {
			return &Drafted{UserID: "desk", At: 1, AskedAt: 2, AnsweredAt: 3, Reason: "不办了"}
		},
	}
	steps := []struct {
		name string
		take func(d *Drafted, user string) error
	}{
		{"change", func(d *Drafted, user string) error { return d.Rewritten(user) }},
		{"ask", func(d *Drafted, user string) error { return d.Ask(user, now) }},
		{"confirm", func(d *Drafted, user string) error { return d.Confirm(user, "示例公司", now) }},
	}
	var b strings.Builder
	b.WriteString("What each step does to what staff wrote for an organisation, by its state and by who takes it. Members alone are asked to confirm or decline: the policy sees to that.\n")
	for _, step := range steps {
		fmt.Fprintf(&b, "\n%s\n", step.name)
		for _, state := range []DraftState{NotDrafted, Drafting, DraftWaiting, DraftConfirmed, DraftDeclined} {
			fmt.Fprintf(&b, "  %-10s", state)
			for _, user := range []string{"desk", "colleague", "member"} {
				d := in[state]()
				if d.State() != state {
					t.Fatalf("%s stands as %s", state, d.State())
				}
				outcome := "→ "
				if err := step.take(d, user); err != nil {
					f := fault.As(err)
					outcome = strings.TrimSpace(f.Kind.String() + " " + f.Code)
				} else {
					outcome += string(d.State())
				}
				fmt.Fprintf(&b, "  %-9s %-28s", user, outcome)
			}
			b.WriteString("\n")
		}
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got := strings.Join(lines, "\n")
	const file = "testdata/draft_matrix.txt"
	if os.Getenv("LIANBANG_TEST_GOLDEN") == "write" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("the matrix is\n%s\nand not as reviewed (%v)", got, err)
	}
}

func TestDeclineNeedsAReason(t *testing.T) {
	d := &Drafted{UserID: "desk", At: 1, AskedAt: 2}
	if err := d.Decline("示例公司", " ", time.Now()); fault.KindOf(err) != fault.Invalid || d.State() != DraftWaiting {
		t.Errorf("declined without a reason: %v, %s", err, d.State())
	}
	if err := d.Decline("示例公司", "已自行发布", time.Now()); err != nil || d.State() != DraftDeclined || d.AnsweredBy != "示例公司" {
		t.Errorf("not declined: %v, %+v", err, d)
	}
	if err := (*Drafted)(nil).Decline("示例公司", "不是代办", time.Now()); fault.KindOf(err) != fault.Conflict {
		t.Errorf("declined its own writing: %v", err)
	}
}

// TestWhoDraftsForWhom: platform staff and the city for anyone, a district for its own, nobody for the organisation it acts for.
func TestWhoDraftsForWhom(t *testing.T) {
	for _, c := range []struct {
		name string
		who  Actor
		may  bool
	}{
		{"platform staff", Actor{UserID: "u", Staff: PlatformStaff}, true},
		{"city operator", Actor{UserID: "u", Staff: CityOperator}, true},
		{"the district's operator", Actor{UserID: "u", Staff: DistrictOperator, District: "d1"}, true},
		{"another district's operator", Actor{UserID: "u", Staff: DistrictOperator, District: "d2"}, false},
		{"expert", Actor{UserID: "u", Staff: ExpertStaff}, false},
		{"member of another firm", Actor{UserID: "u", OrgID: "o2"}, false},
		{"staff who acts for the firm", Actor{UserID: "u", OrgID: "o1", Staff: PlatformStaff}, false},
	} {
		if d, err := DraftFor(c.who, "o1", "d1", "", time.Now()); (err == nil) != c.may || (d != nil) != c.may {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAFileSaysWhoDrafted(t *testing.T) {
	var own *Drafted
	staff := &Drafted{Office: "市经信局", At: when.At(time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC))} // the 21st in the city
	if own.Line() != "" || staff.Line() != "市经信局 2026-11-21 代拟" {
		t.Errorf("%q, %q", own.Line(), staff.Line())
	}
}
