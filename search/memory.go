package search

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"lianbang/search/api"
	"lianbang/search/match"
	"lianbang/search/text"
)

// entry is what this process remembers of a document in the index.
type entry struct {
	key      string
	kind     api.DocumentType
	id       string
	title    string
	folded   string // the title, letters and digits only: what suggestions look into
	sound    sound  // the title in pinyin
	orgID    string // shown
	orgName  string
	owner    string // the organisation it belongs to, shown or not
	url      string
	facts    api.Facts
	names    []string // of its chains, categories and sub-services
	latin    []string // Latin words of its title, keywords and summary
	audience []string
	verified bool
	wants    []api.DocumentType
	putAt    int64 // Unix milliseconds
}

// memory holds the entries and the matching index. It is a copy: the engine has every document, and memory is filled from it.
type memory struct {
	// feeding keeps changes in order: entries and the matching index change under it one after the other, never with both
	// locks held, since a filter given to the matching index looks into the entries.
	feeding sync.Mutex

	mu      sync.RWMutex
	entries map[string]*entry
	list    []*entry // the same, in one stretch, for scanning; holes are nil
	names   nameIndex
	free    []int
	place   map[string]int
	gone    map[string]int64 // removed keys and when, so that an older sighting does not bring them back
	terms   map[string]int   // names of chains, categories and sub-services of public documents, and in how many they stand
	latin   map[string]int   // Latin words of public documents, and in how many they stand: what a misspelt one may be
	labels  map[string]string
	changed uint64 // rises with every change

	match *match.Index
}

func newMemory(w match.Weights) *memory {
	return &memory{entries: map[string]*entry{}, names: newNameIndex(), place: map[string]int{}, gone: map[string]int64{}, terms: map[string]int{}, latin: map[string]int{},
		labels: map[string]string{}, match: match.New(w)}
}

// stamp is when the engine's record of a key was put, as far as this process knows.
func (m *memory) stamp(key string) (int64, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if e, ok := m.entries[key]; ok {
		return e.putAt, true
	}
	at, ok := m.gone[key]
	return at, ok
}

// put takes in a document as it was put at an instant, unless something newer is known.
func (m *memory) put(kind api.DocumentType, d *api.SearchDocument, putAt int64) {
	e := &entry{
		key: key(kind, d.Id), kind: kind, id: d.Id, title: d.Title, folded: compact(d.Title), sound: soundOf(d.Title), orgID: d.OrgId, orgName: d.OrgName,
		owner: d.OrgId, url: d.Url, facts: d.Facts, audience: audienceOf(d), verified: d.Match.Verified, wants: d.Match.Wants, putAt: putAt,
	}
	for _, v := range slices.Concat(d.Facts.Chain, d.Facts.Category, d.Facts.Subservice) {
		if name := nameOf(v, d.Labels); name != "" {
			e.names = append(e.names, name)
		}
	}
	e.latin = latinWords(slices.Concat([]string{d.Title, d.OrgName, d.Summary}, d.Keywords)...)
	if d.Match.OwnerOrgId != "" {
		e.owner = d.Match.OwnerOrgId
	}
	if kind == api.DocumentTypeOrganisation {
		e.owner = d.Id
	}
	m.feeding.Lock()
	defer m.feeding.Unlock()
	if m.enter(e, d.Labels) {
		m.match.Upsert(itemOf(kind, d))
	}
}

// enter takes an entry in; false when something newer is known.
func (m *memory) enter(e *entry, labels map[string]string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.entries[e.key]; ok && known.putAt > e.putAt || m.gone[e.key] > e.putAt {
		return false
	}
	before := m.entries[e.key]
	m.forget(e.key)
	delete(m.gone, e.key)
	m.entries[e.key] = e
	if n := len(m.free); n > 0 {
		m.place[e.key], m.free = m.free[n-1], m.free[:n-1]
		m.list[m.place[e.key]] = e
	} else {
		m.place[e.key] = len(m.list)
		m.list = append(m.list, e)
	}
	m.name(e, before)
	m.count(e, 1)
	maps.Copy(m.labels, labels)
	m.changed++
	return true
}

// name makes an entry's title findable; before is what stood in its place, the one last freed, under the same key. The caller
// holds the lock.
func (m *memory) name(e, before *entry) {
	if before != nil && before.title == e.title {
		return
	}
	if before != nil {
		m.names.stale++
	}
	if m.names.stale > 1000+len(m.list)/2 {
		m.names = newNameIndex()
		for at, e := range m.list {
			if e != nil {
				m.names.add(e, at)
			}
		}
		return
	}
	m.names.add(e, m.place[e.key])
}

