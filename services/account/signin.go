package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// PersonDoc is a stored person.
type PersonDoc = docstore.Doc[Person]

// Me is the signed-in person with everything its first page needs.
type Me struct {
	Person      PersonDoc
	Actor       access.Actor
	Memberships []OrgDoc // those it really is a member of
	Invitations []docstore.Doc[Invitation]
	Recovery    RecoveryDoc // of its account, under way; the zero document without one
}

// Started is a session with its tokens. Refresh is empty when the cookie stays as it is.
type Started struct {
	Access  string
	Expires time.Time
	Refresh string
	Me      Me
}

// NewSignUp is what somebody signs up with.
type NewSignUp struct {
	Phone, Email, Name string
	Password           string // may be empty with a code
	CodeID, Code       string // proof of the phone; may be empty with a password
	Organisation       *Profile
	Facts              []Fact
}

// SignUp makes a person, usually with the organisation it owns, and signs it in. With an idempotency key a cut-off sign-up is taken up
// where it stopped; since a repeat signs in, it must bring the password or the code too.
func (s *Service) SignUp(ctx context.Context, in NewSignUp) (Started, error) {
	now := s.now()
	begun, err := s.throttle.Begin(map[pace]string{signUpPace: network(rest.RequestOf(ctx).RemoteAddr)})
	if err != nil {
		return Started{}, err
	}
	_ = begun                          // a sign-up always counts
	if s.signUpCode && in.Code == "" { // before anything is looked up: without proof of the number nothing is said about it
		return Started{}, fault.Bad(fault.Field{Path: "code", Code: "required", Detail: "the code sent to the number"})
	}
	id, key := rest.Creation(ctx, now)
	p, err := NewPerson(id, in.Name, in.Phone, in.Email)
	if err != nil {
		return Started{}, err
	}
	if in.Password != "" || in.Code == "" {
		if err := CheckPassword(in.Password, p.Phone, "password"); err != nil {
			return Started{}, err
		}
	}
	p.Created = when.At(now)
	if in.Code != "" || s.demo { // the numbers of a demo are invented: nobody can prove them
		p.PhoneProved = when.At(now)
	}
	by := By{UserID: id, Name: p.Name}
	orgID, fingerprint := "", ""
	var org Organisation
	if in.Organisation != nil {
		if orgID = rest.NewID(now); key != "" {
			orgID = secondID(id, "organisation")
		}
		if org, err = s.newOrganisation(ctx, *in.Organisation, in.Facts, by); err != nil {
			return Started{}, prefixed("organisation", err)
		}
		holder, taken, err := one(ctx, s.orgs, "byCreditCode", org.CreditKey)
		if err != nil {
			return Started{}, err
		}
		if taken && holder.ID != orgID {
			return Started{}, prefixed("organisation", errTaken(holder))
		}
		p.SeeksIn(orgID)
	}
	if key != "" { // never the body's hash: it holds the password
		fingerprint = signUpFingerprint(p, org.Profile.Name, org.Profile.CreditCode)
	}
	if in.Code != "" {
		if err := s.proved(ctx, p.Phone, in.CodeID, in.Code, "person "+id); err != nil {
			return Started{}, err
		}
	}
	if in.Password != "" {
		if p.PasswordHash, err = s.passwords.Hash(ctx, in.Password); err != nil {
			return Started{}, err
		}
	}
	doc, err := s.people.Insert(ctx, id, p, docstore.Fingerprint(fingerprint))
	if err != nil {
		return Started{}, personTaken(err)
	}
	if doc.Body.PasswordHash != p.PasswordHash && in.Code == "" { // a repeat
		if same, err := s.passwords.Check(ctx, in.Password, doc.Body.PasswordHash); err != nil || !same {
			return Started{}, orElse(err, fault.New(fault.Conflict, "idempotency_key_reused", "the idempotency key was used for another request"))
		}
	}
	if in.Organisation != nil {
		if _, err := s.insertOrganisation(ctx, orgID, fingerprint, org); err != nil {
			return Started{}, prefixed("organisation", err)
		}
	}
	return s.start(ctx, doc, orgID)
}

