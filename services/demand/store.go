package demand

import (
	"context"
	"fmt"
	"sync"
	"time"

	"lianbang/services/demand/reward"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/seal"
	"lianbang/services/platform/when"
)

// Push is one organisation's being told of a demand that fits it, with the reasons it was told for.
type Push struct {
	DemandID       string        `json:"demandId"`
	Round          int           `json:"round"`
	OrgID          string        `json:"orgId"`
	OrgName        string        `json:"orgName"`
	Score          float64       `json:"score"`
	Rank           int           `json:"rank"` // best first, from 1
	Reasons        []MatchReason `json:"reasons"`
	WeightsVersion string        `json:"weightsVersion"`
	At             when.Instant  `json:"at"`
}

// MatchReason is one part of a match's score.
type MatchReason struct {
	Kind   string   `json:"kind"`
	Points float64  `json:"points"`
	Words  []string `json:"words,omitempty"`
	Detail string   `json:"detail,omitempty"`
}

// serial counts the public codes of one quarter.
type serial struct {
	Last int `json:"last"`
}

// store is this service's collections and the few queries on them.
type store struct {
	db            *docstore.DB
	demands       *docstore.Collection[Demand]
	bids          *bidStore
	sheets        *docstore.Collection[Sheet]
	assignments   *docstore.Collection[assignment]
	pushes        *docstore.Collection[Push]
	talks         *docstore.Collection[Talk]
	settings      *docstore.Sole[SettingsBook]
	serials       *docstore.Collection[serial]
	imports       *docstore.Collection[Import]
	rows          *docstore.Collection[ImportRow]
	invitations   *docstore.Collection[Invitation]
	issues        *docstore.Collection[Issue]
	questions     *docstore.Collection[Question]
	changes       *docstore.Collection[Change]
	lists         *docstore.Collection[List]
	mappings      *docstore.Collection[Mapping]
	watches       *docstore.Collection[Watch]
	reaches       *docstore.Collection[reachPart]
	rewards       *docstore.Sole[reward.Book]
	subscriptions *docstore.Collection[IssueSubscription]
	work          *docstore.Collection[Task]
	costs         *docstore.Collection[CostLine]
	trust         *docstore.Collection[Trust]
	rounds        *docstore.Collection[PastRound]

	mu    sync.Mutex
	bidOn map[string]docstore.Doc[Demand] // as decoded at their revision
}

