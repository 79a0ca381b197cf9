package account

import (
	"context"
	"crypto/subtle"

	"github.com/google/uuid"
	"golang.org/x/oauth2"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// errNoProvider says that no identity provider is configured.
func errNoProvider() error {
	return fault.New(fault.NotFound, "auth.no_provider", "no identity provider is configured")
}

// BeginIdentity is where the browser goes, and the cookie it keeps meanwhile.
func (s *Service) BeginIdentity(ctx context.Context) (address, cookie string, err error) {
	if s.provider == nil {
		return "", "", errNoProvider()
	}
	_, config, err := s.provider.discover(ctx)
	if err != nil {
		return "", "", err
	}
	f := flight{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(), Until: when.At(s.now().Add(flightLife))}
	cookie, err = s.flights.close(f)
	return config.AuthCodeURL(f.State, oauth2.S256ChallengeOption(f.Verifier), oauth2.SetAuthURLParam("nonce", f.Nonce)), cookie, err
}

// FinishIdentity takes what the provider sent back, once. A subject known here signs in; a new one is linked to whoever has the phone the
// provider verified, or else makes a person of that phone and name. Without them started is nil and cookie lets LinkIdentity tie it to
// whoever signs in next in this browser. Errors: errIdentity for everything that is not good, Unavailable when the provider is away.
func (s *Service) FinishIdentity(ctx context.Context, state, code, kept string) (started *Started, cookie string, err error) {
	if s.provider == nil {
		return nil, "", errNoProvider()
	}
	f, err := s.flights.open(kept, s.now())
	if err != nil || f.State == "" || subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) != 1 {
		return nil, "", errIdentity()
	}
	if _, err := s.usedStates.Insert(ctx, s.codeSecret.mac("state", state), UsedState{At: when.At(s.now())}); err != nil {
		if fault.KindOf(err) == fault.Duplicate {
			err = errIdentity()
		}
		return nil, "", err
	}
	who, err := s.provider.exchange(ctx, code, f)
	if err != nil {
		return nil, "", err
	}
	p, err := s.personOf(ctx, who)
	if err != nil || p.ID == "" {
		if err == nil {
			cookie, err = s.flights.close(flight{Who: &who, Until: when.At(s.now().Add(linkLife))})
		}
		return nil, cookie, err
	}
	session, err := s.start(ctx, p, "")
	return &session, "", err
}

func (s *Service) identityID(who Subject) string {
	return s.codeSecret.mac("identity", who.Issuer, who.ID)
}

// personOf is the person a subject is, linked or made now; the zero document when only the person itself can say.
func (s *Service) personOf(ctx context.Context, who Subject) (PersonDoc, error) {
	id := s.identityID(who)
	known, err := s.identities.Get(ctx, id)
	switch {
	case err == nil && known.Body.UserID != "":
		return s.people.Get(ctx, known.Body.UserID)
	case err != nil && fault.KindOf(err) != fault.NotFound:
		return PersonDoc{}, err
	case who.Phone == "":
		return PersonDoc{}, nil
	}
	p, found, err := one(ctx, s.people, "byPhone", who.Phone)
	if err == nil && !found && who.Name != "" {
		if p, err = s.makePerson(ctx, id, who); fault.KindOf(err) == fault.Conflict { // somebody signed up with the number just now
			p, found, err = one(ctx, s.people, "byPhone", who.Phone)
		} else {
			found = err == nil
		}
	}
	if err != nil || !found {
		return PersonDoc{}, err
	}
	if err := s.link(ctx, who, p.ID); err != nil {
		return PersonDoc{}, err
	}
	return s.provePhone(ctx, p) // the provider did
}

// makePerson makes the person of a subject; the id follows from the subject, so that two sign-ins at once make one.
func (s *Service) makePerson(ctx context.Context, identity string, who Subject) (PersonDoc, error) {
	id := uuid.NewSHA1(uuid.NameSpaceOID, []byte(identity)).String()
	p, err := NewPerson(id, who.Name, who.Phone, "")
	if err != nil {
		return PersonDoc{}, err
	}
	p.Created, p.PhoneProved = when.At(s.now()), when.At(s.now())
	doc, err := s.people.Insert(ctx, id, p, docstore.Fingerprint(identity))
	return doc, personTaken(err)
}

// LinkIdentity ties the subject that came back in this browser to the signed-in person.
func (s *Service) LinkIdentity(ctx context.Context, kept string) error {
	f, err := s.flights.open(kept, s.now())
	if err != nil || f.Who == nil {
		return fault.New(fault.Conflict, "auth.nothing_to_link", "begin at the identity provider again")
	}
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return err
	}
	return s.link(ctx, *f.Who, a.UserID)
}

// link ties a subject to a person, for good. Conflict when either is tied to another.
func (s *Service) link(ctx context.Context, who Subject, userID string) error {
	id := s.identityID(who)
	_, err := s.identities.Insert(ctx, id, Identity{UserID: userID, PersonKey: userID + " " + who.Issuer, Linked: when.At(s.now())})
	if err == nil || fault.KindOf(err) != fault.Duplicate {
		return err
	}
	if known, lookup := s.identities.Get(ctx, id); lookup == nil && known.Body.UserID == userID {
		return nil
	}
	return fault.New(fault.Conflict, "auth.identity_taken", "this identity, or this account, is linked to another already")
}
