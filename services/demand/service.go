package demand

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	accountapi "lianbang/services/account/api"
	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/seal"
	"lianbang/services/platform/when"
)

// Organisation is what this service asks account about an organisation.
type Organisation struct {
	ID, Name, CreditCode string
	Verified             bool
	Size                 SizeClass
	Capacities           []access.Capacity
	District             string
	Chains               []string
	Tiers                []string // lowest first
	UpdatedAt            time.Time
	Summary              string
	Employees            int
	RevenueFen           int64
	Contact              Contact
}

// Organisations answers who an organisation is. Errors: NotFound; Unavailable when account is away.
type Organisations interface {
	Get(ctx context.Context, id string) (Organisation, error)
}

// Choice is one entry of a list forms are filled from: what is stored and what people read.
type Choice struct{ Code, Name string }

// Lists are the city's name, working days, districts and industry chains. A nil Lists takes any text, and the calendar of the settings.
type Lists interface {
	Calendar(ctx context.Context) (when.Calendar, error)
	City(ctx context.Context) (string, error)
	Districts(ctx context.Context) ([]Choice, error)
	Chains(ctx context.Context) ([]Choice, error)
}

// Match is one organisation that fits.
type Match struct {
	OrgID, Name, District string
	Score                 float64
	Capability            struct{ ID, Title string } // that fits a supply demand; empty when the organisation itself does
	Reasons               []MatchReason
}

// Matcher finds the organisations that fit a demand best, best first. Errors: Unavailable when search is away.
type Matcher interface {
	Match(ctx context.Context, id string, rev int64, d *Demand, limit int) (matches []Match, weightsVersion string, err error)
}

// Relay shows and retries events that could not be delivered.
type Relay interface {
	Parked(ctx context.Context, cursor string, limit int) (docstore.Page[docstore.Parked], error)
	Retry(ctx context.Context, id string) error
}

// Options are what a Service works with.
type Options struct {
	DB            *docstore.DB
	Organisations Organisations
	Experts       Experts
	Lists         Lists             // nil: any text is a district or chain
	Matcher       Matcher           // nil: nothing is matched or pushed
	Firms         Firms             // nil: an audience is whom its author names
	Titles        Titles            // nil: nobody's titles are known
	Looks         *accountapi.Looks // nil: nobody is told who looked
	Notices       Notices
	Achievements  Achievements // nil: bids and demands name none
	Files         blob.Store
	Seal          seal.Ring // keeps sealed bids unreadable at rest
	LostSeal      string    // id of a seal key to go on without
	Relay         Relay
	Audit         *audit.Log
	Now           func() time.Time
	Log           *slog.Logger
	// Office names the desk that staff draft at. nil: no name.
	Office func(context.Context, access.Actor) (string, error)
	// CloseGrace is how long after the deadline bidding is recorded closed: longer than a submission accepted in the last second can
	// take to be written, clocks of replicas included.
	CloseGrace time.Duration
}

// Service is the demand service: one method per operation.
type Service struct {
	*store
	o Options
}

// NewService opens the collections.
func NewService(ctx context.Context, o Options) (*Service, error) {
	st, err := openStore(ctx, o.DB, o.Seal, o.LostSeal)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Service{store: st, o: o}, nil
}

// inForce is the settings that apply at an instant, with the city's working days.
func (s *Service) inForce(ctx context.Context, at time.Time) (Settings, error) {
	settings, err := s.store.inForce(ctx, at)
	if err != nil || s.o.Lists == nil {
		return settings, err
	}
	settings.Calendar, err = s.o.Lists.Calendar(ctx)
	return settings, err
}

func (s *Service) now() time.Time { return s.o.Now() }

// role is what an actor is to a demand.
func role(a access.Actor, d *Demand) Role {
	switch {
	case a.OrgID != "" && a.OrgID == d.IssuerID:
		return Issuer
	case d.Drafted.By(a) && d.Drafted.Open():
		return Drafter
	case a.Operates(d.Jurisdiction):
		return Operator
	}
	return Stranger
}

// by is the actor as the one who takes a step on the demand.
func by(a access.Actor, d *Demand) By {
	b := By{Role: role(a, d), UserID: a.UserID, OrgID: a.OrgID}
	b.District = b.Role == Operator && a.Staff == access.DistrictOperator
	if b.Role == Issuer {
		b.Name = d.Issuer
	}
	if b.Role == Drafter {
		b.Name = d.Drafted.Office
	}
	return b
}

