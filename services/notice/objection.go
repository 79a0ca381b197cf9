package notice

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lianbang/services/platform/blob"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Objection (异议) is what somebody with a name has against a notice. It holds the person's contact sealed; nothing else here says who
// filed it. Its document id is its own; the receipt's code finds it by a hash.
type Objection struct {
	NoticeID    string     `json:"noticeId"`
	NoticeTitle string     `json:"noticeTitle"`
	District    string     `json:"district"`
	Standing    Stage      `json:"state"`
	Text        string     `json:"text"`            // what is wrong
	Basis       string     `json:"basis,omitempty"` // facts and clauses it rests on
	Files       []blob.Ref `json:"files,omitempty"`
	Sealed      string     `json:"sealed"`   // Contact, encrypted
	CodeHash    string     `json:"codeHash"` // of the receipt's query code
	FiledAt     int64      `json:"filedAt"`
	DecideBy    int64      `json:"decideBy"`
	DecidedAt   int64      `json:"decidedAt,omitempty"`
	AnswerBy    int64      `json:"answerBy,omitempty"`
	AnsweredAt  int64      `json:"answeredAt,omitempty"`
	Reason      string     `json:"reason,omitempty"` // of the refusal or the answer, published
	Handler     string     `json:"handler,omitempty"`
	Escalations []int64    `json:"escalations,omitempty"`
	Late        bool       `json:"late,omitempty"` // the deadline that runs now was escalated
	Looks       []Look     `json:"looks,omitempty"`
	DueAt       int64      `json:"dueAt"`
}

// Stage is where an objection stands.
type Stage string

// The stages: filed, then accepted or refused; an accepted one is answered by one of the last two.
const (
	Filed        Stage = "filed"
	WasAccepted  Stage = "accepted"
	WasRefused   Stage = "refused"
	WasDismissed Stage = "dismissed"
	WasUpheld    Stage = "upheld"
)

// Look is one time an operator read the contact. The objector sees them.
type Look struct {
	At     int64  `json:"at"`
	UserID string `json:"userId"`
}

// Contact is who objects, and where to reach them. It is kept encrypted and leaves this service to the handler alone.
type Contact struct {
	Name     string `json:"name"`
	Phone    string `json:"phone,omitempty"`
	Email    string `json:"email,omitempty"`
	IDNumber string `json:"idNumber,omitempty"` // resident identity number, given freely
}

// Rules are how objections are handled: data of the city.
type Rules struct {
	DecideWorkingDays int // to accept or refuse
	AnswerWorkingDays int // to answer what was accepted
}

var (
	mobileForm = regexp.MustCompile(`^(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})$`)
	mailForm   = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
)

