// Package account owns people, organisations and who they are to each other: sign-up and sign-in, sessions and tokens, members and
// roles, the operator's verification with evidence, titles and the tier, the dossier's basics, the authority's staff, and the city's
// reference lists. It refuses to own what an organisation does on the market: demands, offerings and dealings belong to their services,
// which know organisations by id.
package account

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// Service is what this room does: one method per operation, each of which authorises on the thing itself, changes one document and
// gives it back. Kinds of failure: NotFound for what the actor may not know of, Forbidden for what it may not do, Conflict for what
// the state does not allow.
type Service struct {
	*store
	keys      []access.Key // the first signs
	passwords *passwords
	throttle  *throttle
	texts     texter
	peers     *http.Client // the other services, asked for a person's data
	// codeSecret hides numbers and codes at rest; codesPerHour is how many codes the whole product sends.
	codeSecret   codeSecret
	codesPerHour int64
	provider     *provider // nil when no identity provider is configured
	flights      flights
	demo         bool // invented people, whose numbers nobody holds
	signUpCode   bool // signing up takes a code sent to the number
	files        blob.Store
	relay        *docstore.Relay
	audit        *audit.Log
	now          func() time.Time
	log          *slog.Logger
}

// OrgDoc is a stored organisation.
type OrgDoc = docstore.Doc[Organisation]

// by is how the trace names the actor.
func (s *Service) by(ctx context.Context, a access.Actor) (By, error) {
	if a.UserID == "" {
		return By{UserID: "service:" + a.Service}, nil
	}
	p, err := s.people.Get(ctx, a.UserID)
	if err != nil {
		return By{}, err
	}
	return By{UserID: p.ID, Name: p.Body.Name}, nil
}

// city is the lists in force.
func (s *Service) city(ctx context.Context) (docstore.Doc[Reference], error) {
	doc, err := s.reference.Get(ctx, cityDoc)
	doc.Body = doc.Body.complete()
	return doc, err
}

// anyRev is the revision of a change that is not conditional.
const anyRev = -1

// ifMatch is the revision a request is conditional on, or anyRev.
func ifMatch(ctx context.Context) (int64, error) {
	rev, given, err := rest.OptionalRev(ctx)
	if err == nil && !given {
		rev = anyRev
	}
	return rev, err
}

// CheckCreditCode says what is known of a code before a form is sent; holder is the zero document when nobody has it.
func (s *Service) CheckCreditCode(ctx context.Context, typed string) (code CreditCode, holder OrgDoc, problem error, err error) {
	code, problem = ReadCreditCode(typed, "creditCode")
	if problem != nil {
		return code, OrgDoc{}, problem, nil
	}
	holder, _, err = one(ctx, s.orgs, "byCreditCode", code.Code)
	return code, holder, nil, err
}