// load reads a demand as it is now: a deadline that has passed is recorded first, so that what is read is right after a restart or a
// clock jump too. What becomes of a notice is the notice service's to say, and no reader waits for that.
func (s *Service) load(ctx context.Context, id string) (docstore.Doc[Demand], error) {
	doc, err := s.demands.Get(ctx, id)
	if err != nil {
		return doc, err
	}
	if s.closeDue(&doc.Body) {
		if err := s.advance(ctx, id); err != nil {
			return doc, err
		}
		return s.demands.Get(ctx, id)
	}
	return doc, nil
}

// visible loads a demand the reader may know of; NotFound otherwise.
func (s *Service) visible(ctx context.Context, id string) (docstore.Doc[Demand], access.Actor, error) {
	a := access.From(ctx)
	doc, err := s.load(ctx, id)
	if err == nil && !doc.Body.Visible(role(a, &doc.Body), a.OrgID) && doc.Body.Panel.expert(a.UserID) == nil {
		if _, asked := doc.Body.asked(a.UserID); asked != nil {
			return doc, a, nil
		}
		err = access.Hide.Err()
	}
	return doc, a, err
}

// change is the one way a demand is changed by a person: visible, then a pure step, at the revision the caller saw if it said so.
func (s *Service) change(ctx context.Context, id string, step func(tx *docstore.Tx[Demand], by By) error) (api.Demand, error) {
	_, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Demand{}, err
	}
	var opts []docstore.UpdateOption
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.Demand{}, err
	} else if given {
		opts = append(opts, docstore.IfRev(rev))
	}
	doc, err := s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		who := by(a, tx.Body)
		if who.Role == Operator && tx.Body.Drafted.By(a) { // nobody judges what it wrote
			return fault.New(fault.Forbidden, "draft.own", "who drafted it for the issuer does not decide on it")
		}
		return step(tx, who)
	}, opts...)
	if err != nil {
		return api.Demand{}, err
	}
	v, err := s.view(ctx, doc, a)
	if a.OrgID != doc.Body.IssuerID { // whom to call stands in the demand as it is read, where the look is noted
		v.Contact.Phone, v.Contact.Email = accountapi.MaskPhone(v.Contact.Phone), accountapi.MaskEmail(v.Contact.Email)
	}
	return v, err
}

// mustStand asks account itself: a decision is not left to a token that may be five minutes old.
func (s *Service) mustStand(ctx context.Context, orgID string) (Organisation, error) {
	org, err := s.o.Organisations.Get(ctx, orgID)
	if err != nil {
		return org, err
	}
	if !org.Verified {
		return org, notVerified
	}
	return org, nil
}

var notVerified = fault.New(fault.Forbidden, "org.not_verified", "the organisation is not verified yet")

// choose turns names of districts and chains into their codes and refuses what is not on the city's lists.
func (s *Service) choose(ctx context.Context, t *Terms) error {
	if s.o.Lists == nil {
		return nil
	}
	var fields []fault.Field
	for _, f := range []struct {
		path  string
		value *string
		list  func(context.Context) ([]Choice, error)
	}{{"district", &t.District, s.o.Lists.Districts}, {"chain", &t.Chain, s.o.Lists.Chains}} {
		if *f.value == "" {
			continue
		}
		list, err := f.list(ctx)
		if err != nil {
			return err
		}
		code, ok := codeOf(list, *f.value)
		if !ok {
			fields = append(fields, fault.Field{Path: f.path, Code: "not_a_choice"})
			continue
		}
		*f.value = code
	}
	if len(fields) > 0 {
		return fault.Bad(fields...)
	}
	return s.chooseAudience(ctx, &t.AudienceRule)
}

// codeOf finds a code by itself or by the name people read; a missing 区, 县, 市 or 产业链 at the end is forgiven.
func codeOf(list []Choice, s string) (string, bool) {
	bare := func(s string) string {
		for _, end := range []string{"产业链", "产业", "新区", "区", "县", "市"} {
			if cut, ok := strings.CutSuffix(s, end); ok && cut != "" {
				return cut
			}
		}
		return s
	}
	for _, same := range []func(c Choice) bool{
		func(c Choice) bool { return c.Code == s || c.Name == s },
		func(c Choice) bool { return bare(c.Name) == bare(s) },
	} {
		if i := slices.IndexFunc(list, same); i >= 0 {
			return list[i].Code, true
		}
	}
	return "", false
}