func signUpFingerprint(p Person, orgName, creditCode string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{"signUp", p.Phone, p.Email, p.Name, creditCode, orgName}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// prefixed puts the paths of an Invalid or Conflict fault's fields under a parent.
func prefixed(parent string, err error) error {
	f := fault.As(err)
	if f == nil || len(f.Fields) == 0 {
		return err
	}
	moved := *f
	moved.Fields = nil
	for _, field := range f.Fields {
		field.Path = parent + "." + field.Path
		moved.Fields = append(moved.Fields, field)
	}
	return &moved
}

// personTaken names a taken phone or e-mail.
func personTaken(err error) error {
	f := fault.As(err)
	if f == nil || f.Kind != fault.Duplicate || len(f.Fields) == 0 {
		return err
	}
	path, code := "phone", "auth.phone_taken"
	if f.Fields[0].Path == "emailKey" {
		path, code = "email", "auth.email_taken"
	}
	g := fault.New(fault.Conflict, code, "there is an account with this "+path+" already")
	g.Fields = []fault.Field{{Path: path, Code: code}}
	return g
}

// SignIn opens a session. An unknown person and a wrong password are the same answer after the same work.
func (s *Service) SignIn(ctx context.Context, login, password string) (Started, error) {
	address := network(rest.RequestOf(ctx).RemoteAddr)
	index, key := "byPhone", ""
	if phone, err := NormalisePhone(login); err == nil {
		key = phone
	} else if email, err := NormaliseEmail(login); err == nil {
		index, key = "byEmail", email
	}
	counted := key
	if counted == "" {
		counted = strings.ToLower(trimmed(login))
	}
	begun, err := s.throttle.Begin(map[pace]string{pairPace: counted + " " + address, loginPace: counted, addressPace: address})
	if err != nil {
		return Started{}, err
	}
	var doc PersonDoc
	if key != "" {
		if doc, _, err = one(ctx, s.people, index, key); err != nil {
			return Started{}, err
		}
	}
	same, err := s.passwords.Check(ctx, password, doc.Body.PasswordHash)
	if err != nil {
		return Started{}, err
	}
	if !same {
		return Started{}, fault.New(fault.Unauthenticated, "auth.wrong_credentials", "phone, e-mail or password is wrong")
	}
	begun.Forgive()
	return s.start(ctx, doc, "")
}

// start opens a session for a person who has proved itself, acting for orgID or else for the first organisation it is a member of.
func (s *Service) start(ctx context.Context, p PersonDoc, orgID string) (Started, error) {
	now := s.now()
	me, err := s.look(ctx, p, "", orgID)
	if err != nil {
		return Started{}, err
	}
	if me.Actor.OrgID == "" && len(me.Memberships) > 0 {
		if me, err = s.look(ctx, p, "", me.Memberships[0].ID); err != nil {
			return Started{}, err
		}
	}
	id := rest.NewID(now)
	session, token, err := openSession(id, p.ID, me.Actor.OrgID, now)
	if err != nil {
		return Started{}, err
	}
	session.seen(rest.RequestOf(ctx))
	if _, err := s.sessions.Insert(ctx, id, session); err != nil {
		return Started{}, err
	}
	me.Actor.SessionID = id
	return s.issue(me, token.String())
}

func (s *Session) seen(r rest.Request) {
	s.Address = r.RemoteAddr
	if s.UserAgent = r.UserAgent; len(s.UserAgent) > 300 {
		s.UserAgent = strings.ToValidUTF8(s.UserAgent[:300], "")
	}
}

func (s *Service) issue(me Me, refresh string) (Started, error) {
	token, expires, err := access.Sign(s.keys[0], me.Actor, s.now())
	return Started{Access: token, Expires: expires, Refresh: refresh, Me: me}, err
}

// look reads who a person is now: the organisations it is a member of, its post, and the actor it is when acting for orgID (for none
// when it is no member there).
func (s *Service) look(ctx context.Context, p PersonDoc, sessionID, orgID string) (Me, error) {
	me := Me{Person: p, Actor: access.Actor{UserID: p.ID, SessionID: sessionID, Staff: p.Body.Staff, District: p.Body.District}}
	orgs, err := s.orgs.GetMany(ctx, p.Body.OrgIDs)
	if err != nil {
		return Me{}, err
	}
	for _, o := range orgs {
		role := o.Body.RoleOf(p.ID)
		if role == "" {
			continue
		}
		me.Memberships = append(me.Memberships, o)
		if o.ID == orgID {
			me.Actor.OrgID, me.Actor.Role, me.Actor.Capacities = o.ID, role, o.Body.Profile.Capacities
			me.Actor.Verified = o.Body.State == Verified
		}
	}
	page, err := s.invitations.Find(ctx, docstore.Query{Index: "byPhone", Equal: []any{p.Body.Phone, inviteOpen}, Descending: true})
	if err != nil {
		return Me{}, err
	}
	for _, i := range page.Items {
		if when.At(s.now()) < i.Body.Expires {
			me.Invitations = append(me.Invitations, i)
		}
	}
	me.Recovery, err = s.openRecoveryOf(ctx, p.ID)
	return me, err
}

// RefreshSession trades the refresh token. A token used twice, and not just now in another tab, ends the session.
func (s *Service) RefreshSession(ctx context.Context, token string) (Started, error) {
	t, err := readRefreshToken(token)
	if err != nil {
		return Started{}, err
	}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return Started{}, err
	}
	var next refreshToken
	var reused bool
	doc, err := s.sessions.Update(ctx, t.session, func(tx *docstore.Tx[Session]) (err error) {
		before := tx.Body.Generation
		if next, reused, err = tx.Body.Rotate(t, salt, tx.Now); err == nil && tx.Body.Generation != before {
			tx.Body.seen(rest.RequestOf(ctx))
		}
		return err
	})
	switch {
	case fault.As(err) != nil && fault.KindOf(err) == fault.NotFound:
		return Started{}, errSessionEnded()
	case err != nil:
		return Started{}, err
	case reused:
		s.log.Warn("a refresh token was used twice; its session was ended", "session", t.session, "user", doc.Body.UserID)
		return Started{}, errSessionEnded()
	}
	p, err := s.people.Get(ctx, doc.Body.UserID)
	if err != nil {
		return Started{}, err
	}
	me, err := s.look(ctx, p, t.session, doc.Body.OrgID)
	if err != nil {
		return Started{}, err
	}
	return s.issue(me, next.String())
}