// CreateOrganisation registers an organisation the actor becomes the owner of.
func (s *Service) CreateOrganisation(ctx context.Context, p Profile, facts []Fact) (OrgDoc, error) {
	by, err := s.by(ctx, access.From(ctx))
	if err != nil {
		return OrgDoc{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	o, err := s.newOrganisation(ctx, p, facts, by)
	if err != nil {
		return OrgDoc{}, err
	}
	// First the note where to look, then the membership itself: the other way round a crash would leave an organisation its owner
	// cannot find.
	if _, err := s.people.Update(ctx, by.UserID, func(tx *docstore.Tx[Person]) error { tx.Body.SeeksIn(id); return nil }); err != nil {
		return OrgDoc{}, err
	}
	return s.insertOrganisation(ctx, id, fingerprint, o)
}

func (s *Service) newOrganisation(ctx context.Context, p Profile, facts []Fact, by By) (Organisation, error) {
	city, err := s.city(ctx)
	if err != nil {
		return Organisation{}, err
	}
	if err := city.Body.check(p, Profile{}); err != nil {
		return Organisation{}, err
	}
	o, err := Register(p, by, s.now())
	if err == nil {
		o.mergeFacts(facts, SelfReported, by, s.now())
	}
	return o, err
}

func (s *Service) insertOrganisation(ctx context.Context, id, fingerprint string, o Organisation) (OrgDoc, error) {
	doc, err := s.orgs.Insert(ctx, id, o, docstore.Fingerprint(fingerprint),
		docstore.Emit(orgRegistered, about(id, &o, ownPage, toOrg(id))))
	if f := fault.As(codeTaken(err)); f != nil && f.Code == "organisation.credit_code_taken" {
		if holder, ok, lookup := one(ctx, s.orgs, "byCreditCode", o.CreditKey); lookup == nil && ok {
			return doc, errTaken(holder)
		}
	}
	return doc, err
}

// errTaken refuses a credit code that an organisation has: an unclaimed one is claimed instead of registered a second time.
func errTaken(holder OrgDoc) error {
	if holder.Body.State != Unclaimed {
		return errCodeTaken()
	}
	f := fault.New(fault.Conflict, "organisation.unclaimed", "this firm is on an official list already and waits to be claimed")
	f.Fields = []fault.Field{{Path: "creditCode", Code: "organisation.unclaimed", Detail: holder.ID}}
	return f
}

// codeTaken names a taken credit code.
func codeTaken(err error) error {
	f := fault.As(err)
	if f == nil || f.Kind != fault.Duplicate || len(f.Fields) == 0 || f.Fields[0].Path != "creditKey" {
		return err
	}
	return errCodeTaken()
}

func errCodeTaken() error {
	f := fault.New(fault.Conflict, "organisation.credit_code_taken", "an organisation with this credit code is registered already; ask it for an invitation")
	f.Fields = []fault.Field{{Path: "creditCode", Code: "organisation.credit_code_taken"}}
	return f
}

// GetOrganisation reads one organisation.
func (s *Service) GetOrganisation(ctx context.Context, id string) (OrgDoc, error) {
	doc, err := s.orgs.Get(ctx, id)
	if err != nil {
		return OrgDoc{}, err
	}
	return doc, doc.Body.Readable(access.From(ctx)).Err()
}

// insideOrganisation reads one for what only members and operators see.
func (s *Service) insideOrganisation(ctx context.Context, id string) (OrgDoc, error) {
	doc, err := s.GetOrganisation(ctx, id)
	if err == nil && !doc.Body.Inside(access.From(ctx)) {
		err = access.Forbid.Err()
	}
	return doc, err
}

// ListOrganisations is the operator's list; a district operator's holds its district.
func (s *Service) ListOrganisations(ctx context.Context, state State, district string, limit int, cursor string) (docstore.Page[Organisation], int64, error) {
	a := access.From(ctx)
	if a.Staff == access.DistrictOperator {
		if district != "" && district != a.District {
			return docstore.Page[Organisation]{}, 0, access.Forbid.Err()
		}
		if district = a.District; district == "" { // a post without a district reaches nothing
			return docstore.Page[Organisation]{}, 0, access.Forbid.Err()
		}
	}
	q := s.queue(state, district)
	total, err := s.orgs.Count(ctx, q)
	if err != nil {
		return docstore.Page[Organisation]{}, 0, err
	}
	q.Limit, q.Cursor = limit, cursor
	page, err := s.orgs.Find(ctx, q)
	return page, total, err
}

// change is the one way an organisation is changed: the session behind the request still stands, the actor may take the step, and the
// document is at the revision the request is conditional on. That last, since a stranger is not told of revisions.
func (s *Service) change(ctx context.Context, id, action string, rev int64, fn func(tx *docstore.Tx[Organisation], by By) error) (OrgDoc, error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return OrgDoc{}, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return OrgDoc{}, err
	}
	return s.orgs.Update(ctx, id, func(tx *docstore.Tx[Organisation]) error {
		if err := tx.Body.May(a, id, action).Err(); err != nil {
			return err
		}
		if rev != anyRev && tx.Rev != rev {
			return fault.Newf(fault.Stale, "", "the organisation is at revision %d, not %d", tx.Rev, rev)
		}
		if err := tx.Body.Refusal(a, id, action); err != nil {
			return err
		}
		return fn(tx, by)
	})
}

// EditOrganisation replaces the profile. The caller holds the revision it edits.
func (s *Service) EditOrganisation(ctx context.Context, id string, p Profile, facts []Fact) (OrgDoc, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return OrgDoc{}, err
	}
	city, err := s.city(ctx)
	if err != nil {
		return OrgDoc{}, err
	}
	a := access.From(ctx)
	doc, err := s.change(ctx, id, "editOrganisation", rev, func(tx *docstore.Tx[Organisation], by By) error {
		if err := city.Body.check(p, tx.Body.Profile); err != nil {
			return err
		}
		ownAdmin := a.OrgID == id && adminRole(tx.Body.RoleOf(a.UserID))
		return tx.Body.Edit(p, facts, !ownAdmin, by, tx.Now)
	})
	return doc, codeTaken(err)
}

