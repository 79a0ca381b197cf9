// Package capability owns what firms can supply (配套能力): items with products, processes, equipment, spare capacity and
// certificates, in the words of DOMAIN.md. It refuses to own demands, quotes and awards (demand does), who a firm is (account) and
// how well two things fit (search/match).
package capability

import (
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// State is where a capability stands.
type State string

// A capability is written as a draft, made public, may take no orders for a while, and can be taken off and brought back.
const (
	Draft     State = "draft"
	Published State = "published"
	Paused    State = "paused"
	Withdrawn State = "withdrawn"
)

// Action is a step of a capability, named by its operation.
type Action string

// The steps there are.
const (
	Create     Action = "createCapability"
	Edit       Action = "editCapability"
	Publish    Action = "publishCapability"
	Pause      Action = "pauseCapability"
	Resume     Action = "resumeCapability"
	Withdraw   Action = "withdrawCapability"
	AddFile    Action = "addCapabilityFile"
	RemoveFile Action = "removeCapabilityFile"
)

// from says in which states a step can be taken.
var from = map[Action][]State{
	Edit:       {Draft, Published, Paused, Withdrawn},
	Publish:    {Draft, Withdrawn},
	Pause:      {Published},
	Resume:     {Paused},
	Withdraw:   {Draft, Published, Paused},
	AddFile:    {Draft, Published, Paused, Withdrawn},
	RemoveFile: {Draft, Published, Paused, Withdrawn},
}

// actions are the steps in the order pages offer them.
var actions = []Action{Edit, Publish, Pause, Resume, Withdraw, AddFile, RemoveFile}

// Capability is one item of a firm's list (配套能力清单).
type Capability struct {
	State       State        `json:"state"`
	OrgID       string       `json:"orgId"`
	OrgName     string       `json:"orgName"`
	District    string       `json:"district"` // the organisation's, by code
	ItemKey     string       `json:"itemKey"`  // unique: the firm and its own number, see itemKey
	Board       string       `json:"board"`    // public while others may read it, else empty
	Terms       Terms        `json:"terms"`
	Version     int          `json:"version"` // 0 before it was first public, then rising with every change
	Files       []File       `json:"files,omitempty"`
	Reason      string       `json:"reason,omitempty"` // of the pause or the withdrawal
	PublishedAt when.Instant `json:"publishedAt"`      // first
	ChangedAt   when.Instant `json:"changedAt"`
	History     []Entry      `json:"history"`
}

// Terms is what a firm says of one capability. Zero values are unknown.
type Terms struct {
	ItemNumber   string        `json:"itemNumber,omitempty"` // the firm's own
	Title        string        `json:"title"`
	Summary      string        `json:"summary,omitempty"`
	Products     []string      `json:"products,omitempty"`
	Processes    []string      `json:"processes,omitempty"`
	Materials    []string      `json:"materials,omitempty"`
	Equipment    []Equipment   `json:"equipment,omitempty"`
	Spare        int64         `json:"spare,omitempty"` // units a month
	Unit         string        `json:"unit,omitempty"`
	Tolerance    int           `json:"tolerance,omitempty"` // micrometres, held in series
	Precision    string        `json:"precision,omitempty"`
	BatchMin     int64         `json:"batchMin,omitempty"`
	BatchMax     int64         `json:"batchMax,omitempty"`
	LeadTimeDays int           `json:"leadTimeDays,omitempty"` // calendar days
	Certificates []Certificate `json:"certificates,omitempty"`
	Customers    []string      `json:"customers,omitempty"`
	Industry     string        `json:"industry,omitempty"` // GB/T 4754
	Chain        string        `json:"chain,omitempty"`    // code
}

// Equipment is a kind of machine and how many of it there are; 0 is unknown.
type Equipment struct {
	Name  string `json:"name"`
	Count int    `json:"count,omitempty"`
}

// Certificate is a certificate of the firm. Without a last day it does not run out, as far as is known.
type Certificate struct {
	Name      string   `json:"name"`
	Number    string   `json:"number,omitempty"`
	Issuer    string   `json:"issuer,omitempty"`
	ValidFrom when.Day `json:"validFrom,omitempty"`
	ValidTo   when.Day `json:"validTo,omitempty"` // the last day
}

// ValidOn reports whether the certificate is in force on a day.
func (c Certificate) ValidOn(d when.Day) bool {
	return (c.ValidFrom == "" || c.ValidFrom <= d) && (c.ValidTo == "" || c.ValidTo >= d)
}

// File is a picture or a document shown with a capability.
type File struct {
	ID   string       `json:"id"` // of the blob
	Name string       `json:"name"`
	Size int64        `json:"size"`
	Type string       `json:"type"`
	At   when.Instant `json:"at"`
}

// Picture reports whether a page can show the file itself.
func (f File) Picture() bool { return strings.HasPrefix(f.Type, "image/") }

// Entry is one line of a capability's history.
type Entry struct {
	At      when.Instant `json:"at"`
	Action  Action       `json:"action"`
	UserID  string       `json:"userId"`
	Version int          `json:"version"`
	Reason  string       `json:"reason,omitempty"`
	Changes []Change     `json:"changes,omitempty"`
}

// Change is one field as it read before and after, by the name of its column.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Limits of one capability: its document stays small whatever its owner does.
const (
	maxFiles   = 12
	keptDiffs  = 12  // of the newest history lines; older ones keep who, when and why
	maxHistory = 200 // lines; then the oldest edits are left out
	shownText  = 100 // characters of a field in a difference
)

// publicBoard is what Board holds while everybody may read a capability.
const publicBoard = "public"

// itemKey keeps one item per firm and own number. An item without a number stands under its id.
func itemKey(orgID, id, number string) string {
	if number == "" {
		return orgID + "/" + id
	}
	return orgID + "#" + number
}

// New makes a draft.
func New(id, orgID, orgName, district, userID string, t Terms, now time.Time) (Capability, error) {
	t = t.normal()
	if err := t.check(); err != nil {
		return Capability{}, err
	}
	c := Capability{State: Draft, OrgID: orgID, OrgName: orgName, District: district, ItemKey: itemKey(orgID, id, t.ItemNumber), Terms: t}
	c.note(Entry{Action: Create, UserID: userID}, now)
	return c, nil
}

// may refuses a step in the wrong state.
func (c *Capability) may(a Action) error {
	if !slices.Contains(from[a], c.State) {
		return fault.New(fault.Conflict, "capability.wrong_state", "the capability is "+string(c.State))
	}
	return nil
}

// Public reports whether everybody may read the capability.
func (c *Capability) Public() bool { return c.State == Published || c.State == Paused }

// Allowed are the steps its owner can take now.
func (c *Capability) Allowed() []Action {
	var all []Action
	for _, a := range actions {
		if c.may(a) == nil {
			all = append(all, a)
		}
	}
	return all
}

// Edit replaces the terms. What is public becomes the next version at once; the same terms again change nothing.
func (c *Capability) Edit(id, userID string, t Terms, now time.Time) error {
	if err := c.may(Edit); err != nil {
		return err
	}
	t = t.normal()
	if err := t.check(); err != nil {
		return err
	}
	changes := differences(&c.Terms, &t)
	if len(changes) == 0 {
		return nil
	}
	if c.Public() {
		if err := t.complete(); err != nil {
			return err
		}
		c.Version++
	}
	c.Terms, c.ItemKey = t, itemKey(c.OrgID, id, t.ItemNumber)
	c.note(Entry{Action: Edit, UserID: userID, Changes: changes}, now)
	return nil
}

// Publish makes the item public.
func (c *Capability) Publish(userID string, now time.Time) error {
	if err := c.may(Publish); err != nil {
		return err
	}
	if err := c.Terms.complete(); err != nil {
		return err
	}
	if c.PublishedAt == 0 {
		c.PublishedAt = when.At(now)
	}
	c.State, c.Board, c.Reason = Published, publicBoard, ""
	c.Version++
	c.note(Entry{Action: Publish, UserID: userID}, now)
	return nil
}

// Pause takes no orders for now; the reason is public.
func (c *Capability) Pause(userID, reason string, now time.Time) error {
	if err := c.may(Pause); err != nil {
		return err
	}
	c.State, c.Reason = Paused, reason
	c.note(Entry{Action: Pause, UserID: userID, Reason: reason}, now)
	return nil
}

// Resume takes orders again.
func (c *Capability) Resume(userID string, now time.Time) error {
	if err := c.may(Resume); err != nil {
		return err
	}
	c.State, c.Reason = Published, ""
	c.note(Entry{Action: Resume, UserID: userID}, now)
	return nil
}

// Withdraw takes the item off.
func (c *Capability) Withdraw(userID, reason string, now time.Time) error {
	if err := c.may(Withdraw); err != nil {
		return err
	}
	c.State, c.Board, c.Reason = Withdrawn, "", reason
	c.note(Entry{Action: Withdraw, UserID: userID, Reason: reason}, now)
	return nil
}

// AddFile shows one more file.
func (c *Capability) AddFile(userID string, f File, now time.Time) error {
	if err := c.may(AddFile); err != nil {
		return err
	}
	if len(c.Files) >= maxFiles {
		return fault.Newf(fault.Conflict, "capability.too_many_files", "at most %d files", maxFiles)
	}
	c.Files = append(c.Files, f)
	c.filesChanged(AddFile, userID, Change{Field: "files", After: f.Name}, now)
	return nil
}

// RemoveFile shows a file no longer.
func (c *Capability) RemoveFile(userID, fileID string, now time.Time) error {
	if err := c.may(RemoveFile); err != nil {
		return err
	}
	i := slices.IndexFunc(c.Files, func(f File) bool { return f.ID == fileID })
	if i < 0 {
		return fault.New(fault.NotFound, "", "there is no such file")
	}
	gone := c.Files[i]
	c.Files = slices.Delete(slices.Clone(c.Files), i, i+1)
	c.filesChanged(RemoveFile, userID, Change{Field: "files", Before: gone.Name}, now)
	return nil
}

func (c *Capability) filesChanged(a Action, userID string, change Change, now time.Time) {
	if c.Public() {
		c.Version++
	}
	c.note(Entry{Action: a, UserID: userID, Changes: []Change{change}}, now)
}

// note writes a line of the history and keeps the history small: old lines lose their differences, and of very many the oldest edits go.
func (c *Capability) note(e Entry, now time.Time) {
	e.At, e.Version = when.At(now), c.Version
	c.ChangedAt = e.At
	c.History = append(slices.Clone(c.History), e)
	if n := len(c.History) - keptDiffs; n > 0 {
		c.History[n-1].Changes = nil
	}
	if len(c.History) > maxHistory {
		i := max(0, slices.IndexFunc(c.History, func(e Entry) bool { return e.Action == Edit || e.Action == AddFile || e.Action == RemoveFile }))
		c.History = slices.Delete(c.History, i, i+1)
	}
}

// normal is the terms as they are kept: trimmed, lists without empties and repeats. A list's item holds no list separator, so that a
// spreadsheet's cell splits into what it was made from.
func (t Terms) normal() Terms {
	trim := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	list := func(in []string) []string {
		var out []string
		for _, s := range in {
			for _, part := range strings.FieldsFunc(s, isSeparator) {
				if part = trim(part); part != "" && !slices.Contains(out, part) {
					out = append(out, part)
				}
			}
		}
		return out
	}
	word := func(s string) string { return trim(strings.Join(strings.FieldsFunc(s, isSeparator), " ")) }
	t.ItemNumber, t.Title, t.Summary, t.Unit, t.Precision = trim(t.ItemNumber), trim(t.Title), trim(t.Summary), trim(t.Unit), trim(t.Precision)
	t.Industry, t.Chain = trim(t.Industry), trim(t.Chain)
	t.Products, t.Processes, t.Materials, t.Customers = list(t.Products), list(t.Processes), list(t.Materials), list(t.Customers)
	var machines []Equipment
	for _, e := range t.Equipment {
		if e.Name = word(e.Name); e.Name != "" {
			machines = append(machines, e)
		}
	}
	var certificates []Certificate
	for _, c := range t.Certificates {
		c.Name, c.Number, c.Issuer = word(c.Name), word(c.Number), word(c.Issuer)
		if c.Name != "" {
			certificates = append(certificates, c)
		}
	}
	t.Equipment, t.Certificates = machines, certificates
	return t
}

// isSeparator splits lists in cells and in what people type.
func isSeparator(r rune) bool { return strings.ContainsRune("、，；;|｜\n", r) }

// check refuses what cannot be kept even as a draft.
func (t *Terms) check() error {
	var wrong []fault.Field
	add := func(bad bool, path, code string) {
		if bad {
			wrong = append(wrong, fault.Field{Path: path, Code: code})
		}
	}
	add(t.Title == "", "title", "required")
	add(t.BatchMax > 0 && t.BatchMin > t.BatchMax, "batchMax", "too_small")
	for _, c := range t.Certificates {
		add(c.ValidFrom != "" && c.ValidTo != "" && c.ValidFrom > c.ValidTo, "certificates", "ends_before_it_begins")
	}
	if len(wrong) > 0 {
		return fault.Bad(wrong...)
	}
	return nil
}

// complete refuses what nobody could find or judge in public.
func (t *Terms) complete() error {
	var wrong []fault.Field
	for path, empty := range map[string]bool{"products": len(t.Products)+len(t.Processes) == 0, "chain": t.Chain == "", "unit": t.Spare > 0 && t.Unit == ""} {
		if empty {
			wrong = append(wrong, fault.Field{Path: path, Code: "required"})
		}
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
		return fault.Bad(wrong...)
	}
	return nil
}

// differences lists the fields two versions differ in, as the spreadsheet writes them.
func differences(before, after *Terms) []Change {
	var all []Change
	for _, c := range columns {
		b, a := c.write(before), c.write(after)
		if b != a {
			all = append(all, Change{Field: c.field, Before: cutTo(b, shownText), After: cutTo(a, shownText)})
		}
	}
	return all
}

func cutTo(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