// SignOut ends the session of a refresh token, else the actor's. There being none is fine.
func (s *Service) SignOut(ctx context.Context, token string) error {
	id := access.From(ctx).SessionID
	t, err := readRefreshToken(token)
	if err == nil {
		id = t.session
	}
	if id == "" {
		return nil
	}
	ours := err != nil // an access token proved it
	_, err = s.sessions.Update(ctx, id, func(tx *docstore.Tx[Session]) error {
		if ours || sameHash(t.family, tx.Body.FamilyHash) {
			tx.Body.End(whySignedOut, tx.Now)
		}
		return nil
	})
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// SignOutEverywhere ends all of the actor's sessions.
func (s *Service) SignOutEverywhere(ctx context.Context) error {
	return s.endSessions(ctx, access.From(ctx).UserID, whyElsewhere, func(docstore.Doc[Session]) bool { return true })
}

// endSessions ends the open sessions of a person that which chooses.
func (s *Service) endSessions(ctx context.Context, userID, why string, which func(docstore.Doc[Session]) bool) error {
	var ids []string
	err := s.sessions.Each(ctx, openSessionsOf(userID), func(d docstore.Doc[Session]) error {
		if which(d) {
			ids = append(ids, d.ID)
		}
		return nil
	})
	for _, id := range ids { // ended after the walk: ending takes a session out of the index walked
		if err == nil {
			_, err = s.sessions.Update(ctx, id, func(tx *docstore.Tx[Session]) error { tx.Body.End(why, tx.Now); return nil })
		}
	}
	return err
}

func openSessionsOf(userID string) docstore.Query {
	return docstore.Query{Index: "byUser", Equal: []any{userID, when.Instant(0)}, Descending: true}
}

// ListSessions lists where the actor is signed in, last used first.
func (s *Service) ListSessions(ctx context.Context) ([]docstore.Doc[Session], error) {
	var open []docstore.Doc[Session]
	q := openSessionsOf(access.From(ctx).UserID)
	q.Limit = docstore.MaxLimit
	page, err := s.sessions.Find(ctx, q)
	for _, d := range page.Items {
		if d.Body.Open(s.now()) {
			open = append(open, d)
		}
	}
	return open, err
}

// EndSession ends one of the actor's sessions.
func (s *Service) EndSession(ctx context.Context, id string) error {
	a := access.From(ctx)
	_, err := s.sessions.Update(ctx, id, func(tx *docstore.Tx[Session]) error {
		if tx.Body.UserID != a.UserID {
			return access.Hide.Err()
		}
		tx.Body.End(whyElsewhere, tx.Now)
		return nil
	})
	return err
}

// GetMe is who the actor is now, not when its token was made.
func (s *Service) GetMe(ctx context.Context) (Me, error) {
	a := access.From(ctx)
	p, err := s.person(ctx, a)
	if err != nil {
		return Me{}, err
	}
	return s.look(ctx, p, a.SessionID, a.OrgID)
}

// person is the actor's own document; a token whose person is not here is of another product.
func (s *Service) person(ctx context.Context, a access.Actor) (PersonDoc, error) {
	p, err := s.people.Get(ctx, a.UserID)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return p, errSessionEnded()
	}
	return p, err
}

