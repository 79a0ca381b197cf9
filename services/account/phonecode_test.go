package account

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"lianbang/services/account/api"
	notifyapi "lianbang/services/notify/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/rest/resttest"
)

// fakeTexts is notify as account sees it when it sends text messages.
type fakeTexts struct {
	mu   sync.Mutex
	sent []notifyapi.TextMessage
	away bool
}

func (f *fakeTexts) app() *fiber.App {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Post("/internal/v1/texts", func(c *fiber.Ctx) error {
		var m notifyapi.TextMessage
		if err := json.Unmarshal(c.Body(), &m); err != nil {
			return err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.away {
			return c.SendStatus(fiber.StatusServiceUnavailable)
		}
		f.sent = append(f.sent, m)
		return c.SendStatus(fiber.StatusNoContent)
	})
	return app
}

func (f *fakeTexts) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.sent)
}

// last is the newest message to a number.
func (f *fakeTexts) last(phone string) notifyapi.TextMessage {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range slices.Backward(f.sent) {
		if m.Phone == phone {
			return m
		}
	}
	return notifyapi.TextMessage{}
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// code asks for a code and reads it off the phone.
func (w *world) code(phone string) (id, code string) {
	w.t.Helper()
	var sent api.PhoneCode
	w.guest.Post("/api/v1/auth/phone-codes", map[string]any{"phone": phone}).Want(202).Into(&sent)
	normal, err := NormalisePhone(phone)
	if err != nil {
		w.t.Fatal(err)
	}
	return sent.CodeId, sixDigits.FindString(w.texts.last(normal).Subject)
}

func bring(phone, id, code string) map[string]any {
	return map[string]any{"phone": phone, "codeId": id, "code": code}
}

// ask is the service asked from an address, past the edge.
func (w *world) ask(address, phone, key string) error {
	_, err := w.service.RequestPhoneCode(rest.WithRequest(w.t.Context(), &rest.Request{RemoteAddr: address, Operation: "requestPhoneCode", IdempotencyKey: key}), phone)
	return err
}

func TestSignInByCode(t *testing.T) {
	w := newWorld(t)
	p := w.loner("安娜")
	id, code := w.code("+86 " + p.phone[:3] + "-" + p.phone[3:])
	s := w.session(p.phone, w.guest.Post("/api/v1/auth/sign-in-by-code", bring(p.phone, id, code)).Want(200))
	if s.id != p.id {
		t.Fatalf("signed in as %s, not %s", s.id, p.id)
	}
	// Used is used, by the same answer as a wrong one.
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(p.phone, id, code)).Refused(401, "auth.wrong_code")
	// Too old is too old.
	w.env.Clock.Advance(CodeGap)
	id, code = w.code(p.phone)
	w.env.Clock.Advance(CodeLife)
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(p.phone, id, code)).Refused(401, "auth.wrong_code")
	// A code is for its own number.
	id, code = w.code(p.phone)
	other := w.loner("别人")
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(other.phone, id, code)).Refused(401, "auth.wrong_code")
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(p.phone, id, code)).Want(200)
}

// Outside rehearsals a number is proved before anything is said about it: one that is taken and one that is free get the same answer.
func TestSignUpTakesACode(t *testing.T) {
	w := newWorld(t)
	known := w.loner("安娜")
	w.service.signUpCode = true
	for _, phone := range []string{known.phone, w.phone()} {
		w.guest.Post("/api/v1/auth/sign-up", map[string]any{"phone": phone, "name": "某人", "password": password}).Refused(422, "invalid").Field("code", "required")
	}
	phone := w.phone()
	id, code := w.code(phone)
	in := bring(phone, id, code)
	in["name"] = "某人"
	w.guest.Post("/api/v1/auth/sign-up", in).Want(201)
}