// CreateDemand makes a draft of the caller's organisation.
func (s *Service) CreateDemand(ctx context.Context, in api.DemandInput) (api.Demand, error) {
	a := access.From(ctx)
	org, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return api.Demand{}, err
	}
	terms := termsOf(in)
	if err := s.choose(ctx, &terms); err != nil {
		return api.Demand{}, err
	}
	if err := s.startFrom(ctx, &terms, AchievementRef{}); err != nil {
		return api.Demand{}, err
	}
	if err := s.ensureList(ctx, org, &terms); err != nil {
		return api.Demand{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	d, err := New(By{Role: Issuer, UserID: a.UserID, OrgID: a.OrgID, Name: org.Name}, org.Name, org.District, terms, s.now())
	if err != nil {
		return api.Demand{}, err
	}
	d.IssuerSize = org.Size
	doc, err := s.demands.Insert(ctx, id, d, docstore.Fingerprint(fingerprint))
	if err != nil {
		return api.Demand{}, err
	}
	return s.view(ctx, doc, a)
}

// EditDemand replaces the terms of a draft or returned demand.
func (s *Service) EditDemand(ctx context.Context, id string, in api.DemandInput) (api.Demand, error) {
	if _, err := rest.Rev(ctx); err != nil {
		return api.Demand{}, err
	}
	terms := termsOf(in)
	if err := s.choose(ctx, &terms); err != nil {
		return api.Demand{}, err
	}
	if err := s.startFromAgain(ctx, &terms, id); err != nil {
		return api.Demand{}, err
	}
	a := access.From(ctx)
	if a.OrgID == "" { // a list is the issuer's to make
		terms.ListName = ""
	}
	if _, err := s.findList(ctx, a.OrgID, &terms); err != nil {
		return api.Demand{}, err
	}
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error { return tx.Body.Edit(by, tx.Now, terms) })
	if err != nil || terms.ListName == "" {
		return v, err
	}
	org, err := s.o.Organisations.Get(ctx, a.OrgID)
	if err != nil { // away; the list is made with the next save
		return v, nil
	}
	return v, s.ensureList(ctx, org, &terms)
}

// GetDemand is one demand as the reader may see it.
func (s *Service) GetDemand(ctx context.Context, id string) (api.Demand, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Demand{}, err
	}
	v, err := s.view(ctx, doc, a)
	if c := doc.Body.Terms.Contact; err == nil && v.Contact.Phone+v.Contact.Email != "" && v.Contact.Phone == c.Phone && v.Contact.Email == c.Email {
		err = s.o.Looks.Record(ctx, accountapi.LookDemand, id, doc.Body.IssuerID)
	}
	if err == nil && a.UserID != "" {
		v.Watching, err = s.watching(ctx, a, id)
	}
	return v, err
}

// SubmitDemand sends a complete draft to the operator.
func (s *Service) SubmitDemand(ctx context.Context, id string) (api.Demand, error) {
	org, err := s.mustStand(ctx, access.From(ctx).OrgID)
	if err != nil {
		return api.Demand{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Demand{}, err
	}
	trusted, err := s.trusts(ctx, org.ID)
	if err != nil {
		return api.Demand{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		d := tx.Body
		if by.Role == Issuer {
			d.IssuerSize = org.Size
		}
		waited := d.Drafted.Open()
		if err := d.Submit(by, tx.Now, settings); err != nil {
			return err
		}
		if waited {
			if err := tx.Emit(demandDraftConfirmed, aboutDraft(d)); err != nil {
				return err
			}
		}
		if trusted && d.skippable() {
			if err := d.SkipReview(By{Role: Clock}, tx.Now); err != nil {
				return err
			}
			return tx.Emit(demandApproved, about(id, d, issuerPage(id), toOrg(d.IssuerID)))
		}
		m := about(id, d, issuerPage(id), toOrg(d.IssuerID)).with("dueAt", at(d.ReviewDue))
		if err := tx.Emit(demandSubmitted, m); err != nil {
			return err
		}
		m = about(id, d, reviewPage(id), toStaff(d.Jurisdiction)).with("dueAt", at(d.ReviewDue)).with("issuerName", d.Issuer)
		return tx.Emit(demandSubmitted, m)
	})
}

// ReturnDemand sends a submitted demand back, with the reason.
func (s *Service) ReturnDemand(ctx context.Context, id string, in api.ReasonInput) (api.Demand, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		if err := tx.Body.Return(by, tx.Now, in.Reason); err != nil {
			return err
		}
		return tx.Emit(demandReturned, about(id, tx.Body, issuerPage(id), toOrg(tx.Body.IssuerID)).with("reason", in.Reason))
	})
}

