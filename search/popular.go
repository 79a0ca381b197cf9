package search

import (
	"cmp"
	"context"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
)

// PopularDay is how many people searched for what on one day (UTC); its id is the day. People are told apart while the process
// remembers them and are not stored.
type PopularDay struct {
	Terms map[string]int `json:"terms"`
}

// PopularSpec is the collection of days.
var PopularSpec = docstore.Spec{Name: "popular", Version: 1}

const (
	popularDays  = 7
	popularFloor = 2   // people who searched for a term before it is shown to others
	popularTerms = 500 // kept of one day
	popularSave  = 20 * time.Second
)

// popular counts searches that found something public, each once a day and person.
type popular struct {
	store *docstore.Collection[PopularDay]
	now   func() time.Time
	seed  maphash.Seed

	mu     sync.Mutex
	days   map[string]map[string]int // what is stored, by day, by term
	fresh  map[string]int            // of today, not stored yet
	today  string
	people map[uint64]bool // who searched for what today
	saved  time.Time       // only the job that saves looks at it
}

func newPopular(store *docstore.Collection[PopularDay], now func() time.Time) *popular {
	return &popular{store: store, now: now, seed: maphash.MakeSeed(), days: map[string]map[string]int{}, fresh: map[string]int{},
		people: map[uint64]bool{}}
}

// note counts a search.
func (p *popular) note(ctx context.Context, actor access.Actor, query string) {
	term := strings.Join(strings.Fields(query), " ")
	if n := utf8.RuneCountInString(term); n < 2 || n > 20 || len([]rune(compact(term))) < 2 {
		return
	}
	r := rest.RequestOf(ctx)
	who := cmp.Or(actor.UserID, r.RemoteAddr+" "+r.UserAgent)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn()
	h := maphash.String(p.seed, who+"\x00"+term)
	if p.people[h] || len(p.people) > 100_000 {
		return
	}
	p.people[h] = true
	if _, known := p.fresh[term]; known || len(p.fresh) < popularTerms {
		p.fresh[term]++
	}
}

// turn begins a new day when there is one. The caller holds the lock.
func (p *popular) turn() {
	day := p.now().UTC().Format(time.DateOnly)
	if day == p.today {
		return
	}
	p.merge(p.today, p.fresh)
	p.today, p.fresh, p.people = day, map[string]int{}, map[uint64]bool{}
	first := p.now().UTC().AddDate(0, 0, -popularDays).Format(time.DateOnly)
	maps.DeleteFunc(p.days, func(d string, _ map[string]int) bool { return d < first })
}

func (p *popular) merge(day string, terms map[string]int) {
	if p.days[day] == nil {
		p.days[day] = map[string]int{}
	}
	for t, n := range terms {
		p.days[day][t] += n
	}
}

// weights is every term enough people searched for, and how many did.
func (p *popular) weights() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn()
	sum := maps.Clone(p.fresh)
	for _, terms := range p.days {
		for t, n := range terms {
			sum[t] += n
		}
	}
	maps.DeleteFunc(sum, func(_ string, n int) bool { return n < popularFloor })
	return sum
}

// top lists the terms most people searched for.
func (p *popular) top(limit int) []string {
	counts := p.weights()
	terms := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	return append([]string{}, terms[:min(limit, len(terms))]...)
}

func (p *popular) load(ctx context.Context) error {
	if p.store == nil {
		return nil
	}
	var ids []string
	for i := range popularDays {
		ids = append(ids, p.now().UTC().AddDate(0, 0, -i).Format(time.DateOnly))
	}
	days, err := p.store.GetMany(ctx, ids)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn()
	for _, d := range days {
		p.merge(d.ID, d.Body.Terms)
	}
	return nil
}

// save is flush, at most every popularSave.
func (p *popular) save(ctx context.Context) error {
	if time.Since(p.saved) < popularSave {
		return nil
	}
	p.saved = time.Now()
	return p.flush(ctx)
}

// flush stores what was counted since the last time. What cannot be stored is lost: it is a statistic.
func (p *popular) flush(ctx context.Context) error {
	p.mu.Lock()
	p.turn()
	day, fresh := p.today, p.fresh
	p.fresh = map[string]int{}
	p.merge(day, fresh)
	p.mu.Unlock()
	if p.store == nil || len(fresh) == 0 {
		return nil
	}
	_, err := p.store.Update(ctx, day, func(tx *docstore.Tx[PopularDay]) error {
		if tx.Body.Terms == nil {
			tx.Body.Terms = map[string]int{}
		}
		for t, n := range fresh {
			if _, known := tx.Body.Terms[t]; known || len(tx.Body.Terms) < popularTerms {
				tx.Body.Terms[t] += n
			}
		}
		return nil
	})
	if err != nil && fault.KindOf(err) == fault.NotFound {
		_, err = p.store.Insert(ctx, day, PopularDay{Terms: fresh})
	}
	return err
}
