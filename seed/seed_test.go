package seed

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestContent holds the content to what the product will ask of it, so that a mistake shows here and not half-way through a demo.
func TestContent(t *testing.T) {
	c, err := read()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, o := range c.orgs {
		if names[o.Name] || !strings.HasPrefix(o.Name, "澜州") { // the city is invented, so no such firm exists
			t.Errorf("%s is there twice or may be somebody's name", o.Name)
		}
		names[o.Name] = true
		if len(o.creditCode()) != 18 || !strings.Contains(o.creditCode(), "000000DEMA0") || len(o.Chains) == 0 || o.Summary == "" || len(o.Products) == 0 {
			t.Errorf("%s: %+v", o.Key, o)
		}
		if _, err := time.Parse(time.DateOnly, o.Founded); err != nil {
			t.Error(o.Key, err)
		}
	}
	keys, outcomes, bids := map[string]bool{}, map[string]int{}, 0
	for _, s := range c.stories {
		outcomes[s.Outcome]++
		bids += len(s.Bids)
		if keys[s.Key] || c.byKey[s.Issuer] == nil || utf8.RuneCountInString(s.Title) > 128 || s.Background == "" {
			t.Errorf("%s: twice, or without issuer, title or background", s.Key)
		}
		keys[s.Key] = true
		if ended := strings.Contains(" returned rejected terminated no_award withdrawn ", " "+s.Outcome+" "); ended != (s.Reason != "") {
			t.Errorf("%s is %s, with the reason %q", s.Key, s.Outcome, s.Reason)
		}
		seats := map[string]bool{s.Issuer: true}
		for k, o := range s.Bids {
			if seats[o.Org] || c.byKey[o.Org] == nil || c.byKey[o.Org].State != "verified" || o.Plan == "" || o.PriceWan == 0 || o.Months == 0 {
				t.Errorf("%s: the bid of %s", s.Key, o.Org)
			}
			seats[o.Org] = true
			decided := strings.Contains(" awarded award_notice no_award ", " "+s.Outcome+" ")
			if decided && (len(o.Scores) != len(criteria) || o.Why == "") {
				t.Errorf("%s: the bid of %s has no scores or no reason", s.Key, o.Org)
			}
			if decided && s.Outcome != "no_award" && k > 0 && points(o) >= points(s.Bids[0]) {
				t.Errorf("%s: %s would win", s.Key, o.Org)
			}
		}
	}
	kinds := map[string]int{}
	for _, d := range c.dealings {
		kinds[d.Kind+" "+d.Mode]++
		if keys[d.Key] || c.byKey[d.Issuer] == nil || utf8.RuneCountInString(d.Title) > 128 || d.Background == "" || (d.Closes == 0) != d.Rolling {
			t.Errorf("%s: twice, or without issuer, title, background or end", d.Key)
		}
		keys[d.Key] = true
		share := 0
		for _, r := range d.Answers {
			if o := c.byKey[r.Org]; o == nil || o.State != "verified" || r.Org == d.Issuer || r.Day <= d.Day {
				t.Errorf("%s: the answer of %s", d.Key, r.Org)
			}
			if r.Member == "" {
				share += r.Share
			}
		}
		if d.Kind == "supply" && d.Outcome == "awarded" && share != 10_000 {
			t.Errorf("%s: the shares sum to %d", d.Key, share)
		}
	}
	for _, want := range []string{"supply ", "scenario ", "project ", "service ", "rnd directed", "rnd consortium"} {
		if kinds[want] == 0 {
			t.Errorf("no %s demand in the demo: %v", want, kinds)
		}
	}
	holdAchievements(t, c)
	if len(c.orgs) < 40 || len(c.stories) < 60 || bids < 80 || len(outcomes) < 12 {
		t.Errorf("%d organisations, %d demands, %d bids, outcomes %v", len(c.orgs), len(c.stories), bids, outcomes)
	}
}

// holdAchievements asks of the achievements' story what a visitor should meet: deals in every state, and each of the newer ways to one.
func holdAchievements(t *testing.T, c *content) {
	known, universities := map[string]*achievement{}, map[string]bool{}
	for _, a := range c.achievements.Achievements {
		if known[a.Key] != nil || c.byKey[a.Org] == nil {
			t.Errorf("%s: twice, or of nobody", a.Key)
		}
		known[a.Key], universities[a.Org] = a, true
	}
	reached := map[string]bool{}
	for _, d := range c.achievements.Deals {
		reached[d.UpTo] = true
		reached[string(d.Way)+" "+d.UpTo] = true
		if known[d.Achievement] == nil || c.byKey[d.Firm] == nil || c.byKey[d.Firm].State != "verified" {
			t.Errorf("the deal of %s over %s", d.Firm, d.Achievement)
		}
	}
	for _, want := range []string{"interest", "talks", "pricing", "terms", "internal_approval", "public_notice", "trial", "contract", "signed", "registered", "fulfilled", "declined", "cancelled",
		"dissatisfied", "certificate", "trial_first registered", "pay_later registered"} {
		if !reached[want] {
			t.Errorf("no deal of the demo is %s", want)
		}
	}
	bidWith, ordered := 0, 0
	for _, s := range c.stories {
		if s.Achievement != "" {
			ordered++
			if known[s.Achievement] == nil {
				t.Errorf("%s starts from %s", s.Key, s.Achievement)
			}
		}
		for _, o := range s.Bids {
			if o.Achievement != "" {
				bidWith++
				if a := known[o.Achievement]; a == nil || a.Org != o.Org {
					t.Errorf("%s: %s bids with %s", s.Key, o.Org, o.Achievement)
				}
			}
		}
	}
	if len(known) < 40 || len(universities) < 3 || bidWith == 0 || ordered == 0 {
		t.Errorf("%d achievements of %d universities, %d bids with one, %d demands that start from one", len(known), len(universities), bidWith, ordered)
	}
}

// points weighs scores as the city's default criteria do.
func points(o offer) int { return 30*o.Scores[0] + 25*o.Scores[1] + 25*o.Scores[2] + 20*o.Scores[3] }

func TestCheckCharacter(t *testing.T) {
	for _, code := range []string{"91350100M000100Y43", "91110000000000000" + string(checkCharacter("91110000000000000"))} {
		if got := checkCharacter(code[:17]); got != code[17] {
			t.Errorf("%s ends in %c", code, got)
		}
	}
}

func TestAccounts(t *testing.T) {
	phones := map[string]bool{}
	for _, a := range Accounts() {
		if phones[a.Phone] || a.Role == "" || a.Name == "" {
			t.Errorf("%+v", a)
		}
		phones[a.Phone] = true
	}
	if len(phones) < 5 {
		t.Errorf("only %d accounts", len(phones))
	}
}

func TestBeginIsAMorningInTheCity(t *testing.T) {
	now := time.Date(2026, 11, 22, 20, 30, 0, 0, time.UTC) // already the 23rd in the city
	if begin := Begin(now); !begin.Equal(time.Date(2026, 9, 26, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("begins at %v", begin)
	}
}