// EditMe changes the actor's name and e-mail.
func (s *Service) EditMe(ctx context.Context, name, email string) (Me, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return Me{}, err
	}
	a := access.From(ctx)
	p, err := s.people.Update(ctx, a.UserID, func(tx *docstore.Tx[Person]) error {
		old := tx.Body.Name
		if tx.Body.Name = trimmed(name); tx.Body.Name == "" {
			return fault.Bad(fault.Field{Path: "name", Code: "required"})
		}
		tx.Body.Was.Names = keep(tx.Body.Was.Names, old, tx.Body.Name)
		return tx.Body.setEmail(tx.ID, email)
	}, docstore.IfRev(rev))
	if err != nil {
		return Me{}, personTaken(err)
	}
	return s.look(ctx, p, a.SessionID, a.OrgID)
}

// ChangePassword sets a new password and ends all other sessions. The present password can be guessed at no faster here than at sign-in.
func (s *Service) ChangePassword(ctx context.Context, current, next string) error {
	a := access.From(ctx)
	begun, err := s.throttle.Begin(map[pace]string{pairPace: "change " + a.UserID})
	if err != nil {
		return err
	}
	p, err := s.person(ctx, a)
	if err != nil {
		return err
	}
	same, err := s.passwords.Check(ctx, current, p.Body.PasswordHash)
	if err != nil {
		return err
	}
	if !same {
		return fault.Bad(fault.Field{Path: "currentPassword", Code: "auth.wrong_credentials", Detail: "this is not the present password"})
	}
	begun.Forgive()
	if err := CheckPassword(next, p.Body.Phone, "newPassword"); err != nil {
		return err
	}
	return s.putPassword(ctx, p, next)
}

