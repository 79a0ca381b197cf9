package account

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"time"

	notifyapi "lianbang/services/notify/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// texter sends one text message now. Errors: Unavailable, whatever the reason.
type texter interface {
	Text(ctx context.Context, id, phone, subject, text string) error
	// Send is Text with all a message can have. Errors: also Conflict text.refused, for a number that takes none.
	Send(ctx context.Context, m notifyapi.TextMessage) error
}

// notifyTexts sends through the notify service, which knows the way out and keeps nothing of it.
type notifyTexts struct {
	api *notifyapi.ClientWithResponses
}

func newNotifyTexts(peers *http.Client) (notifyTexts, error) {
	c, err := notifyapi.NewClientWithResponses("http://notify", notifyapi.WithHTTPClient(peers))
	return notifyTexts{c}, err
}

// Text sends one message.
func (n notifyTexts) Text(ctx context.Context, id, phone, subject, text string) error {
	return n.Send(ctx, notifyapi.TextMessage{Id: id, Phone: phone, Subject: subject, Text: text})
}

// Send sends one message with its link.
func (n notifyTexts) Send(ctx context.Context, m notifyapi.TextMessage) error {
	answer, err := n.api.SendTextInternalWithResponse(ctx, m)
	if err != nil {
		return rest.Away("notify", err)
	}
	return rest.PeerError("notify", answer.StatusCode(), answer.Body)
}

// CodeSent is what whoever asked for a code is told: the same whether or not somebody has the number.
type CodeSent struct {
	ID      string
	Expires time.Time
	Again   time.Time // when the next can be asked for
}

// RequestPhoneCode sends a code to a number. Nobody is looked up, so neither the answer nor its time says whether the number has an
// account. A repeat of the request (by its idempotency key) sends nothing again. Errors: Invalid number; TooMany for the number, the
// address or the whole product, counted in the store; Unavailable when the message could not be handed over.
func (s *Service) RequestPhoneCode(ctx context.Context, typed string) (CodeSent, error) {
	phone, err := NormalisePhone(typed)
	if err != nil {
		return CodeSent{}, err
	}
	now := s.now()
	id, _ := rest.Creation(ctx, now)
	number := s.codeSecret.mac("number", phone)
	if known, err := s.codesSent.Get(ctx, number); err == nil {
		if i := known.Body.find(id); i >= 0 && known.Body.Codes[i].Sent {
			return codeSent(known.Body.Codes[i]), nil
		}
	} else if fault.KindOf(err) != fault.NotFound {
		return CodeSent{}, err
	}
	digits, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return CodeSent{}, err
	}
	code := fmt.Sprintf("%06d", digits)
	if err := s.takeCodeQuotas(ctx, now); err != nil {
		return CodeSent{}, err
	}
	again := false
	doc, err := s.upsertCodes(ctx, number, func(tx *docstore.Tx[CodesSent]) (err error) {
		again, err = tx.Body.Add(id, s.codeSecret.mac("code", number, id, code), tx.Now)
		return err
	})
	if err != nil {
		return CodeSent{}, err
	}
	sent := doc.Body.Codes[doc.Body.find(id)]
	if again { // the same request at the same moment
		return codeSent(sent), nil
	}
	if err := s.takeQuota(ctx, wholeProduct, s.codesPerHour, 24*s.codesPerHour); err != nil {
		return CodeSent{}, err
	}
	if err := s.texts.Text(ctx, "code-"+id, phone, "验证码 "+code, "5 分钟内有效，用于登录或确认身份。请勿告诉任何人，工作人员不会向您索要。"); err != nil {
		s.log.Warn("a code could not be sent", "error", err)
		return CodeSent{}, fault.New(fault.Unavailable, "auth.code_not_sent", "the message could not be sent; try again")
	}
	_, err = s.codesSent.Update(ctx, number, func(tx *docstore.Tx[CodesSent]) error { tx.Body.Sent(id); return nil })
	return codeSent(sent), err
}

func codeSent(c Code) CodeSent {
	return CodeSent{ID: c.ID, Expires: c.At.Time().Add(CodeLife), Again: c.At.Time().Add(CodeGap)}
}

// wholeProduct is the quota of all numbers and addresses together.
const wholeProduct = "all"

// takeCodeQuotas refuses early when the whole product has sent enough, and counts the address. The product's own count comes last, so
// that what a number's limit refuses spends none of it.
func (s *Service) takeCodeQuotas(ctx context.Context, now time.Time) error {
	all, err := s.quotas.Get(ctx, wholeProduct)
	if err == nil {
		err = all.Body.Room(s.codesPerHour, 24*s.codesPerHour, now)
	} else if fault.KindOf(err) == fault.NotFound {
		err = nil
	}
	if err != nil {
		return err
	}
	address := s.codeSecret.mac("address", network(rest.RequestOf(ctx).RemoteAddr))
	return s.takeQuota(ctx, address, addressCodesHour, addressCodesDay)
}

