package account

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/personal"
	"lianbang/services/platform/when"
)

// erasedName stands in traces for somebody whose data was erased; decisions keep the person's id as a pseudonym.
const erasedName = personal.Erased

// Erase takes everything that says who a person is out of its document.
func (p *Person) Erase(id string, now when.Instant) {
	*p = Person{Name: erasedName, Phone: "erased:" + id, EmailKey: id, Created: p.Created, Erased: now}
}

// Erasure is one person's wish to be forgotten, carried through every service by a job: it begins before anything is taken out and ends when all
// services have said so, across crashes and services that are away. It knows the person until then. Its id is the receipt: nobody can guess it,
// and it outlives the account.
type Erasure struct {
	UserID string        `json:"userId"`
	Who    personal.Who  `json:"who"` // emptied at the end
	At     when.Instant  `json:"at"`
	Parts  []ErasurePart `json:"parts"`
	DueAt  when.Instant  `json:"dueAt"` // when the job goes on; 0 when all is done
	DoneAt when.Instant  `json:"doneAt,omitempty"`
}

// ErasurePart is how far one service is.
type ErasurePart struct {
	Service string       `json:"service"`
	After   string       `json:"after,omitempty"` // where the next stretch begins
	Changed int          `json:"changed"`
	Held    int          `json:"held"` // kept until a procedure has ended
	DoneAt  when.Instant `json:"doneAt,omitempty"`
}

// ErasureDoc is a stored erasure.
type ErasureDoc = docstore.Doc[Erasure]

// Pauses of the job: after a service did not answer, and until it is asked again about what a procedure holds.
const (
	erasureRetry = 30 * time.Second
	erasureHold  = time.Hour
)

// here is the part of an erasure that is this service's own.
const here = "account"

// forget takes a person out of the organisation: its membership, its name in the trace, and the contact that is its number.
func (o *Organisation) forget(w personal.Who) {
	if i := o.member(w.UserID); i >= 0 {
		o.Members = append(o.Members[:i:i], o.Members[i+1:]...)
	}
	for i := range o.History {
		e := &o.History[i]
		if e.By == w.UserID {
			e.Name = erasedName
		}
		if e.Action == "handOverMember" { // it names both, who left and who took over
			e.Reason = ""
		}
	}
	if w.Is(o.Profile.Contact.Phone) || w.Is(o.Profile.Contact.Email) {
		o.Profile.Contact = Contact{}
	}
}

// EraseMe begins to erase the actor's personal data on its request, proved by a code sent to its number: what this service holds at once, what
// others hold by a job. What others must be able to rely on stays under the person's id: decisions, and that there was somebody. Made again after
// it was cut short it goes on. Errors: Conflict for the last owner of an organisation, who hands it over first, and for staff.
func (s *Service) EraseMe(ctx context.Context, codeID, code string) (ErasureDoc, error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return ErasureDoc{}, err
	}
	p, err := s.person(ctx, a)
	if err != nil {
		return ErasureDoc{}, err
	}
	if p.Body.Staff != "" {
		return ErasureDoc{}, fault.New(fault.Conflict, "person.has_post", "the post ends first")
	}
	orgs, err := s.orgs.GetMany(ctx, p.Body.OrgIDs)
	if err != nil {
		return ErasureDoc{}, err
	}
	for _, o := range orgs {
		if o.Body.RoleOf(p.ID) == access.Owner && o.Body.owners() == 1 {
			return ErasureDoc{}, errLastOwner()
		}
	}
	if err := s.proved(ctx, p.Body.Phone, codeID, code, "erasure of "+p.ID); err != nil {
		return ErasureDoc{}, fault.Bad(fault.Field{Path: "code", Code: "auth.wrong_code", Detail: "the code is wrong, used or too old"})
	}
	e := Erasure{UserID: p.ID, Who: p.Body.who(p.ID, orgs), At: when.At(s.now()), DueAt: when.At(s.now())}
	for _, service := range append([]string{here}, personal.Holders...) {
		e.Parts = append(e.Parts, ErasurePart{Service: service})
	}
	doc, err := s.erasures.Insert(ctx, rand.Text(), e)
	if err != nil && fault.KindOf(err) == fault.Duplicate {
		doc, _, err = one(ctx, s.erasures, "byUser", p.ID)
	}
	if err != nil {
		return ErasureDoc{}, err
	}
	return doc, s.forgetHere(ctx, doc.Body.Who)
}

