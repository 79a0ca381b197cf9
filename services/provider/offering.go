package provider

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// OfferingState is where a service offering stands.
type OfferingState string

// The states of an offering. It is public while it is published and its provider is in the pool.
const (
	OfferingDraft     OfferingState = "draft"
	OfferingPublished OfferingState = "published"
	OfferingPaused    OfferingState = "paused"
	OfferingWithdrawn OfferingState = "withdrawn"
)

// PriceModel is how an offering is paid for.
type PriceModel string

// The price models: one price, a range, a price per unit, 面议, free (公益).
const (
	PriceFixed      PriceModel = "fixed"
	PriceRange      PriceModel = "range"
	PriceUnit       PriceModel = "unit"
	PriceNegotiable PriceModel = "negotiable"
	PriceFree       PriceModel = "free"
)

// Price is what an offering costs. Amounts are fen; Unit says of what a unit price is.
type Price struct {
	Model   PriceModel `json:"model"`
	FromFen int64      `json:"fromFen,omitempty"`
	ToFen   int64      `json:"toFen,omitempty"`
	Unit    string     `json:"unit,omitempty"`
}

// OfferingTerms is what a provider writes about one service.
type OfferingTerms struct {
	Title        string   `json:"title"`
	Category     string   `json:"category"`
	Subservice   string   `json:"subservice"`
	Solves       string   `json:"solves,omitempty"`       // what trouble of an enterprise it ends
	Method       string   `json:"method,omitempty"`       // how it is done
	Deliverables []string `json:"deliverables,omitempty"` // what the client holds in the end
	DurationDays int64    `json:"durationDays,omitempty"`
	Price        Price    `json:"price"`
	Special      string   `json:"special,omitempty"`   // 专精特新 offer: 小快轻准 terms for such firms
	Districts    []string `json:"districts,omitempty"` // none is the whole city
	Capacity     int64    `json:"capacity,omitempty"`  // engagements at a time; 0 is not said
	Cases        []string `json:"cases,omitempty"`
	Certificates []string `json:"certificates,omitempty"`
}

// Offer is an offering in short, as its provider's membership carries it for lists and search.
type Offer struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Category   string   `json:"category"`
	Subservice string   `json:"subservice"`
	Solves     string   `json:"solves,omitempty"`
	Price      Price    `json:"price"`
	Special    bool     `json:"special,omitempty"`
	Districts  []string `json:"districts,omitempty"`
	Capacity   int64    `json:"capacity,omitempty"` // engagements at a time; 0 is not said
	Version    int      `json:"version"`
}

// OfferingVersion is a text that was public once.
type OfferingVersion struct {
	Version int           `json:"version"`
	From    when.Instant  `json:"from"`
	Terms   OfferingTerms `json:"terms"`
}

// maxOfferingVersions are kept, the newest ones.
const maxOfferingVersions = 12

// Offering is one service of a provider (专项服务/产品). What is written (Terms) becomes public when it is published, as a new version.
type Offering struct {
	State     OfferingState     `json:"state"`
	OrgID     string            `json:"orgId"`
	OrgName   string            `json:"orgName"`
	Terms     OfferingTerms     `json:"terms"`
	Public    *OfferingTerms    `json:"public,omitempty"`
	Version   int               `json:"version"` // of Public; 0 before the first
	Versions  []OfferingVersion `json:"versions,omitempty"`
	Files     []File            `json:"files,omitempty"`
	Reason    string            `json:"reason,omitempty"` // of the last pause or withdrawal
	Published when.Instant      `json:"publishedAt,omitempty"`
	ChangedAt when.Instant      `json:"changedAt"`
	// Tell is set until the provider's membership carries the offering as it is now.
	Tell  bool         `json:"tell,omitempty"`
	DueAt when.Instant `json:"dueAt"`
}

func (o *Offering) touch(now time.Time, tell bool) {
	o.ChangedAt = when.At(now)
	if o.Tell = o.Tell || tell; o.Tell {
		o.DueAt = 1
	}
}

// Told records that the membership carries the offering as it is.
func (o *Offering) Told() { o.Tell, o.DueAt = false, 0 }

// brief is the offering in short.
func (o *Offering) brief(id string) Offer {
	t := o.Public
	return Offer{ID: id, Title: t.Title, Category: t.Category, Subservice: t.Subservice, Solves: t.Solves, Price: t.Price, Special: t.Special != "", Districts: t.Districts, Capacity: t.Capacity, Version: o.Version}
}