// ApproveDemand is a district's yes, which hands the demand to the city, or the city's, which lets the issuer publish.
func (s *Service) ApproveDemand(ctx context.Context, id, note string) (api.Demand, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Demand{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		if by.District {
			if err := tx.Body.Pass(by, tx.Now, note, settings); err != nil {
				return err
			}
			due := at(tx.Body.ReviewDue)
			if err := tx.Emit(demandPassed, about(id, tx.Body, issuerPage(id), toOrg(tx.Body.IssuerID)).with("dueAt", due)); err != nil {
				return err
			}
			return tx.Emit(demandPassed, about(id, tx.Body, reviewPage(id), toCity()).with("dueAt", due))
		}
		if err := tx.Body.Approve(by, tx.Now, note); err != nil {
			return err
		}
		return tx.Emit(demandApproved, about(id, tx.Body, issuerPage(id), toOrg(tx.Body.IssuerID)))
	})
}

// RejectDemand refuses for good, with the reason.
func (s *Service) RejectDemand(ctx context.Context, id string, in api.ReasonInput) (api.Demand, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		if err := tx.Body.Reject(by, tx.Now, in.Reason); err != nil {
			return err
		}
		return tx.Emit(demandRejected, about(id, tx.Body, issuerPage(id), toOrg(tx.Body.IssuerID)).with("reason", in.Reason))
	})
}

// PublishDemand opens an approved demand for bids until a deadline, or, with a zero one, until EndBidding. The invited of a directed demand
// are told.
func (s *Service) PublishDemand(ctx context.Context, id string, deadline time.Time) (api.Demand, error) {
	if _, err := s.mustStand(ctx, access.From(ctx).OrgID); err != nil {
		return api.Demand{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Demand{}, err
	}
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Demand{}, err
	}
	if err := doc.Body.may(PublishDemand, role(a, &doc.Body)); err != nil {
		return api.Demand{}, err
	}
	reach, err := s.reach(ctx, id, &doc.Body, &doc.Body.Terms)
	if err != nil {
		return api.Demand{}, err
	}
	// Tried without a code first, so that a refused publication does not use one up.
	trial := doc.Body
	trial.History, trial.Reach = slices.Clone(trial.History), reach
	if err := trial.Publish(by(a, &trial), s.now(), deadline, "", nil, settings); err != nil {
		return api.Demand{}, err
	}
	invited, err := s.invited(ctx, &doc.Body)
	if err != nil {
		return api.Demand{}, err
	}
	code, err := s.nextCode(ctx, s.now())
	if err != nil {
		return api.Demand{}, err
	}
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		d := tx.Body
		d.Reach = reach
		if err := d.Publish(by, tx.Now, deadline, code, invited, settings); err != nil {
			return err
		}
		return tx.Emit(demandPublished, about(id, d, publicPage(id), toOrg(d.IssuerID)).with("deadline", at(d.Deadline)))
	})
	if err == nil && len(invited) > 0 {
		s.tryTasks(ctx, id)
	}
	return v, err
}

// EndBidding stops taking answers to a demand without a deadline.
func (s *Service) EndBidding(ctx context.Context, id string) (api.Demand, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error { return tx.Body.EndBidding(by, tx.Now) })
}