func TestSignUpByCode(t *testing.T) {
	w := newWorld(t)
	phone := w.phone()
	id, code := w.code(phone)
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(phone, id, code)).Refused(409, "auth.sign_up_first")
	w.env.Clock.Advance(20 * time.Minute) // filling in the form; the number is proved
	in := bring(phone, id, code)
	in["name"], in["organisation"] = "安娜", w.orgInput("安家有限公司")
	in["code"] = "x" + code[1:]
	w.guest.Post("/api/v1/auth/sign-up", in).Refused(401, "auth.wrong_code")
	in["code"] = code
	guest := w.guest.Key("sign-up-by-code-1")
	p := w.session(phone, guest.Post("/api/v1/auth/sign-up", in).Want(201))
	again := w.session(phone, guest.Post("/api/v1/auth/sign-up", in).Want(201)) // cut off and repeated
	if again.id != p.id || p.orgID == "" || again.orgID != p.orgID {
		t.Errorf("%s of %s, then %s of %s", p.id, p.orgID, again.id, again.orgID)
	}
	w.guest.Post("/api/v1/auth/sign-up", in).Want(409) // another request: the number is taken
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(phone, id, code)).Refused(401, "auth.wrong_code")
	var me api.Me
	if p.Get("/api/v1/me").Want(200).Into(&me); me.User.HasPassword {
		t.Error("somebody who never set a password has one")
	}
	// No password opens what has none.
	for _, word := range []string{"", " ", password} {
		w.guest.Post("/api/v1/auth/sign-in", map[string]any{"login": phone, "password": word}).Want(map[bool]int{true: 422, false: 401}[word == ""])
	}
	// It is set by a code.
	w.env.Clock.Advance(CodeGap)
	p = again
	p.Client = w.guest.As(resttest.Token(t, w.env, access.Actor{UserID: p.id}))
	id, code = w.code(phone)
	p.Post("/api/v1/me/password", map[string]any{"codeId": id, "code": "000000", "newPassword": password}).Want(map[bool]int{true: 204, false: 422}[code == "000000"])
	p.Post("/api/v1/me/password", map[string]any{"codeId": id, "code": code, "newPassword": password}).Want(204)
	w.signIn(phone)
}

// Who typed somebody else's number into the sign-up form and waits gets nothing of it: the holder's first code takes the password away.
func TestTheHolderOfANumberTakesItBack(t *testing.T) {
	w := newWorld(t)
	squatter := w.loner("占位者")
	id, code := w.code(squatter.phone)
	holder := w.session(squatter.phone, w.guest.Post("/api/v1/auth/sign-in-by-code", bring(squatter.phone, id, code)).Want(200))
	w.guest.Post("/api/v1/auth/sign-in", map[string]any{"login": squatter.phone, "password": password}).Refused(401, "auth.wrong_credentials")
	squatter.renew().Refused(401, "auth.session_ended")
	holder.renew().Want(200)
	// The second code takes nothing away.
	w.env.Clock.Advance(CodeGap)
	id, code = w.code(holder.phone)
	holder.Client = w.guest.As(resttest.Token(t, w.env, access.Actor{UserID: holder.id}))
	holder.Post("/api/v1/me/password", map[string]any{"codeId": id, "code": code, "newPassword": password}).Want(204)
	w.env.Clock.Advance(CodeGap)
	id, code = w.code(holder.phone)
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(holder.phone, id, code)).Want(200)
	w.signIn(holder.phone)
	// Staff were made by an operator, who knows them.
	officer := w.staff("district_operator", "lanjiang")
	id, code = w.code(officer.phone)
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(officer.phone, id, code)).Want(200)
	w.signIn(officer.phone)
}