func openStore(ctx context.Context, db *docstore.DB, ring seal.Ring, lost string) (*store, error) {
	s := &store{db: db}
	var err error
	if s.demands, err = docstore.NewCollection[Demand](ctx, db, docstore.Spec{Name: "demands", Version: 2, Upgrade: upgradeDemand, Searchable: true, Indexes: []docstore.Index{
		{Name: "board", Fields: []string{"board", "publishedAt"}},
		{Name: "boardState", Fields: []string{"board", "state", "publishedAt"}},
		{Name: "boardKind", Fields: []string{"board", "terms.kind", "publishedAt"}},
		{Name: "boardChain", Fields: []string{"board", "terms.chain", "publishedAt"}},
		{Name: "boardDistrict", Fields: []string{"board", "terms.district", "publishedAt"}},
		{Name: "boardStateChain", Fields: []string{"board", "state", "terms.chain", "publishedAt"}},
		{Name: "boardStateDistrict", Fields: []string{"board", "state", "terms.district", "publishedAt"}},
		{Name: "boardAchievement", Fields: []string{"board", "terms.achievementId", "publishedAt"}},
		{Name: "boardDeadline", Fields: []string{"board", "state", "deadline"}},
		{Name: "mine", Fields: []string{"issuerId", "changedAt"}},
		{Name: "mineState", Fields: []string{"issuerId", "state", "changedAt"}},
		{Name: "review", Fields: []string{"state", "submittedAt"}},
		{Name: "reviewDistrict", Fields: []string{"jurisdiction", "state", "submittedAt"}},
		{Name: "item", Fields: []string{"issuerId", "terms.itemNumber"}},
		{Name: "list", Fields: []string{"terms.listId"}},
		{Name: "listBoard", Fields: []string{"terms.listId", "board"}},
		{Name: "due", Fields: []string{"dueAt"}},
		{Name: "drafted", Fields: []string{"draftedBy", "changedAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.bids, err = openBids(ctx, db, ring, lost); err != nil {
		return nil, err
	}
	if s.sheets, err = docstore.NewCollection[Sheet](ctx, db, docstore.Spec{Name: "sheets", Version: 1, Indexes: []docstore.Index{
		{Name: "demand", Fields: []string{"demandId", "round", "expertId"}},
	}}); err != nil {
		return nil, err
	}
	if s.assignments, err = docstore.NewCollection[assignment](ctx, db, docstore.Spec{Name: "assignments", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "expert", Fields: []string{"expertId", "at"}},
	}}); err != nil {
		return nil, err
	}
	if s.pushes, err = docstore.NewCollection[Push](ctx, db, docstore.Spec{Name: "pushes", Version: 1, Indexes: []docstore.Index{
		{Name: "demand", Fields: []string{"demandId", "rank"}},
		{Name: "org", Fields: []string{"orgId", "at"}},
	}}); err != nil {
		return nil, err
	}
	if s.talks, err = docstore.NewCollection[Talk](ctx, db, docstore.Spec{Name: "talks", Version: 1, Indexes: []docstore.Index{
		{Name: "bid", Fields: []string{"bidId", "number"}},
	}}); err != nil {
		return nil, err
	}
	if s.invitations, err = docstore.NewCollection[Invitation](ctx, db, docstore.Spec{Name: "invitations", Version: 1, Indexes: []docstore.Index{
		{Name: "org", Fields: []string{"orgId", "at"}},
	}}); err != nil {
		return nil, err
	}
	if s.issues, err = docstore.NewCollection[Issue](ctx, db, docstore.Spec{Name: "issues", Version: 1, Indexes: []docstore.Index{
		{Name: "opened", Fields: []string{"openedAt"}},
		{Name: "state", Fields: []string{"state", "openedAt"}},
		{Name: "due", Fields: []string{"dueAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.questions, err = docstore.NewCollection[Question](ctx, db, docstore.Spec{Name: "questions", Version: 1, Indexes: []docstore.Index{
		{Name: "demand", Fields: []string{"demandId", "at"}},
		{Name: "asker", Fields: []string{"demandId", "orgId", "at"}},
		{Name: "due", Fields: []string{"telling.dueAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.changes, err = docstore.NewCollection[Change](ctx, db, docstore.Spec{Name: "changes", Version: 1, Indexes: []docstore.Index{
		{Name: "demand", Fields: []string{"demandId", "round", "number"}},
		{Name: "due", Fields: []string{"telling.dueAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.lists, err = docstore.NewCollection[List](ctx, db, docstore.Spec{Name: "lists", Version: 1, Indexes: []docstore.Index{
		{Name: "org", Fields: []string{"orgId", "at"}},
		{Name: "public", Fields: []string{"public", "at"}},
		{Name: "due", Fields: []string{"dueAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.mappings, err = docstore.NewCollection[Mapping](ctx, db, docstore.Spec{Name: "mappings", Version: 1}); err != nil {
		return nil, err
	}
	if s.watches, err = docstore.NewCollection[Watch](ctx, db, docstore.Spec{Name: "watches", Version: 1, Indexes: []docstore.Index{
		{Name: "demand", Fields: []string{"demandId", "active", "at"}},
		{Name: "mine", Fields: []string{"userId", "active", "at"}},
	}}); err != nil {
		return nil, err
	}
	if s.reaches, err = docstore.NewCollection[reachPart](ctx, db, docstore.Spec{Name: "audiences", Version: 1, Unwitnessed: true}); err != nil {
		return nil, err
	}
	if s.rewards, err = docstore.NewSole(ctx, db, docstore.Spec{Name: "reward_rules", Version: 1}, reward.NewBook); err != nil {
		return nil, err
	}
	if s.subscriptions, err = docstore.NewCollection[IssueSubscription](ctx, db, docstore.Spec{Name: "issue_subscriptions", Version: 1, Indexes: []docstore.Index{
		{Name: "active", Fields: []string{"active", "at"}},
	}}); err != nil {
		return nil, err
	}
	if s.work, err = docstore.NewCollection[Task](ctx, db, docstore.Spec{Name: "tasks", Version: 1, Indexes: taskIndexes}); err != nil {
		return nil, err
	}
	if s.costs, err = docstore.NewCollection[CostLine](ctx, db, docstore.Spec{Name: "task_costs", Version: 1, Indexes: []docstore.Index{
		{Name: "task", Fields: []string{"taskId", "number"}},
	}}); err != nil {
		return nil, err
	}
	if s.rounds, err = docstore.NewCollection[PastRound](ctx, db, docstore.Spec{Name: "rounds", Version: 1, Indexes: []docstore.Index{
		{Name: "due", Fields: []string{"telling.dueAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.trust, err = docstore.NewCollection[Trust](ctx, db, docstore.Spec{Name: "trusted_issuers", Version: 1, Indexes: []docstore.Index{
		{Name: "at", Fields: []string{"at"}},
	}}); err != nil {
		return nil, err
	}
	if s.settings, err = docstore.NewSole(ctx, db, docstore.Spec{Name: "settings", Version: 1}, firstSettings); err != nil {
		return nil, err
	}
	if s.serials, err = docstore.NewCollection[serial](ctx, db, docstore.Spec{Name: "serials", Version: 1, Unwitnessed: true}); err != nil {
		return nil, err
	}
	if s.imports, err = docstore.NewCollection[Import](ctx, db, docstore.Spec{Name: "imports", Version: 1, Indexes: []docstore.Index{
		{Name: "org", Fields: []string{"orgId", "createdAt"}},
		{Name: "due", Fields: []string{"dueAt"}},
	}}); err != nil {
		return nil, err
	}
	s.rows, err = docstore.NewCollection[ImportRow](ctx, db, docstore.Spec{Name: "import_rows", Version: 1, Indexes: []docstore.Index{
		{Name: "session", Fields: []string{"importId", "row"}},
		{Name: "errors", Fields: []string{"importId", "wrong", "row"}},
		{Name: "skipped", Fields: []string{"importId", "skipped", "row"}},
		{Name: "outcome", Fields: []string{"importId", "outcome", "row"}},
	}})
	return s, err
}

// firstSettings are the settings until the city changes them.
func firstSettings() SettingsBook { return SettingsBook{Versions: []Settings{DefaultSettings()}} }

func (s *store) inForce(ctx context.Context, at time.Time) (Settings, error) {
	book, err := s.settings.Read(ctx)
	if err != nil {
		return Settings{}, err
	}
	return book.InForce(at), nil
}

// maxBidOn bounds the demands held decoded.
const maxBidOn = 64

// readDemand is a demand to be read and not changed: what it holds is shared. Where 200 bidders submit in two seconds they ask for the same
// one, so it is decoded once for each of its revisions. Errors: NotFound.
func (s *store) readDemand(ctx context.Context, id string) (docstore.Doc[Demand], error) {
	rev, err := s.demands.Rev(ctx, id)
	if err != nil {
		return docstore.Doc[Demand]{}, err
	}
	s.mu.Lock()
	doc, ok := s.bidOn[id]
	s.mu.Unlock()
	if ok && doc.Rev == rev {
		return doc, nil
	}
	if doc, err = s.demands.Get(ctx, id); err != nil {
		return doc, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bidOn == nil || len(s.bidOn) >= maxBidOn {
		s.bidOn = map[string]docstore.Doc[Demand]{}
	}
	s.bidOn[id] = doc
	return doc, nil
}

// nextCode draws the next public code of the quarter, "2026Q4-0001". A code drawn for a publication that then fails is not used again.
func (s *store) nextCode(ctx context.Context, now time.Time) (string, error) {
	codes, err := s.nextCodes(ctx, quarter(now), 1)
	if err != nil {
		return "", err
	}
	return codes[0], nil
}

// nextCodes draws the next n codes of a period, a quarter or a half-year.
func (s *store) nextCodes(ctx context.Context, period string, n int) ([]string, error) {
	doc, err := s.serials.Upsert(ctx, period, func(drawn *serial) error {
		drawn.Last += n
		return nil
	})
	if err != nil {
		return nil, err
	}
	codes := make([]string, n)
	for i := range codes {
		codes[i] = fmt.Sprintf("%s-%04d", period, doc.Body.Last-n+1+i)
	}
	return codes, nil
}

// bidsIn reads all bids of a demand's round in some states.
func (s *store) bidsIn(ctx context.Context, demandID string, round int, states ...BidState) ([]Bid, error) {
	var all []Bid
	for _, state := range states {
		err := s.bids.Each(ctx, docstore.Query{Index: "demand", Equal: []any{demandID, round, state}}, func(d docstore.Doc[Bid]) error {
			all = append(all, d.Body)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// manifest reads the bids that are in.
func (s *store) manifest(ctx context.Context, d *Demand) ([]Bid, error) {
	ids := make([]string, len(d.Manifest))
	for i, e := range d.Manifest {
		ids[i] = e.BidID
	}
	docs, err := s.bids.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	if len(docs) != len(ids) {
		return nil, fault.Newf(fault.Internal, "", "the manifest names %d bids, %d are there", len(ids), len(docs))
	}
	bids := make([]Bid, len(docs))
	for i := range docs {
		bids[i] = docs[i].Body
	}
	return bids, nil
}

// open reports whether bids still come in, so that only the bids themselves say how many there are; later the manifest does.
func (d *Demand) open() bool { return d.ClosedAt == 0 && d.PublishedAt != 0 }

// bidCounts is how many bids are in, by demand, of those still open: the one thing the public learns before the result. It is counted, in
// one read of the index, and not kept on the demand, which would then be written by every one of 200 bidders at once.
func (s *store) bidCounts(ctx context.Context, docs []docstore.Doc[Demand]) (map[string]int64, error) {
	var ranges [][]any
	for i := range docs {
		d := &docs[i].Body
		if !d.open() {
			continue
		}
		for _, state := range d.flow().active {
			ranges = append(ranges, []any{docs[i].ID, d.Round, state})
		}
	}
	return s.bids.Tally(ctx, "demand", ranges)
}