// remove forgets a document that was removed at an instant, unless it was put again later.
func (m *memory) remove(key string, at int64) {
	m.feeding.Lock()
	defer m.feeding.Unlock()
	if m.leave(key, at) {
		m.match.Remove(key)
	}
}

// leave takes an entry out; false when it was put again later.
func (m *memory) leave(key string, at int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.entries[key]; ok && known.putAt > at {
		return false
	}
	if _, there := m.entries[key]; there {
		m.names.stale++
	}
	m.forget(key)
	m.gone[key] = at
	m.changed++
	return true
}

// forget drops an entry. The caller holds the lock.
func (m *memory) forget(key string) {
	e, ok := m.entries[key]
	if !ok {
		return
	}
	m.count(e, -1)
	delete(m.entries, key)
	n := m.place[key]
	delete(m.place, key)
	m.list[n] = nil
	m.free = append(m.free, n)
}

// count keeps how many public documents carry a term and a Latin word. The caller holds the lock.
func (m *memory) count(e *entry, by int) {
	if !slices.Contains(e.audience, everybody) {
		return
	}
	for _, kept := range []struct {
		words  []string
		counts map[string]int
	}{{e.names, m.terms}, {e.latin, m.latin}} {
		for _, w := range kept.words {
			if kept.counts[w] += by; kept.counts[w] <= 0 {
				delete(kept.counts, w)
			}
		}
	}
}

// prune forgets removals older than an instant.
func (m *memory) prune(before int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.gone, func(_ string, at int64) bool { return at < before })
}

// label is the name of a code, or the code.
func (m *memory) label(code string) string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return cmp.Or(m.labels[code], code)
}

// get is the entry of a key; nil when there is none.
func (m *memory) get(key string) *entry {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.entries[key]
}

// publishedAt is the instant a document was published at as far as is known, else another one.
func (m *memory) publishedAt(key string, otherwise time.Time) time.Time {
	if e := m.get(key); e != nil && !e.facts.PublishedAt.IsZero() {
		return e.facts.PublishedAt
	}
	return otherwise
}

func (m *memory) len() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return int64(len(m.entries))
}

// counts is how many documents of each type are known.
func (m *memory) counts() map[api.DocumentType]int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	n := map[api.DocumentType]int64{}
	for _, e := range m.entries {
		n[e.kind]++
	}
	return n
}

// compact is a text's letters and digits in the form that is compared.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if isWordRune(r) {
			return r
		}
		return -1
	}, text.Fold(s))
}

// tiers of the ladder as documents name them.
var tiers = map[string]match.Tier{"innovative": match.TierInnovative, "specialised": match.TierSpecialised, "little_giant": match.TierLittleGiant}

// kinds of things as matching knows them.
var kinds = map[api.DocumentType]match.Kind{
	api.DocumentTypeDemand: match.Demand, api.DocumentTypeOrganisation: match.Organisation,
	api.DocumentTypeProvider: match.Offering, api.DocumentTypeAchievement: match.Achievement,
	api.DocumentTypeCapability: match.Capability,
}

// itemOf is what matching weighs of a document. Names of its facts are left out of the text: facts are weighed as facts.
func itemOf(kind api.DocumentType, d *api.SearchDocument) match.Item {
	keywords := slices.DeleteFunc(slices.Clone(d.Keywords), func(w string) bool {
		return slices.Contains(slices.Collect(maps.Values(d.Labels)), w)
	})
	it := match.Item{
		ID: key(kind, d.Id), Kind: kinds[kind], Title: d.Title,
		Text:       strings.Join(slices.Concat([]string{d.Summary}, keywords, []string{d.Body}), "\n"),
		Categories: d.Facts.Category, Chains: d.Facts.Chain, Industries: d.Facts.Industry, City: d.Facts.City, District: d.Facts.District,
		Quantity: d.Match.Quantity, Unit: d.Match.Unit, Delivered: d.Match.Delivered, Rating: d.Match.Rating,
		TRL: d.Facts.Trl, MoneyFen: d.Facts.BudgetFen,
	}
	if kind == api.DocumentTypeDemand {
		it.Need = d.Facts.Kind
	}
	for _, t := range d.Facts.Tier {
		it.Tier = max(it.Tier, tiers[t])
	}
	return it
}