// Asking for a code says the same, in the same steps, of a number somebody has and of one nobody has.
func TestACodeTellsNobodyWhoHasAnAccount(t *testing.T) {
	w := newWorld(t)
	known, unknown := w.loner("安娜").phone, w.phone()
	for _, step := range []int{202, 429} { // the first, and the second within the minute
		a := w.guest.Post("/api/v1/auth/phone-codes", map[string]any{"phone": known}).Want(step)
		b := w.guest.Post("/api/v1/auth/phone-codes", map[string]any{"phone": unknown}).Want(step)
		mask := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
		if x, y := mask.ReplaceAllString(string(a.Body), "id"), mask.ReplaceAllString(string(b.Body), "id"); x != y {
			t.Errorf("known %s\nunknown %s", x, y)
		}
		if a.Header.Get("Retry-After") != b.Header.Get("Retry-After") {
			t.Errorf("wait %q and %q", a.Header.Get("Retry-After"), b.Header.Get("Retry-After"))
		}
	}
	if w.texts.count() != 2 {
		t.Errorf("%d messages", w.texts.count())
	}
	// Neither does a wrong code, nor one that was never asked for.
	for _, phone := range []string{known, unknown, "13911112222"} {
		w.guest.Post("/api/v1/auth/sign-in-by-code", bring(phone, "no-such", "123456")).Refused(401, "auth.wrong_code")
	}
}

// Guessing: five tries end a code, ten codes end the day. So at most fifty guesses of a million: 1 in 20,000 a day for one number.
func TestGuessing(t *testing.T) {
	var sent CodesSent
	secret := codeSecret("guessing")
	now, guesses, codes := noon, 0, 0
	for now.Before(noon.Add(24 * time.Hour)) {
		id := fmt.Sprint("code", codes)
		if _, err := sent.Add(id, secret.mac("right"), now); err != nil {
			now = now.Add(time.Duration(fault.As(err).RetryAfter) * time.Second)
			continue
		}
		codes++
		for range 1000 {
			if sent.Try(id, secret.mac("wrong"), "session", now) {
				t.Fatal("a wrong code opened")
			}
		}
		if tries := sent.Codes[len(sent.Codes)-1].Tries; tries != CodeTries {
			t.Fatalf("%d tries counted", tries)
		} else {
			guesses += int(tries)
		}
		if sent.Try(id, secret.mac("right"), "session", now) {
			t.Fatal("the right one opened after the tries were used up")
		}
	}
	if codes != CodesADay || guesses != CodesADay*CodeTries {
		t.Errorf("%d codes and %d guesses in a day", codes, guesses)
	}
	if len(sent.Codes) > CodesADay {
		t.Errorf("%d codes are kept", len(sent.Codes))
	}
}

// A stranger who asks for codes of somebody's number and guesses at them spoils none the holder asked for.
func TestAStrangersGuessesSpoilNothing(t *testing.T) {
	w := newWorld(t)
	p := w.loner("安娜")
	mine, code := w.code(p.phone)
	w.env.Clock.Advance(CodeGap)
	theirs, right := w.code(p.phone)
	for i := range 8 {
		guess := fmt.Sprintf("%06d", (i+1)*111111%1000000)
		if guess == right {
			continue
		}
		w.guest.Post("/api/v1/auth/sign-in-by-code", bring(p.phone, theirs, guess)).Refused(401, "auth.wrong_code")
	}
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(p.phone, theirs, right)).Refused(401, "auth.wrong_code")
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(p.phone, mine, code)).Want(200)
}

// Twenty uses of one code at once open one session, and twenty sign-ups make one person.
func TestOneCodeOnce(t *testing.T) {
	w := newWorld(t)
	p := w.loner("安娜")
	id, code := w.code(p.phone)
	got := atOnce(20, func(int) int {
		return w.guest.Post("/api/v1/auth/sign-in-by-code", bring(p.phone, id, code)).Status
	})
	if got[200] != 1 || got[401] != 19 {
		t.Errorf("20 uses of one code: %v", got)
	}
	phone := w.phone()
	id, code = w.code(phone)
	in := bring(phone, id, code)
	in["name"] = "新人"
	got = atOnce(20, func(int) int { return w.guest.Post("/api/v1/auth/sign-up", in).Status })
	if got[201] != 1 {
		t.Errorf("20 sign-ups with one code: %v", got)
	}
}