func (s *Service) takeQuota(ctx context.Context, id string, hourly, daily int64) error {
	_, err := upsert(ctx, s.quotas, id, func(tx *docstore.Tx[Quota]) error { return tx.Body.Take(hourly, daily, tx.Now) })
	return err
}

func (s *Service) upsertCodes(ctx context.Context, id string, fn func(*docstore.Tx[CodesSent]) error) (docstore.Doc[CodesSent], error) {
	return upsert(ctx, s.codesSent, id, fn)
}

// upsert updates a document that is made when it is not there.
func upsert[T any](ctx context.Context, c *docstore.Collection[T], id string, fn func(*docstore.Tx[T]) error) (docstore.Doc[T], error) {
	doc, err := c.Update(ctx, id, fn)
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return doc, err
	}
	var empty T
	if _, err := c.Insert(ctx, id, empty); err != nil && fault.KindOf(err) != fault.Duplicate {
		return doc, err
	}
	return c.Update(ctx, id, fn)
}

// proved reports whether code is the right one of a request for phone, and uses it up for a purpose. Everything else gets one answer.
func (s *Service) proved(ctx context.Context, phone, id, code, purpose string) error {
	begun, err := s.throttle.Begin(map[pace]string{addressPace: network(rest.RequestOf(ctx).RemoteAddr)})
	if err != nil {
		return err
	}
	right := false
	number := s.codeSecret.mac("number", phone)
	_, err = s.codesSent.Update(ctx, number, func(tx *docstore.Tx[CodesSent]) error {
		right = tx.Body.Try(id, s.codeSecret.mac("code", number, id, code), purpose, tx.Now)
		return nil
	})
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	if !right {
		return fault.New(fault.Unauthenticated, "auth.wrong_code", "the code is wrong, used or too old")
	}
	begun.Forgive()
	return nil
}

// SignInByCode opens a session for whoever has the number. A right code of a number nobody has is a Conflict "auth.sign_up_first": the
// number is proved, and SignUp takes the same code. Errors: Unauthenticated "auth.wrong_code" for everything else.
func (s *Service) SignInByCode(ctx context.Context, typed, codeID, code string) (Started, error) {
	phone, err := NormalisePhone(typed)
	if err != nil {
		return Started{}, err
	}
	if err := s.proved(ctx, phone, codeID, code, ""); err != nil {
		return Started{}, err
	}
	doc, found, err := one(ctx, s.people, "byPhone", phone)
	if err != nil {
		return Started{}, err
	}
	if !found {
		return Started{}, fault.New(fault.Conflict, "auth.sign_up_first", "nobody has this number yet; sign up with the same code")
	}
	if err := s.proved(ctx, phone, codeID, code, "session "+rest.NewID(s.now())); err != nil {
		return Started{}, err
	}
	if doc, err = s.provePhone(ctx, doc); err != nil {
		return Started{}, err
	}
	return s.start(ctx, doc, "")
}

// provePhone notes that a person holds its number. Whoever set a password before that may have been somebody else, who typed a number that was
// not theirs and waited: so the first proof takes that password and its sessions away, and says so. Staff's accounts were made by an operator.
func (s *Service) provePhone(ctx context.Context, p PersonDoc) (PersonDoc, error) {
	if p.Body.PhoneProved != 0 {
		return p, nil
	}
	doubtful := p.Body.PasswordHash != "" && p.Body.StaffBy == ""
	if doubtful {
		if err := s.endSessions(ctx, p.ID, whyProved, func(docstore.Doc[Session]) bool { return true }); err != nil {
			return p, err
		}
	}
	return s.people.Update(ctx, p.ID, func(tx *docstore.Tx[Person]) error {
		if tx.Body.PhoneProved != 0 {
			return nil
		}
		tx.Body.PhoneProved = when.At(tx.Now)
		if !doubtful {
			return nil
		}
		tx.Body.PasswordHash = ""
		return tx.Emit(passwordCleared, message{Recipients: []recipient{toPerson(tx.ID)}, Params: map[string]any{}, Link: accountPage})
	})
}

// SetPassword sets a new password by a code sent to the person's own number, which is also how one without a password gets it.
func (s *Service) SetPassword(ctx context.Context, codeID, code, next string) error {
	a := access.From(ctx)
	p, err := s.person(ctx, a)
	if err != nil {
		return err
	}
	if err := CheckPassword(next, p.Body.Phone, "newPassword"); err != nil {
		return err
	}
	if err := s.proved(ctx, p.Body.Phone, codeID, code, "password "+rest.NewID(s.now())); err != nil {
		if f := fault.As(err); f != nil && f.Code == "auth.wrong_code" { // a 401 would sign the page out
			err = fault.Bad(fault.Field{Path: "code", Code: "auth.wrong_code", Detail: "the code is wrong, used or too old"})
		}
		return err
	}
	return s.putPassword(ctx, p, next)
}