// UploadEvidence keeps a file and attaches it. When attaching fails the file goes again.
func (s *Service) UploadEvidence(ctx context.Context, id, kind, name string, content io.Reader) (Evidence, OrgDoc, error) {
	before, err := s.GetOrganisation(ctx, id)
	if err == nil { // before megabytes are read
		err = before.Body.Refusal(access.From(ctx), id, "uploadEvidence")
	}
	if err != nil {
		return Evidence{}, OrgDoc{}, err
	}
	ref, err := s.files.Put(ctx, content, name)
	if err != nil {
		return Evidence{}, OrgDoc{}, err
	}
	doc, err := s.change(ctx, id, "uploadEvidence", anyRev, func(tx *docstore.Tx[Organisation], by By) error {
		return tx.Body.Attach(Evidence{ID: ref.ID, Name: ref.Name, Type: ref.Type, Size: ref.Size, Kind: kind}, by, tx.Now)
	})
	if err != nil {
		if e := s.files.Delete(context.WithoutCancel(ctx), ref.ID); e != nil {
			s.log.Warn("a file nobody refers to stays", "file", ref.ID, "error", e)
		}
		return Evidence{}, OrgDoc{}, err
	}
	e, _ := doc.Body.FindEvidence(ref.ID)
	return e, doc, nil
}

// ListEvidence lists the files, for the organisation itself and its operators.
func (s *Service) ListEvidence(ctx context.Context, id string) ([]Evidence, error) {
	doc, err := s.insideOrganisation(ctx, id)
	return doc.Body.Evidence, err
}

// DownloadEvidence opens a file, for the organisation itself and its operators.
func (s *Service) DownloadEvidence(ctx context.Context, id, evidenceID string) (io.ReadSeekCloser, blob.Ref, error) {
	doc, err := s.insideOrganisation(ctx, id)
	if err != nil {
		return nil, blob.Ref{}, err
	}
	if _, ok := doc.Body.FindEvidence(evidenceID); !ok {
		return nil, blob.Ref{}, access.Hide.Err()
	}
	return s.files.Open(ctx, evidenceID)
}

// SubmitOrganisation asks the operator to verify.
func (s *Service) SubmitOrganisation(ctx context.Context, id string) (OrgDoc, error) {
	rev, err := ifMatch(ctx)
	if err != nil {
		return OrgDoc{}, err
	}
	city, err := s.city(ctx)
	if err != nil {
		return OrgDoc{}, err
	}
	return s.change(ctx, id, "submitOrganisation", rev, func(tx *docstore.Tx[Organisation], by By) error {
		if err := tx.Body.Submit(by, tx.Now); err != nil {
			return err
		}
		m := about(id, tx.Body, ownPage, toOrg(id)).with("districtName", nameIn(city.Body.Districts, tx.Body.District))
		if err := tx.Emit(orgSubmitted, m); err != nil {
			return err
		}
		m.Link, m.Recipients = reviewPageOpen+id, []recipient{toOperators(tx.Body.District)}
		return tx.Emit(orgSubmitted, m)
	})
}

// VerifyOrganisation confirms a submitted organisation.
func (s *Service) VerifyOrganisation(ctx context.Context, id, note, proof string) (OrgDoc, error) {
	return s.decide(ctx, id, "verifyOrganisation", note, func(o *Organisation, by By, now time.Time) error {
		return o.Verify(note, proof, by, now)
	})
}