// check refuses what no offering can say; with whole set, also what is still missing before it can be public.
func (t OfferingTerms) check(whole bool) error {
	var fields []fault.Field
	bad := func(path, code string) { fields = append(fields, fault.Field{Path: path, Code: code}) }
	if strings.TrimSpace(t.Title) == "" {
		bad("title", "required")
	}
	if !slices.Contains(CategoryCodes(), t.Category) {
		bad("category", "not_a_choice")
	} else if t.Subservice != "" && categoryOf(t.Subservice) != t.Category {
		bad("subservice", "not_a_choice")
	}
	switch t.Price.Model {
	case PriceFixed, PriceUnit:
		if t.Price.FromFen < 0 || whole && t.Price.FromFen == 0 {
			bad("price.fromFen", "too_small")
		}
		if whole && t.Price.Model == PriceUnit && t.Price.Unit == "" {
			bad("price.unit", "required")
		}
	case PriceRange:
		if t.Price.ToFen < t.Price.FromFen {
			bad("price.toFen", "too_small")
		} else if whole && t.Price.ToFen == 0 {
			bad("price.toFen", "required")
		}
	case PriceNegotiable, PriceFree:
	default:
		bad("price.model", "not_a_choice")
	}
	if whole {
		for path, ok := range map[string]bool{"subservice": t.Subservice != "", "solves": t.Solves != "", "method": t.Method != "",
			"deliverables": len(t.Deliverables) > 0, "durationDays": t.DurationDays > 0} {
			if !ok {
				bad(path, "required")
			}
		}
	}
	if len(fields) > 0 {
		slices.SortFunc(fields, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
		return fault.Bad(fields...)
	}
	return nil
}

// clean drops what the price model does not use.
func (t OfferingTerms) clean() OfferingTerms {
	switch t.Price.Model {
	case PriceNegotiable, PriceFree:
		t.Price = Price{Model: t.Price.Model}
	case PriceFixed:
		t.Price.ToFen, t.Price.Unit = 0, ""
	case PriceUnit:
		t.Price.ToFen = 0
	case PriceRange:
		t.Price.Unit = ""
	}
	return t
}

// NewOffering is a draft of a provider.
func NewOffering(orgID, name string, t OfferingTerms, now time.Time) (Offering, error) {
	if t.Price.Model == "" {
		t.Price.Model = PriceNegotiable
	}
	if err := t.check(false); err != nil {
		return Offering{}, err
	}
	return Offering{State: OfferingDraft, OrgID: orgID, OrgName: name, Terms: t.clean(), ChangedAt: when.At(now)}, nil
}

func (o *Offering) in(states ...OfferingState) error {
	if !slices.Contains(states, o.State) {
		return fault.Newf(fault.Conflict, "offering.wrong_state", "the offering is %s", o.State)
	}
	return nil
}

// Edit replaces what is written. The public text stays until the next publication.
func (o *Offering) Edit(now time.Time, t OfferingTerms) error {
	if err := o.in(OfferingDraft, OfferingPublished, OfferingPaused); err != nil {
		return err
	}
	if err := t.check(false); err != nil {
		return err
	}
	o.Terms = t.clean()
	o.touch(now, false)
	return nil
}

// Publish makes what is written public as the next version. allowed are the categories the provider is admitted for.
func (o *Offering) Publish(now time.Time, allowed []string) error {
	if err := o.in(OfferingDraft, OfferingPublished, OfferingPaused); err != nil {
		return err
	}
	if err := o.Terms.check(true); err != nil {
		return err
	}
	if !slices.Contains(allowed, o.Terms.Category) {
		return fault.New(fault.Conflict, "offering.category_not_admitted", "the provider is not admitted for this category")
	}
	if o.Public != nil {
		o.Versions = append(o.Versions, OfferingVersion{Version: o.Version, From: o.Published, Terms: *o.Public})
		if extra := len(o.Versions) - maxOfferingVersions; extra > 0 {
			o.Versions = slices.Delete(o.Versions, 0, extra)
		}
	}
	public := o.Terms
	o.Public, o.Version, o.Published, o.State, o.Reason = &public, o.Version+1, when.At(now), OfferingPublished, ""
	o.touch(now, true)
	return nil
}

// Pause takes a published offering off the lists for the time being.
func (o *Offering) Pause(now time.Time, reason string) error {
	if err := o.in(OfferingPublished); err != nil {
		return err
	}
	o.State, o.Reason = OfferingPaused, strings.TrimSpace(reason)
	o.touch(now, true)
	return nil
}

// Resume puts a paused offering back, unchanged.
func (o *Offering) Resume(now time.Time) error {
	if err := o.in(OfferingPaused); err != nil {
		return err
	}
	o.State, o.Reason = OfferingPublished, ""
	o.touch(now, true)
	return nil
}

// Withdraw ends an offering for good.
func (o *Offering) Withdraw(now time.Time, reason string) error {
	if err := o.in(OfferingDraft, OfferingPublished, OfferingPaused); err != nil {
		return err
	}
	o.State, o.Reason = OfferingWithdrawn, strings.TrimSpace(reason)
	o.touch(now, o.Public != nil)
	return nil
}

// Attach keeps an image or file with the offering.
func (o *Offering) Attach(now time.Time, f File) error {
	if err := o.in(OfferingDraft, OfferingPublished, OfferingPaused); err != nil {
		return err
	}
	if len(o.Files) >= maxFiles {
		return fault.New(fault.Conflict, "admission.too_many_files", fmt.Sprintf("at most %d files", maxFiles))
	}
	o.Files = append(o.Files, f)
	o.touch(now, false)
	return nil
}

// Detach takes a file off the offering.
func (o *Offering) Detach(now time.Time, id string) error {
	if !slices.ContainsFunc(o.Files, func(f File) bool { return f.ID == id }) {
		return fault.New(fault.NotFound, "", "there is no such file")
	}
	o.Files = slices.DeleteFunc(o.Files, func(f File) bool { return f.ID == id })
	o.touch(now, false)
	return nil
}