// ConcludeDemand ends a demand whose answers were dealt with one by one, with a summary for everybody.
func (s *Service) ConcludeDemand(ctx context.Context, id string, in api.ReasonInput) (api.Demand, error) {
	doc, _, err := s.visible(ctx, id)
	if err != nil {
		return api.Demand{}, err
	}
	bids, err := s.manifest(ctx, &doc.Body)
	if err != nil {
		return api.Demand{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		d := tx.Body
		if err := d.ConcludeDealings(by, tx.Now, in.Reason, bids); err != nil {
			return err
		}
		return tx.Emit(demandConcluded, about(id, d, publicPage(id), toOrg(d.IssuerID)).with("reason", in.Reason))
	})
}

// WithdrawDemand takes back a demand that is not published.
func (s *Service) WithdrawDemand(ctx context.Context, id string, in api.ReasonInput) (api.Demand, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		waited := tx.Body.Drafted.Open()
		if err := tx.Body.Withdraw(by, tx.Now, in.Reason); err != nil || !waited {
			return err
		}
		return tx.Emit(demandDraftDeclined, aboutDraft(tx.Body).with("reason", in.Reason))
	})
}

// TerminateDemand ends a published demand and its bids.
func (s *Service) TerminateDemand(ctx context.Context, id string, in api.ReasonInput) (api.Demand, error) {
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		d := tx.Body
		if err := d.Terminate(by, tx.Now, in.Reason); err != nil {
			return err
		}
		return tx.Emit(demandTerminated, about(id, d, publicPage(id), toOrg(d.IssuerID)).with("reason", in.Reason))
	})
	if err == nil {
		s.tryTasks(ctx, id)
	}
	return v, err
}

// noticed are those whom a turn of the award notice concerns: the issuer and the winners.
func (s *Service) noticed(d *Demand) []recipient {
	to := []recipient{toOrg(d.IssuerID)}
	for _, w := range d.Award.Winners {
		to = append(to, toOrg(orgOf(w)))
	}
	return to
}

// orgOf is the organisation in a bid's id.
func orgOf(bidID string) string { return bidID[strings.LastIndexByte(bidID, ':')+1:] }

type boardIndex struct {
	name    string
	filters []string
}

// boardIndexes are the ways to walk the public board, the most telling first, by the filters they answer.
var boardIndexes = []boardIndex{
	{"boardAchievement", []string{"achievement"}},
	{"boardStateChain", []string{"state", "chain"}},
	{"boardStateDistrict", []string{"state", "district"}},
	{"boardChain", []string{"chain"}},
	{"boardDistrict", []string{"district"}},
	{"boardState", []string{"state"}},
	{"boardKind", []string{"kind"}},
	{"board", nil},
}