// One request is one message, however often and how much at once it is made; and one that did not go out can be made again.
func TestOneRequestOneMessage(t *testing.T) {
	w := newWorld(t)
	phone := w.phone()
	guest := w.guest.Key("one-code")
	w.texts.away = true
	guest.Post("/api/v1/auth/phone-codes", map[string]any{"phone": phone}).Refused(503, "auth.code_not_sent")
	w.texts.away = false
	var first, again api.PhoneCode
	guest.Post("/api/v1/auth/phone-codes", map[string]any{"phone": phone}).Want(202).Into(&first)
	code := sixDigits.FindString(w.texts.last(phone).Subject)
	for range 3 {
		guest.Post("/api/v1/auth/phone-codes", map[string]any{"phone": phone}).Want(202).Into(&again)
	}
	if again != first || w.texts.count() != 1 {
		t.Errorf("%+v then %+v, %d messages", first, again, w.texts.count())
	}
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(phone, first.CodeId, code)).Refused(409, "auth.sign_up_first")
}

// Flooding one number, from as many addresses as there are, sends five messages in an hour and ten in a day.
func TestFloodingOneNumber(t *testing.T) {
	w := newWorld(t)
	phone := w.phone()
	for i := range 12 * 24 { // every five minutes for a day
		_ = w.ask(fmt.Sprintf("198.51.%d.%d", i/250, i%250), phone, "")
		if n := w.texts.count(); i < 12 && n > CodesHour || n > CodesADay {
			t.Fatalf("%d messages after %d minutes", n, 5*i)
		}
		w.env.Clock.Advance(5 * time.Minute)
	}
	if n := w.texts.count(); n != CodesADay {
		t.Errorf("%d messages in a day", n)
	}
}

// Flooding from one address stops at its quota; from many addresses and to many numbers, at the product's. Who has a password signs in all the
// while. All of it outlives a restart.
func TestFloodingFromManyAddresses(t *testing.T) {
	w := newWorld(t)
	p := w.loner("安娜")
	w.service.codesPerHour = 60
	flood := func(address func(i int) string, n int) {
		for i := range n {
			w.seq++
			_ = w.ask(address(i), fmt.Sprintf("137%08d", w.seq), "")
		}
	}
	flood(func(i int) string { return fmt.Sprintf("2001:db8::%x", i+1) }, 50) // one customer's /64
	if n := w.texts.count(); n != addressCodesHour {
		t.Errorf("%d messages for one address", n)
	}
	flood(func(i int) string { return fmt.Sprintf("203.0.%d.%d", i/250, i%250) }, 200)
	if n := w.texts.count(); n != 60 {
		t.Errorf("%d messages for many addresses", n)
	}
	if err := w.ask("192.0.2.1", p.phone, ""); fault.KindOf(err) != fault.TooMany || fault.As(err).RetryAfter < 1 {
		t.Errorf("over the quota: %v", err)
	}
	w.signIn(p.phone)
	// Another process on the same data counts on.
	other := *w.service
	other.throttle = newThrottle(w.env.Now)
	if _, err := other.RequestPhoneCode(t.Context(), w.phone()); fault.KindOf(err) != fault.TooMany {
		t.Errorf("after a restart: %v", err)
	}
	w.env.Clock.Advance(time.Hour)
	if err := w.ask("192.0.2.1", p.phone, ""); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

// Neither the number of somebody without an account nor any code is found in what is stored.
func TestNothingReadableAtRest(t *testing.T) {
	e := resttest.Env(t, "account")
	texts := &fakeTexts{}
	resttest.Serve(t, e, "notify", texts.app())
	var s *Service
	r := resttest.Run(t, e, host.Module{Name: "account", Start: startInside(&s)})
	spec, err := readSpec()
	if err != nil {
		t.Fatal(err)
	}
	resttest.New(t, r.App, spec).Post("/api/v1/auth/phone-codes", map[string]any{"phone": "13822223333"}).Want(202)
	code := sixDigits.FindString(texts.last("13822223333").Subject)
	err = filepath.WalkDir(e.Config.Data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path) //nolint:gosec // the test's own directory
		for _, secret := range []string{"13822223333", `"` + code + `"`} {
			if strings.Contains(string(content), secret) {
				t.Errorf("%s stands in %s", secret, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