// who is everything the person was called and reached by. A name that is in one of its organisations' says nothing about the person there.
func (p *Person) who(id string, orgs []OrgDoc) personal.Who {
	w := personal.Who{UserID: id, Names: append([]string{p.Name}, p.Was.Names...), Phones: append([]string{p.Phone}, p.Was.Phones...), Emails: slices.Clone(p.Was.Emails),
		Organisations: p.OrgIDs}
	if p.Email != "" {
		w.Emails = append(w.Emails, p.Email)
	}
	w.Names = slices.DeleteFunc(w.Names, func(name string) bool {
		return slices.ContainsFunc(orgs, func(o OrgDoc) bool { return name == "" || strings.Contains(o.Body.Profile.Name, name) })
	})
	return w
}

// forgetHere takes the person out of its organisations, papers and sessions, and at last out of its own document. Done again it changes nothing.
func (s *Service) forgetHere(ctx context.Context, w personal.Who) error {
	orgs, err := s.orgs.GetMany(ctx, w.Organisations)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		if _, err := s.orgs.Update(ctx, o.ID, func(tx *docstore.Tx[Organisation]) error { tx.Body.forget(w); return nil }); err != nil {
			return err
		}
	}
	if err := s.forgetPapers(ctx, w); err != nil {
		return err
	}
	if err := s.forgetSessions(ctx, w.UserID); err != nil {
		return err
	}
	_, err = s.people.Update(ctx, w.UserID, func(tx *docstore.Tx[Person]) error {
		if tx.Body.Erased != 0 {
			return nil
		}
		tx.Body.Erase(tx.ID, when.At(tx.Now))
		return tx.Emit(personErased, map[string]any{"userId": tx.ID})
	})
	return err
}