// DecideOrganisation returns, rejects, suspends or reinstates, by operation id.
func (s *Service) DecideOrganisation(ctx context.Context, id, action, reason string) (OrgDoc, error) {
	return s.decide(ctx, id, action, reason, func(o *Organisation, by By, now time.Time) error {
		return o.Decide(action, reason, by, now)
	})
}

func (s *Service) decide(ctx context.Context, id, action, reason string, fn func(*Organisation, By, time.Time) error) (OrgDoc, error) {
	rev, err := ifMatch(ctx)
	if err != nil {
		return OrgDoc{}, err
	}
	doc, err := s.change(ctx, id, action, rev, func(tx *docstore.Tx[Organisation], by By) error {
		if err := fn(tx.Body, by, tx.Now); err != nil {
			return err
		}
		return tx.Emit(decisions[action], about(id, tx.Body, ownPage, toOrg(id)).with("reason", reason))
	})
	return doc, codeTaken(err)
}

// AddTitle enters an official title. The request's idempotency key names the title, so a repeat enters none.
func (s *Service) AddTitle(ctx context.Context, id string, t Title) (OrgDoc, error) {
	city, err := s.city(ctx)
	if err != nil {
		return OrgDoc{}, err
	}
	if !offered(city.Body.TitleKinds, t.Kind) {
		return OrgDoc{}, fault.Bad(fault.Field{Path: "kind", Code: "not_a_choice", Detail: "not a kind of title of this city's lists"})
	}
	t.ID, _ = rest.Creation(ctx, s.now())
	return s.change(ctx, id, "addTitle", anyRev, func(tx *docstore.Tx[Organisation], by By) error {
		before := len(tx.Body.Titles)
		if err := tx.Body.AddTitle(t, by, tx.Now); err != nil || len(tx.Body.Titles) == before {
			return err
		}
		return tx.Emit(orgTitleAdded, about(id, tx.Body, ownPage, toOrg(id)).with("title", nameIn(city.Body.TitleKinds, t.Kind)).with("validTo", string(t.ValidTo)))
	})
}

// GetReference is the city's lists.
func (s *Service) GetReference(ctx context.Context) (docstore.Doc[Reference], error) {
	return s.city(ctx)
}

// Organisations reads several for peers, in the order of ids; unknown ones are left out.
func (s *Service) Organisations(ctx context.Context, ids []string) ([]OrgDoc, error) {
	return s.orgs.GetMany(ctx, ids)
}

// FindOrganisations are the verified organisations of some tiers, chains and districts, a page at a time. An empty list asks nothing;
// within one any entry will do, between them all must. A page may be short and still have a next one.
func (s *Service) FindOrganisations(ctx context.Context, tiers []Tier, chains, districts []string, cursor string) (found []OrgDoc, next string, err error) {
	page, err := s.orgs.Find(ctx, docstore.Query{Index: "byStateName", Equal: []any{Verified}, Limit: docstore.MaxLimit, Cursor: cursor})
	today := when.DayOf(s.now())
	for _, doc := range page.Items {
		p := &doc.Body.Profile
		if (len(tiers) == 0 || shared(doc.Body.Tiers(today), tiers)) && (len(chains) == 0 || shared(p.Chains, chains)) &&
			(len(districts) == 0 || slices.Contains(districts, p.District)) {
			found = append(found, doc)
		}
	}
	return found, page.Next, err
}

func shared[T comparable](a, b []T) bool {
	return slices.ContainsFunc(a, func(x T) bool { return slices.Contains(b, x) })
}

// ParkedEvents lists events that could not be delivered.
func (s *Service) ParkedEvents(ctx context.Context, cursor string, limit int) (docstore.Page[docstore.Parked], error) {
	return s.relay.Parked(ctx, cursor, limit)
}

// RetryParkedEvent puts one back in the queue.
func (s *Service) RetryParkedEvent(ctx context.Context, id string) error {
	return s.relay.Retry(ctx, id)
}

// secondID is another id a creation fixes: the same for a repeat of the request.
func secondID(id, what string) string {
	u, err := uuid.Parse(id)
	if err != nil {
		return id + "-" + what
	}
	return uuid.NewSHA1(u, []byte(what)).String()
}

func trimmed(s string) string { return strings.TrimSpace(s) }
