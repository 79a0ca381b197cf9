package engagement

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSuspicions plants each oddity in generated data: all are found, each with its reason, and nothing else is.
func TestSuspicions(t *testing.T) {
	for seed := range 20 {
		r := rand.New(rand.NewPCG(uint64(seed), 11))
		firms := map[string]Firm{}
		firm := func(id string) Firm {
			return Firm{LegalPerson: "法人" + id, Address: "某路" + id + "号", Phones: []string{"139" + id}, Members: []string{"u-" + id}}
		}
		var facts []Fact
		deal := func(client, provider string, value float64, papers ...Proof) string {
			id := fmt.Sprintf("e%04d", len(facts))
			facts = append(facts, Fact{ID: id, ClientID: client, ProviderID: provider, Deal: true, Rated: value > 0, Value: value, Proofs: papers})
			return id
		}
		for i := range 40 {
			firms[fmt.Sprint("c", i)], firms[fmt.Sprint("p", i%12)] = firm(fmt.Sprint("c", i)), firm(fmt.Sprint("p", i%12))
		}
		for i := range 600 { // honest business: many clients, some of them often, papers of their own; a framework contract of one pair
			client, provider := fmt.Sprint("c", r.IntN(40)), fmt.Sprint("p", r.IntN(12))
			deal(client, provider, float64(r.IntN(6)), Proof{fmt.Sprint("paper", i), ForDeliverable}, Proof{"framework" + client + provider, ForContract})
		}
		if found := Suspicions(facts, firms); len(found) != 0 {
			t.Fatalf("seed %d: honest data is flagged: %+v", seed, found)
		}
		planted := map[string][]string{}
		// Four ways to be related.
		for i, change := range []func(*Firm){func(f *Firm) { f.LegalPerson = "法人p1" }, func(f *Firm) { f.Address = "某路 p1 号" }, func(f *Firm) { f.Phones = []string{"13-9p1"} }, func(f *Firm) { f.Members = []string{"u-p1"} }} {
			id := fmt.Sprint("related", i)
			f := firm(id)
			change(&f)
			firms[id] = f
			planted["related_party|p1|"+id] = []string{deal(id, "p1", 3)}
		}
		planted["duplicate_evidence|same-invoice"] = []string{deal("c1", "p2", 0, Proof{"same-invoice", ForInvoice}), deal("c2", "p2", 0, Proof{"same-invoice", ForInvoice})}
		planted["rating_exchange|x|y"] = []string{deal("y", "x", 5), deal("x", "y", 4.5)}
		for range 6 {
			planted["one_client|lonely|c3"] = append(planted["one_client|lonely|c3"], deal("c3", "lonely", 5))
		}
		r.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
		reasons := map[string]bool{}
		for _, f := range Suspicions(facts, firms) {
			key := string(f.Kind) + "|" + f.Key
			want, ok := planted[key]
			if !ok || !slices.Equal(want, f.Engagements) || f.Detail == "" {
				t.Errorf("seed %d: %s over %v (%s), planted %v", seed, key, f.Engagements, f.Detail, want)
			}
			delete(planted, key)
			if f.Kind == RelatedParty {
				reasons[f.Detail] = true
			}
		}
		if len(planted) > 0 || len(reasons) != 4 {
			t.Errorf("seed %d: not found: %v; reasons %v", seed, planted, reasons)
		}
	}
}

// TestNearMisses: business that only looks like it.
func TestNearMisses(t *testing.T) {
	repeat := []Fact{}
	for i := range 4 { // four happy orders of one client say nothing yet
		repeat = append(repeat, Fact{ID: fmt.Sprint(i), ClientID: "a", ProviderID: "b", Deal: true, Rated: true, Value: 5})
	}
	trade := []Fact{{ID: "1", ClientID: "a", ProviderID: "b", Deal: true, Rated: true, Value: 5}, {ID: "2", ClientID: "b", ProviderID: "a", Deal: true, Rated: true, Value: 2}}
	for name, facts := range map[string][]Fact{"repeat orders": repeat, "a critical counter-rating": trade, "an unsigned enquiry between relatives": {{ID: "1", ClientID: "a", ProviderID: "b"}}} {
		firms := map[string]Firm{"a": {Address: "一号"}, "b": {Address: "二号"}}
		if name == "an unsigned enquiry between relatives" {
			firms["b"] = firms["a"]
		}
		if found := Suspicions(facts, firms); len(found) > 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// TestFirmsAreComparedByBothRegisters: the legal person comes from what an organisation applied to the pool with, the rest from account.
func TestFirmsAreComparedByBothRegisters(t *testing.T) {
	w := newTown(t)
	w.firms = map[string]Firm{"a": {Address: "一号", Phones: []string{"1"}}, "b": {Address: "二号", Phones: []string{"2"}}}
	w.pool = map[string]PoolStanding{"a": {LegalPerson: "高远", Address: "三号", Phone: "9"}, "b": {LegalPerson: "高 远", Phone: "8"}}
	firms, err := w.s.firms(t.Context(), "a", "b")
	must(t, err)
	if same := shared(firms["a"], firms["b"]); !slices.Equal(same, []string{"legal_person"}) || firms["a"].Address != "一号" || len(w.firms["a"].Phones) != 1 {
		t.Errorf("they share %v: %+v", same, firms)
	}
}