// erasing carries erasures through all services, until ctx ends.
func (s *Service) erasing(ctx context.Context) error {
	for {
		page, err := s.erasures.Find(ctx, docstore.Query{Index: "byDue", From: when.Instant(1), To: when.At(s.now()) + 1, Limit: 10})
		for _, d := range page.Items {
			err = errors.Join(err, s.eraseFurther(ctx, d))
		}
		if err != nil && ctx.Err() == nil {
			s.log.Warn("personal data is not erased everywhere yet", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// eraseFurther asks every service that is not done, and says when to ask again.
func (s *Service) eraseFurther(ctx context.Context, d ErasureDoc) error {
	var failed error
	held := false
	for i, part := range d.Body.Parts {
		if part.DoneAt != 0 {
			continue
		}
		if i == len(d.Body.Parts)-1 && failed != nil { // the last hears from the others, and must have heard everything
			break
		}
		n, err := s.erasePart(ctx, d, i)
		failed, held = errors.Join(failed, err), held || n > 0
	}
	ended := failed == nil && !held
	if ended && len(d.Body.Who.Phones) > 0 {
		s.tell(ctx, "erased-"+d.ID, d.Body.Who.Phones[0], "个人信息已删除", "您申请删除的个人信息已在全部服务中删除完毕。")
	}
	_, err := s.erasures.Update(ctx, d.ID, func(tx *docstore.Tx[Erasure]) error {
		switch e := tx.Body; {
		case ended:
			e.Who, e.DueAt, e.DoneAt = personal.Who{UserID: e.UserID}, 0, when.At(tx.Now)
		case failed != nil:
			e.DueAt = when.At(tx.Now.Add(erasureRetry))
		default:
			e.DueAt = when.At(tx.Now.Add(erasureHold))
		}
		return nil
	})
	return errors.Join(failed, err)
}

// erasePart goes through one service's documents to their end, keeping its place. It gives how many are held.
func (s *Service) erasePart(ctx context.Context, d ErasureDoc, i int) (held int, err error) {
	part := d.Body.Parts[i]
	if part.Service == here {
		if err := s.forgetHere(ctx, d.Body.Who); err != nil {
			return 0, err
		}
	}
	for {
		a, err := s.personalData(ctx, part.Service, personal.Request{Who: d.Body.Who, Erase: true, After: part.After})
		if err != nil {
			return 0, err
		}
		part.After, part.Changed, part.Held = a.Next, part.Changed+a.Changed, a.Held
		if a.Next == "" && a.Held == 0 {
			part.DoneAt = when.At(s.now())
		}
		if _, err := s.erasures.Update(ctx, d.ID, func(tx *docstore.Tx[Erasure]) error { tx.Body.Parts[i] = part; return nil }); err != nil {
			return 0, err
		}
		if a.Next == "" {
			return a.Held, nil
		}
	}
}

// personalData asks one service, this one among them. Erasures hold who is to be erased, and look after themselves.
func (s *Service) personalData(ctx context.Context, service string, r personal.Request) (personal.Answer, error) {
	if service == here {
		return personal.Sweep(ctx, s.db, r, "erasures")
	}
	return personal.Ask(ctx, s.peers, service, r)
}

// GetErasure is one for whoever has its receipt. Errors: NotFound.
func (s *Service) GetErasure(ctx context.Context, id string) (ErasureDoc, error) {
	return s.erasures.Get(ctx, id)
}

// ListErasures shows the authority all of them, the newest first.
func (s *Service) ListErasures(ctx context.Context, limit int, cursor string) (docstore.Page[Erasure], error) {
	return s.erasures.Find(ctx, docstore.Query{Index: "byTime", Descending: true, Limit: limit, Cursor: cursor})
}

// forgetPapers takes the person out of invitations, claims, recoveries and the ties to an identity provider.
func (s *Service) forgetPapers(ctx context.Context, w personal.Who) error {
	for _, phone := range w.Phones {
		for _, state := range []string{inviteOpen, inviteAccepting, inviteJoined, inviteWithdrawn} {
			err := each(ctx, s.invitations, docstore.Query{Index: "byPhone", Equal: []any{phone, state}}, func(i *Invitation) {
				i.Phone, i.Name = "erased:"+w.UserID, ""
				if i.State == inviteOpen {
					i.State = inviteWithdrawn
				}
			})
			if err != nil {
				return err
			}
		}
	}
	err := each(ctx, s.claims, docstore.Query{Index: "byUser", Equal: []any{w.UserID}}, func(c *Claim) {
		c.UserName, c.Position, c.Note = erasedName, "", ""
	})
	if err != nil {
		return err
	}
	for _, state := range []RecoveryState{RecoveryOpen, RecoveryApproved, RecoveryDone, RecoveryRefused, RecoveryStopped} {
		err := each(ctx, s.recoveries, docstore.Query{Index: "byPerson", Equal: []any{w.UserID, state}}, func(r *Recovery) {
			r.Name, r.OldPhone, r.NewPhone, r.Evidence = erasedName, "", "", ""
		})
		if err != nil {
			return err
		}
	}
	if s.provider == nil {
		return nil
	}
	return each(ctx, s.identities, docstore.Query{Index: "byPerson", Equal: []any{w.UserID + " " + s.provider.issuer}}, func(i *Identity) {
		i.UserID = "" // the subject may come again, as somebody new
		i.PersonKey = "erased:" + i.PersonKey
	})
}

// forgetSessions ends the person's sessions and takes addresses and devices out of all there ever were.
func (s *Service) forgetSessions(ctx context.Context, userID string) error {
	if err := s.endSessions(ctx, userID, whyErased, func(docstore.Doc[Session]) bool { return true }); err != nil {
		return err
	}
	return each(ctx, s.sessions, docstore.Query{Index: "byUser", Equal: []any{userID}}, func(d *Session) { d.Address, d.UserAgent = "", "" })
}

// each changes every document of a query; the ids are read first, since a change may move a document in the index.
func each[T any](ctx context.Context, c *docstore.Collection[T], q docstore.Query, change func(*T)) error {
	var ids []string
	err := c.Each(ctx, q, func(d docstore.Doc[T]) error { ids = append(ids, d.ID); return nil })
	for _, id := range ids {
		if err == nil {
			_, err = c.Update(ctx, id, func(tx *docstore.Tx[T]) error { change(tx.Body); return nil })
		}
	}
	return err
}

// PersonalData is everything the services hold about the actor.
type PersonalData struct {
	Person      PersonDoc
	Memberships []OrgDoc
	Sessions    []docstore.Doc[Session]
	Claims      []ClaimDoc
	Recoveries  []RecoveryDoc
	Invitations []docstore.Doc[Invitation]
	Identity    bool // tied to the identity provider
	Elsewhere   []Elsewhere
}

// Elsewhere is what one service holds about a person beyond its account. Away says that it did not answer; More, that there is more than is listed.
type Elsewhere struct {
	Service    string
	Items      []personal.Found
	Away, More bool
}

// mostFound is how many places of one service an export lists.
const mostFound = 2000

// GetMyData reads it.
func (s *Service) GetMyData(ctx context.Context) (PersonalData, error) {
	me, err := s.GetMe(ctx)
	if err != nil {
		return PersonalData{}, err
	}
	data := PersonalData{Person: me.Person, Memberships: me.Memberships, Invitations: me.Invitations}
	id := me.Person.ID
	err = s.sessions.Each(ctx, docstore.Query{Index: "byUser", Equal: []any{id}}, func(d docstore.Doc[Session]) error {
		data.Sessions = append(data.Sessions, d)
		return nil
	})
	if err == nil {
		err = s.claims.Each(ctx, docstore.Query{Index: "byUser", Equal: []any{id}}, func(d ClaimDoc) error {
			data.Claims = append(data.Claims, d)
			return nil
		})
	}
	if err == nil {
		err = s.recoveries.Each(ctx, docstore.Query{Index: "byPerson", Equal: []any{id}}, func(d RecoveryDoc) error {
			data.Recoveries = append(data.Recoveries, d)
			return nil
		})
	}
	if err == nil && s.provider != nil {
		var n int64
		n, err = s.identities.Count(ctx, docstore.Query{Index: "byPerson", Equal: []any{id + " " + s.provider.issuer}})
		data.Identity = n > 0
	}
	if err != nil {
		return data, err
	}
	data.Elsewhere = s.elsewhere(ctx, me.Person.Body.who(id, me.Memberships))
	return data, nil
}

// elsewhere asks all services at once where they name a person. One that is away is named, and the rest still shown.
func (s *Service) elsewhere(ctx context.Context, w personal.Who) []Elsewhere {
	all := make([]Elsewhere, len(personal.Holders)+1)
	var asked sync.WaitGroup
	for i, service := range append([]string{here}, personal.Holders...) {
		asked.Go(func() {
			e := &all[i]
			e.Service = service
			r := personal.Request{Who: w}
			for {
				a, err := s.personalData(ctx, service, r)
				if err != nil {
					s.log.Warn("an export lacks what a service holds", "service", service, "error", err)
					e.Away = true
					return
				}
				e.Items = append(e.Items, a.Items...)
				if e.More = len(e.Items) > mostFound; e.More {
					e.Items = e.Items[:mostFound]
					return
				}
				if r.After = a.Next; r.After == "" {
					return
				}
			}
		})
	}
	asked.Wait()
	return all
}