// ListDemands is the public board, newest first, or those still open by deadline. The filters choose the index; what it does not answer is
// applied while walking it, over a bounded stretch, so that a page may be short and still have a next one.
func (s *Service) ListDemands(ctx context.Context, p api.ListDemandsParams) (api.DemandPage, error) {
	const public = "public"
	wanted := map[string]string{"chain": p.Chain, "district": p.District, "state": string(p.State), "kind": string(p.Kind), "achievement": p.Achievement}
	maps.DeleteFunc(wanted, func(_, value string) bool { return value == "" })
	q := docstore.Query{Equal: []any{public}, Descending: true, Limit: docstore.PageSize(p.Limit), Cursor: p.Cursor}
	var answered []string
	if p.Sort == api.Deadline {
		if wanted["state"] == "" { // soonest first, and what is over is not soon
			wanted["state"] = string(Published)
			p.DeadlineFrom = later(p.DeadlineFrom, s.now())
		}
		q.Index, q.Descending, answered = "boardDeadline", false, []string{"state"}
		if !p.DeadlineFrom.IsZero() {
			q.From = when.At(p.DeadlineFrom)
		}
		if !p.DeadlineTo.IsZero() {
			q.To = when.At(p.DeadlineTo)
		}
	} else {
		i := slices.IndexFunc(boardIndexes, func(ix boardIndex) bool {
			return !slices.ContainsFunc(ix.filters, func(f string) bool { return wanted[f] == "" })
		})
		q.Index, answered = boardIndexes[i].name, boardIndexes[i].filters
	}
	for _, f := range answered {
		q.Equal = append(q.Equal, wanted[f])
	}
	exact := len(answered) == len(wanted) && (p.Sort == api.Deadline || p.DeadlineFrom.IsZero() && p.DeadlineTo.IsZero())
	return s.page(ctx, q, s.demands, exact, func(d *Demand) bool {
		has := map[string]string{"chain": d.Terms.Chain, "district": d.Terms.District, "state": string(d.State), "kind": string(d.Terms.Kind), "achievement": d.Terms.AchievementID}
		for f, value := range wanted {
			if has[f] != value {
				return false
			}
		}
		return (p.DeadlineFrom.IsZero() || d.Deadline >= when.At(p.DeadlineFrom)) && (p.DeadlineTo.IsZero() || d.Deadline < when.At(p.DeadlineTo))
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// stretch is how many documents one list page may look at.
const stretch = 1000

// page walks an index for one page of demands that keep accepts. exact says that the index alone decides, so that the count is right.
func (s *Service) page(ctx context.Context, q docstore.Query, c *docstore.Collection[Demand], exact bool, keep func(*Demand) bool) (api.DemandPage, error) {
	out := api.DemandPage{Items: []api.Demand{}}
	if exact && q.Cursor == "" {
		n, err := c.Count(ctx, q)
		if err != nil {
			return out, err
		}
		out.Total = n
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return out, err
	}
	a, want, seen := access.From(ctx), q.Limit, 0
	for {
		found, err := c.Find(ctx, q)
		if err != nil {
			return out, err
		}
		kept := found.Items
		if keep != nil {
			kept = slices.DeleteFunc(kept, func(doc docstore.Doc[Demand]) bool { return !keep(&doc.Body) })
		}
		near, err := s.beside(ctx, kept, a)
		if err != nil {
			return out, err
		}
		for _, doc := range kept {
			v, err := s.viewUnder(ctx, doc, a, settings, near)
			if err != nil {
				return out, err
			}
			out.Items = append(out.Items, brief(v))
		}
		seen += q.Limit
		out.Next = found.Next
		if found.Next == "" || len(out.Items) >= want || seen >= stretch {
			return out, nil
		}
		q.Cursor, q.Limit = found.Next, want-len(out.Items)
	}
}

// ListMyDemands is the caller's organisation's demands.
func (s *Service) ListMyDemands(ctx context.Context, state string, limit int, cursor string) (api.DemandPage, error) {
	a := access.From(ctx)
	q := docstore.Query{Index: "mine", Equal: []any{a.OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor}
	if state != "" {
		q.Index, q.Equal = "mineState", []any{a.OrgID, state}
	}
	return s.page(ctx, q, s.demands, true, nil)
}

// ListReviewDemands is the operator's queue, oldest submission first.
func (s *Service) ListReviewDemands(ctx context.Context, state, district string, stage Stage, limit int, cursor string) (api.DemandPage, error) {
	a := access.From(ctx)
	state = cmp.Or(state, string(Submitted))
	if a.Staff == access.DistrictOperator {
		if district != "" && district != a.District {
			return api.DemandPage{Items: []api.Demand{}}, nil
		}
		district = a.District
	}
	q := docstore.Query{Index: "review", Equal: []any{state}, Limit: docstore.PageSize(limit), Cursor: cursor}
	if district != "" {
		q.Index, q.Equal = "reviewDistrict", []any{district, state}
	}
	if stage != "" {
		return s.page(ctx, q, s.demands, false, func(d *Demand) bool { return d.stage() == stage })
	}
	return s.page(ctx, q, s.demands, true, nil)
}

// publicSteps are the lines of the timeline anybody may read.
var publicSteps = []Action{PublishDemand, PublishInIssue, ChangeDemand, EndBidding, CloseBidding, ConcludeDemand, StartEvaluation, PublishAward, PauseAwardNotice, ResumeAwardNotice, RevokeAward, ConcludeNotice,
	DeclareNoAward, TerminateDemand, ReopenDemand, ContestAward, SettleContest, FollowTask}

// GetDemandHistory is the timeline, as far as the reader may see it.
func (s *Service) GetDemandHistory(ctx context.Context, id string) ([]api.HistoryEntry, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return nil, err
	}
	d := &doc.Body
	inside := role(a, d) != Stranger
	entries := []api.HistoryEntry{}
	for _, step := range d.History {
		if !inside && !slices.Contains(publicSteps, step.Action) {
			continue
		}
		e := api.HistoryEntry{At: step.At.Time(), Action: string(step.Action), From: api.DemandState(step.From), To: api.DemandState(step.To),
			Actor: api.HistoryEntryActor(step.Role), Reason: step.Reason}
		if inside {
			e.ActorName = step.Name
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// AddDemandAttachment keeps a file with a draft or returned demand.
func (s *Service) AddDemandAttachment(ctx context.Context, id string, content io.Reader, name string) (api.Attachment, int64, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Attachment{}, 0, err
	}
	trial := doc.Body
	if err := trial.Attach(by(a, &trial), Attachment{}); err != nil { // before a large file is taken in
		return api.Attachment{}, 0, err
	}
	ref, err := s.o.Files.Put(ctx, content, name)
	if err != nil {
		return api.Attachment{}, 0, err
	}
	kept := Attachment{ID: ref.ID, Name: ref.Name, Size: ref.Size, ContentType: ref.Type, At: when.At(s.now())}
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		tx.Body.ChangedAt = when.At(tx.Now)
		return tx.Body.Attach(by, kept)
	})
	if err != nil {
		s.drop(ctx, ref.ID)
		return api.Attachment{}, 0, err
	}
	return attachmentView(kept), v.Rev, nil
}

// drop deletes a file no document came to name.
func (s *Service) drop(ctx context.Context, id string) {
	if err := s.o.Files.Delete(context.WithoutCancel(ctx), id); err != nil {
		s.o.Log.Warn("a file that nothing names was left", "file", id, "error", err)
	}
}

// RemoveDemandAttachment detaches a file from a draft or returned demand. The file itself stays: an earlier submission showed it.
func (s *Service) RemoveDemandAttachment(ctx context.Context, id, attachment string) (api.Demand, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		tx.Body.ChangedAt = when.At(tx.Now)
		return tx.Body.Detach(by, attachment)
	})
}

// File is a download.
type File struct {
	Ref     blob.Ref
	Content io.ReadCloser
}

// GetDemandAttachment is for whoever may read the demand.
func (s *Service) GetDemandAttachment(ctx context.Context, id, attachment string) (File, error) {
	doc, _, err := s.visible(ctx, id)
	if err != nil {
		return File{}, err
	}
	return s.open(ctx, doc.Body.Attachments, attachment)
}

func (s *Service) open(ctx context.Context, all []Attachment, id string) (File, error) {
	if !slices.ContainsFunc(all, func(a Attachment) bool { return a.ID == id }) {
		return File{}, access.Hide.Err()
	}
	content, ref, err := s.o.Files.Open(ctx, id)
	return File{Ref: ref, Content: content}, err
}

// GetResult is the public record of the evaluation.
func (s *Service) GetResult(ctx context.Context, id string, round int) (api.Result, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Result{}, err
	}
	if doc, err = s.inRound(ctx, doc, round); err != nil {
		return api.Result{}, err
	}
	v, err := resultView(id, &doc.Body, role(a, &doc.Body))
	if err != nil {
		return v, err
	}
	v.Sheets, err = s.publicSheets(ctx, id, &doc.Body, false)
	return v, err
}

// GetDemandSettings are the settings in force.
func (s *Service) GetDemandSettings(ctx context.Context) (api.DemandSettings, error) {
	book, err := s.settings.Doc(ctx)
	if err != nil {
		return api.DemandSettings{}, err
	}
	return settingsView(book.Rev, book.Body.InForce(s.now())), nil
}

// ListParkedEvents shows events whose delivery was given up.
func (s *Service) ListParkedEvents(ctx context.Context, limit int, cursor string) ([]api.ParkedEvent, string, error) {
	page, err := s.o.Relay.Parked(ctx, cursor, docstore.PageSize(limit))
	if err != nil {
		return nil, "", err
	}
	items := []api.ParkedEvent{}
	for _, doc := range page.Items {
		p := doc.Body
		items = append(items, api.ParkedEvent{Id: doc.ID, Kind: p.Event.Kind, DocumentId: p.Event.DocumentID,
			At: docstore.Millis(p.Event.At).Time(), Tries: p.Tries, LastError: p.Error})
	}
	return items, page.Next, nil
}

// RetryParkedEvent puts a parked event back in the queue.
func (s *Service) RetryParkedEvent(ctx context.Context, id string) error {
	return s.o.Relay.Retry(ctx, id)
}
