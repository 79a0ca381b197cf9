package account

import (
	"context"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// erasedName stands in traces for somebody whose data was erased; decisions keep the person's id as a pseudonym.
const erasedName = "已注销用户"

// Erase takes everything that says who a person is out of its document.
func (p *Person) Erase(id string, now when.Instant) {
	*p = Person{Name: erasedName, Phone: "erased:" + id, EmailKey: id, Created: p.Created, Erased: now}
}

// forget takes a person out of the organisation: its membership, its name in the trace, and the contact that is its number.
func (o *Organisation) forget(userID, phone string) {
	if i := o.member(userID); i >= 0 {
		o.Members = append(o.Members[:i:i], o.Members[i+1:]...)
	}
	for i := range o.History {
		e := &o.History[i]
		if e.By == userID {
			e.Name = erasedName
		}
		if e.Action == "handOverMember" { // it names both, who left and who took over
			e.Reason = ""
		}
	}
	if o.Profile.Contact.Phone != "" && o.Profile.Contact.Phone == phone {
		o.Profile.Contact = Contact{}
	}
}

// EraseMe erases the actor's personal data on its request, proved by a code sent to its number. What others must be able to rely on stays
// under the person's id: decisions, and that there was somebody. The inbox hears of it (person.erased); what an organisation wrote in its
// demands and dealings is the organisation's and stays. Each step can be repeated, and the person's own document comes last, so that a
// request cut short can be made again. Errors: Conflict for the last owner of an organisation, who hands it over first, and for staff.
func (s *Service) EraseMe(ctx context.Context, codeID, code string) error {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return err
	}
	p, err := s.person(ctx, a)
	if err != nil {
		return err
	}
	if p.Body.Staff != "" {
		return fault.New(fault.Conflict, "person.has_post", "the post ends first")
	}
	orgs, err := s.orgs.GetMany(ctx, p.Body.OrgIDs)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		if o.Body.RoleOf(p.ID) == access.Owner && o.Body.owners() == 1 {
			return errLastOwner()
		}
	}
	if err := s.proved(ctx, p.Body.Phone, codeID, code, "erasure of "+p.ID); err != nil {
		return fault.Bad(fault.Field{Path: "code", Code: "auth.wrong_code", Detail: "the code is wrong, used or too old"})
	}
	for _, o := range orgs {
		if _, err := s.orgs.Update(ctx, o.ID, func(tx *docstore.Tx[Organisation]) error { tx.Body.forget(p.ID, p.Body.Phone); return nil }); err != nil {
			return err
		}
	}
	if err := s.forgetPapers(ctx, p); err != nil {
		return err
	}
	if err := s.forgetSessions(ctx, p.ID); err != nil {
		return err
	}
	_, err = s.people.Update(ctx, p.ID, func(tx *docstore.Tx[Person]) error {
		tx.Body.Erase(tx.ID, when.At(tx.Now))
		return tx.Emit(personErased, map[string]any{"userId": tx.ID})
	})
	return err
}

// forgetPapers takes the person out of invitations, claims, recoveries and the ties to an identity provider.
func (s *Service) forgetPapers(ctx context.Context, p PersonDoc) error {
	for _, state := range []string{inviteOpen, inviteAccepting, inviteJoined, inviteWithdrawn} {
		err := each(ctx, s.invitations, docstore.Query{Index: "byPhone", Equal: []any{p.Body.Phone, state}}, func(i *Invitation) {
			i.Phone, i.Name = "erased:"+p.ID, ""
			if i.State == inviteOpen {
				i.State = inviteWithdrawn
			}
		})
		if err != nil {
			return err
		}
	}
	err := each(ctx, s.claims, docstore.Query{Index: "byUser", Equal: []any{p.ID}}, func(c *Claim) {
		c.UserName, c.Position, c.Note = erasedName, "", ""
		for i := range c.History {
			if c.History[i].By == p.ID {
				c.History[i].Name = erasedName
			}
		}
	})
	if err != nil {
		return err
	}
	for _, state := range []RecoveryState{RecoveryOpen, RecoveryApproved, RecoveryDone, RecoveryRefused, RecoveryStopped} {
		err := each(ctx, s.recoveries, docstore.Query{Index: "byPerson", Equal: []any{p.ID, state}}, func(r *Recovery) {
			r.Name, r.OldPhone, r.NewPhone, r.Evidence = erasedName, "", "", ""
		})
		if err != nil {
			return err
		}
	}
	if s.provider == nil {
		return nil
	}
	return each(ctx, s.identities, docstore.Query{Index: "byPerson", Equal: []any{p.ID + " " + s.provider.issuer}}, func(i *Identity) {
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

// PersonalData is everything the account service holds about the actor.
type PersonalData struct {
	Person      PersonDoc
	Memberships []OrgDoc
	Sessions    []docstore.Doc[Session]
	Claims      []ClaimDoc
	Recoveries  []RecoveryDoc
	Invitations []docstore.Doc[Invitation]
	Identity    bool // tied to the identity provider
}

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
	return data, err
}