// putPassword stores a new password and ends all of the person's sessions but the actor's.
func (s *Service) putPassword(ctx context.Context, p PersonDoc, next string) error {
	hash, err := s.passwords.Hash(ctx, next)
	if err != nil {
		return err
	}
	if _, err := s.people.Update(ctx, p.ID, func(tx *docstore.Tx[Person]) error { tx.Body.PasswordHash = hash; return nil }); err != nil {
		return err
	}
	return s.endSessions(ctx, p.ID, whyPassword, func(d docstore.Doc[Session]) bool { return d.ID != access.From(ctx).SessionID })
}

// SwitchOrganisation makes the session act for another of the person's organisations, or for none.
func (s *Service) SwitchOrganisation(ctx context.Context, orgID string) (Started, error) {
	a := access.From(ctx)
	p, err := s.person(ctx, a)
	if err != nil {
		return Started{}, err
	}
	me, err := s.look(ctx, p, a.SessionID, orgID)
	if err != nil {
		return Started{}, err
	}
	if me.Actor.OrgID != orgID { // not a member: whether it exists is not said
		return Started{}, access.Hide.Err()
	}
	_, err = s.sessions.Update(ctx, a.SessionID, func(tx *docstore.Tx[Session]) error {
		if tx.Body.UserID != a.UserID || !tx.Body.Open(tx.Now) {
			return errSessionEnded()
		}
		tx.Body.OrgID = orgID
		return nil
	})
	if err != nil {
		return Started{}, err
	}
	return s.issue(me, "")
}

// Standing asks whether a session, a role and a post still are what a token says they are. Without a session it asks of the person
// alone: for what is done on somebody's behalf when they are not there.
func (s *Service) Standing(ctx context.Context, a access.Actor) (bool, error) {
	if a.SessionID != "" {
		session, err := s.sessions.Get(ctx, a.SessionID)
		if err != nil {
			return false, ignoreAbsent(err)
		}
		if session.Body.UserID != a.UserID || !session.Body.Open(s.now()) {
			return false, nil
		}
	}
	p, err := s.people.Get(ctx, a.UserID)
	if err != nil {
		return false, ignoreAbsent(err)
	}
	if a.Staff != "" && (p.Body.Staff != a.Staff || a.District != "" && p.Body.District != a.District) {
		return false, nil
	}
	if a.OrgID == "" {
		return true, nil
	}
	org, err := s.orgs.Get(ctx, a.OrgID)
	if err != nil {
		return false, ignoreAbsent(err)
	}
	role := org.Body.RoleOf(a.UserID)
	return role != "" && (a.Role == "" || a.Role == role), nil
}

func ignoreAbsent(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// stillStands refuses an actor whose session or standing ended since its token was made. Peers have no session; neither has a token
// made outside a session, which only a holder of the signing key can make.
func (s *Service) stillStands(ctx context.Context, a access.Actor) error {
	if a.SessionID == "" {
		return nil
	}
	stands, err := s.Standing(ctx, a)
	if err == nil && !stands {
		err = errSessionEnded()
	}
	return err
}

// People reads several for peers, in the order of ids; unknown ones are left out. Only organisations they are members of are named.
func (s *Service) People(ctx context.Context, ids []string) ([]PersonDoc, error) {
	people, err := s.people.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	var orgIDs []string
	for _, p := range people {
		orgIDs = append(orgIDs, p.Body.OrgIDs...)
	}
	slices.Sort(orgIDs)
	orgs := map[string]OrgDoc{}
	for chunk := range slices.Chunk(slices.Compact(orgIDs), docstore.MaxLimit) {
		docs, err := s.orgs.GetMany(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for _, o := range docs {
			orgs[o.ID] = o
		}
	}
	for i := range people {
		p := &people[i]
		p.Body.OrgIDs = slices.DeleteFunc(slices.Clone(p.Body.OrgIDs), func(id string) bool {
			o, ok := orgs[id]
			return !ok || o.Body.RoleOf(p.ID) == ""
		})
	}
	return people, nil
}