// Check refuses a contact nobody could be reached by. Errors: Invalid.
func (c Contact) Check() error {
	var bad []fault.Field
	letters := 0
	for _, r := range c.Name {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	if letters < 2 || strings.ContainsFunc(c.Name, unicode.IsDigit) {
		bad = append(bad, fault.Field{Path: "name", Code: "invalid", Detail: "the real name"})
	}
	if c.Phone == "" && c.Email == "" {
		bad = append(bad, fault.Field{Path: "phone", Code: "required", Detail: "a phone number or a mail address"})
	}
	if c.Phone != "" && !mobileForm.MatchString(c.Phone) {
		bad = append(bad, fault.Field{Path: "phone", Code: "bad_format", Detail: "a mobile number, or an area code and a number"})
	}
	if c.Email != "" && !mailForm.MatchString(c.Email) {
		bad = append(bad, fault.Field{Path: "email", Code: "bad_format", Detail: "a mail address"})
	}
	if c.IDNumber != "" && !validIDNumber(c.IDNumber) {
		bad = append(bad, fault.Field{Path: "idNumber", Code: "bad_format", Detail: "18 characters with a fitting check character (GB 11643)"})
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// validIDNumber holds a resident identity number to its check character, GB 11643-1999.
func validIDNumber(s string) bool {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	if len(s) != 18 {
		return false
	}
	sum := 0
	for i, w := range weights {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		sum += int(s[i]-'0') * w
	}
	return strings.ToUpper(s)[17] == "10X98765432"[sum%11]
}

// Tail is what the objector types beside the code: the last four digits of the phone or, without one, the first four characters of the
// mail address.
func (c Contact) Tail() string {
	if c.Phone != "" {
		return c.Phone[len(c.Phone)-4:]
	}
	runes := []rune(strings.ToLower(c.Email))
	return string(runes[:min(4, len(runes))])
}

// Betrayed reports whether a text that will be published says who objected.
func (c Contact) Betrayed(text string) bool {
	for _, private := range []string{c.Name, c.Phone, c.Email, c.IDNumber} {
		if utf8.RuneCountInString(private) > 1 && strings.Contains(strings.ToLower(text), strings.ToLower(private)) {
			return true
		}
	}
	return false
}

// Receivable answers whether an objection may be filed now. Errors: Conflict "notice.final" for an announcement, "objection.late" once the
// notice is over.
func (n *Notice) Receivable(now time.Time) error {
	switch {
	case n.Type != Public:
		return fault.New(fault.Conflict, "notice.final", "an announcement cannot be objected to")
	case n.Final() || n.Due(now):
		return fault.New(fault.Conflict, "objection.late", "the notice is over; objections are taken while it stands")
	}
	return nil
}

// File makes a filed objection against a notice. The decision is due by its own clock, and before the notice ends: later it could not
// pause anything.
func File(o Objection, n *Notice, now time.Time, r Rules, cal when.Calendar) Objection {
	o.NoticeTitle, o.District, o.Standing, o.FiledAt = n.Title, n.District, Filed, millis(now)
	o.DecideBy = millis(cal.After(now, r.DecideWorkingDays))
	if n.State == Open {
		o.DecideBy = min(o.DecideBy, n.EndsAt)
	}
	o.wind()
	return o
}

// MaxFiles is how many files an objection may have.
const MaxFiles = 5

// Attach adds a file while the objection waits for its decision. Errors: Conflict.
func (o *Objection) Attach(f blob.Ref) error {
	if err := o.Attachable(); err != nil {
		return err
	}
	o.Files = append(o.Files, f)
	return nil
}

// Attachable answers whether one more file may be added. Errors: Conflict.
func (o *Objection) Attachable() error {
	switch {
	case o.Standing != Filed:
		return fault.New(fault.Conflict, "objection.decided", "files are taken until it is decided whether the objection is accepted")
	case len(o.Files) >= MaxFiles:
		return fault.New(fault.Conflict, "objection.too_many_files", "an objection has five files at most")
	}
	return nil
}

// May answers whether a verdict fits where the objection stands. Errors: Conflict.
func (o *Objection) May(v Verdict) error {
	switch {
	case o.Standing == Filed && (v == Accepted || v == Refused), o.Standing == WasAccepted && (v == Dismissed || v == Upheld):
		return nil
	case o.Standing == Filed:
		return fault.New(fault.Conflict, "objection.not_accepted", "only an accepted objection is answered")
	}
	return fault.New(fault.Conflict, "objection.decided", "this was decided already")
}

// Follow brings the objection to what its notice says of it. Following the same case again changes nothing.
func (o *Objection) Follow(c Case, r Rules, cal when.Calendar) error {
	if string(o.Standing) == string(c.Verdict) {
		return nil
	}
	if err := o.May(c.Verdict); err != nil {
		return err
	}
	o.Standing, o.Handler, o.Late = Stage(c.Verdict), c.Decision.By, false
	switch c.Verdict {
	case Accepted:
		o.DecidedAt, o.AnswerBy = c.At, millis(cal.After(at(c.At), r.AnswerWorkingDays))
	case Refused:
		o.DecidedAt, o.Reason = c.At, c.Decision.Reason
	default:
		o.AnsweredAt, o.Reason = c.At, c.Decision.Reason
	}
	o.wind()
	return nil
}

// Overdue reports whether the deadline that runs has passed without having been escalated.
func (o *Objection) Overdue(now time.Time) bool { return o.DueAt != 0 && millis(now) >= o.DueAt }

// Escalate notes that a deadline has passed: each deadline once. Errors: Conflict when none has.
func (o *Objection) Escalate(now time.Time) error {
	if !o.Overdue(now) {
		return fault.New(fault.Conflict, "", "no deadline has passed")
	}
	o.Escalations, o.Late = append(o.Escalations, millis(now)), true
	o.wind()
	return nil
}

// Look records that an operator read the contact.
func (o *Objection) Look(userID string, now time.Time) {
	if len(o.Looks) == maxLooks {
		o.Looks = slices.Delete(o.Looks, 0, 1)
	}
	o.Looks = append(o.Looks, Look{At: millis(now), UserID: userID})
}

const maxLooks = 200

// wind sets when the deadline that runs has passed; 0 when none runs or it was escalated.
func (o *Objection) wind() {
	o.DueAt = 0
	switch {
	case o.Late:
	case o.Standing == Filed:
		o.DueAt = o.DecideBy
	case o.Standing == WasAccepted:
		o.DueAt = o.AnswerBy
	}
}
