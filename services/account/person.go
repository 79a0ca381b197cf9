package account

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Person is somebody who signs in. Which organisations it is a member of is decided by those organisations; OrgIDs only says where
// to look, and may name one it has left or not yet joined.
type Person struct {
	Name         string       `json:"name"`
	Phone        string       `json:"phone"` // 11 digits; unique
	Email        string       `json:"email,omitempty"`
	EmailKey     string       `json:"emailKey"`                // unique: the lower-case address, or the person's id
	PhoneProved  when.Instant `json:"phoneProvedAt,omitempty"` // when a code sent to the number came back; 0 when none has yet
	PasswordHash string       `json:"passwordHash"`            // "" for who signs in by code alone
	Staff        access.Staff `json:"staff"`                   // "" for nearly everybody
	District     string       `json:"district,omitempty"`      // a district operator's
	OrgIDs       []string     `json:"orgIds,omitempty"`
	Created      when.Instant `json:"createdAt"`
	StaffBy      string       `json:"staffBy,omitempty"` // who gave the post
	Erased       when.Instant `json:"erasedAt,omitempty"`
	Was          Former       `json:"was,omitzero"`
}

// Former is what a person was called and reached by before: traces hold it, and an erasure has to find it.
type Former struct {
	Names  []string `json:"names,omitempty"`
	Phones []string `json:"phones,omitempty"`
	Emails []string `json:"emails,omitempty"`
}

// keep adds a value that was just replaced.
func keep(former []string, old, next string) []string {
	if old == "" || old == next || slices.Contains(former, old) {
		return former
	}
	return append(former, old)
}

// NewPerson makes a person without organisations. Errors are Invalid faults about phone, email and name.
func NewPerson(id, name, phone, email string) (Person, error) {
	p := Person{Name: strings.TrimSpace(name)}
	var bad []fault.Field
	var err error
	if p.Name == "" {
		bad = append(bad, fault.Field{Path: "name", Code: "required"})
	}
	if p.Phone, err = NormalisePhone(phone); err != nil {
		bad = append(bad, fault.Field{Path: "phone", Code: "bad_format", Detail: "a mainland mobile number"})
	}
	if err = p.setEmail(id, email); err != nil {
		bad = append(bad, fault.Field{Path: "email", Code: "bad_format", Detail: "an e-mail address"})
	}
	if len(bad) > 0 {
		return Person{}, fault.Bad(bad...)
	}
	return p, nil
}

func (p *Person) setEmail(id, email string) error {
	old := p.Email
	p.Email, p.EmailKey = "", id
	var err error
	if email != "" {
		if p.Email, err = NormaliseEmail(email); err == nil {
			p.EmailKey = p.Email
		}
	}
	p.Was.Emails = keep(p.Was.Emails, old, p.Email)
	return err
}

// SeeksIn notes that the person is, or is about to be, a member of an organisation.
func (p *Person) SeeksIn(orgID string) {
	if !slices.Contains(p.OrgIDs, orgID) {
		p.OrgIDs = append(p.OrgIDs, orgID)
	}
}

var mobile = regexp.MustCompile(`^1[3-9][0-9]{9}$`)

// NormalisePhone reads a mainland mobile number, with or without +86, spaces and hyphens, into its 11 digits.
func NormalisePhone(typed string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == ' ' || r == '-' || r == '\u00a0' || r == '(' || r == ')':
			return -1
		}
		return r
	}, typed)
	digits = strings.TrimPrefix(strings.TrimPrefix(digits, "+"), "00")
	if len(digits) == 13 {
		digits = strings.TrimPrefix(digits, "86")
	}
	if !mobile.MatchString(digits) {
		return "", fault.Bad(fault.Field{Path: "phone", Code: "bad_format", Detail: "a mainland mobile number"})
	}
	return digits, nil
}

// NormaliseEmail reads a bare address into lower case.
func NormaliseEmail(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	a, err := mail.ParseAddress(typed)
	if err != nil || a.Address != typed || a.Name != "" || len(typed) > 120 || !strings.Contains(typed[strings.LastIndexByte(typed, '@'):], ".") {
		return "", fault.Bad(fault.Field{Path: "email", Code: "bad_format", Detail: "an e-mail address"})
	}
	return strings.ToLower(typed), nil
}

// MaskPhone hides the middle of a number.
func MaskPhone(phone string) string {
	if len(phone) < 7 {
		return "****"
	}
	return phone[:3] + "****" + phone[len(phone)-4:]
}

// CheckPassword refuses passwords that are short, everywhere on lists, or made of the person's own phone. No rule about kinds
// of characters: length is what protects (NIST SP 800-63B).
func CheckPassword(password, phone, path string) error {
	weak := fault.Bad(fault.Field{Path: path, Code: "auth.password_weak", Detail: "at least 8 characters, not one that is easily guessed"})
	if utf8.RuneCountInString(password) < 8 || len(password) > 512 {
		return weak
	}
	lower := strings.ToLower(password)
	if phone != "" && strings.Contains(lower, phone) {
		return weak
	}
	if slices.Contains(guessed, strings.TrimRight(lower, "!@#.0123456789")) || slices.Contains(guessed, lower) || fewCharacters(lower) || run(lower) {
		return weak
	}
	return nil
}

// guessed holds what people type when asked for a password, without trailing digits and marks; "" is digits and marks alone.
var guessed = []string{"", "password", "passw0rd", "p@ssword", "p@ssw0rd", "admin", "administrator", "root", "qwerty", "qwertyuiop", "asdfghjkl", "asdfgh",
	"zxcvbnm", "iloveyou", "woaini", "abc", "abcd", "abcdefg", "test", "tester", "welcome", "letmein", "changeme", "default", "user", "guest", "login",
	"lianbang", "qaz", "qazwsx", "1qaz2wsx", "1q2w3e4r", "1qaz@wsx", "a", "aa", "q", "z", "zz", "zaq", "zaq12wsx", "pass", "monkey", "dragon", "football"}

// fewCharacters reports fewer than four different characters.
func fewCharacters(s string) bool {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) < 4
}

// run reports a string that only counts up or down.
func run(s string) bool {
	up, down := true, true
	for i := 1; i < len(s); i++ {
		up = up && s[i] == s[i-1]+1
		down = down && s[i] == s[i-1]-1
	}
	return up || down
}
