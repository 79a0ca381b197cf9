package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is 一企一档 beyond the facts themselves: what a fact said before, who vouched for it, whether the whole is still true, and what
// filling a gap would do for the firm.

// PastFact is a fact that was replaced or taken out.
type PastFact struct {
	Fact
	EndedAt when.Instant `json:"endedAt"`
	EndedBy string       `json:"endedBy"` // name of who replaced it
}

// maxPastFacts is how many bytes of former facts one organisation keeps, newest first; the audit log keeps every change.
const maxPastFacts = 48 << 10

// retire moves a fact into the past.
func (o *Organisation) retire(f Fact, by By, now time.Time) {
	o.PastFacts = append(o.PastFacts, PastFact{Fact: f, EndedAt: when.At(now), EndedBy: by.Name})
	size := 0
	for i := len(o.PastFacts) - 1; i >= 0; i-- {
		if size += len(o.PastFacts[i].Key) + len(o.PastFacts[i].Value) + 100; size > maxPastFacts {
			o.PastFacts = slices.Delete(o.PastFacts, 0, i+1)
			return
		}
	}
}

// Vouch makes a fact the firm reported one that the authority vouches for: what it was until then stays readable. Errors: NotFound for a fact
// that does not stand, Conflict fact.vouched, Invalid without saying what proves it.
func (o *Organisation) Vouch(key, value, proof string, by By, now time.Time) error {
	if strings.TrimSpace(proof) == "" {
		return fault.Bad(fault.Field{Path: "proof", Code: "required"})
	}
	i := slices.IndexFunc(o.Facts, func(f Fact) bool { return f.Key == key && f.Value == value })
	if i < 0 {
		return fault.New(fault.NotFound, "", "there is no such fact; it may have changed")
	}
	if o.Facts[i].Source == Vouched {
		return fault.New(fault.Conflict, "fact.vouched", "the authority vouches for it already")
	}
	o.retire(o.Facts[i], by, now)
	o.Facts = slices.Clone(o.Facts)
	f := &o.Facts[i]
	f.Source, f.RecordedAt, f.RecordedBy, f.ByName, f.Proof = Vouched, when.At(now), by.UserID, by.Name, strings.TrimSpace(proof)
	o.record("vouchFact", by, key, now)
	return nil
}

// DossierDue is when the firm is asked, once, to go through its dossier again; 0 before it is verified.
func (o *Organisation) DossierDue(r CityRules) when.Instant {
	if o.State != Verified {
		return 0
	}
	return when.At(max(o.DossierAt, o.VerifiedAt, o.Created).Time().AddDate(0, r.DossierMonths, 0))
}

// ConfirmDossier is the firm's word that the dossier is true as it stands.
func (o *Organisation) ConfirmDossier(by By, now time.Time) error {
	o.DossierAt = when.At(now)
	o.record("confirmDossier", by, "", now)
	return nil
}

// Gap is one part of the dossier, whether it is there, and what it does for the firm once it is: codes that pages put in words.
type Gap struct {
	Key     string
	There   bool
	Unlocks []string
}

// Gaps are the parts of the dossier in the order of what they do. Each use named here reads the part: matching and search the products, facts
// and chains; a supplier check the processes, equipment and certificates; the admission check of the pool the founding day and staff;
// the interest form of a bid contact, staff, revenue and address; size the terms of payment that are lawful against the firm.
func (o *Organisation) Gaps() []Gap {
	p := &o.Profile
	has := func(keys ...string) bool {
		return slices.ContainsFunc(o.Facts, func(f Fact) bool { return slices.Contains(keys, f.Key) })
	}
	return []Gap{
		{"products", len(p.Products) > 0, []string{"search", "match"}},
		{"facts", has(publicFacts...), []string{"search", "match"}},
		{"certificates", has("certificates"), []string{"supplierCheck", "admissionCheck"}},
		{"chains", len(p.Chains) > 0, []string{"push", "match"}},
		{"summary", p.Summary != "", []string{"bidPrefill", "search"}},
		{"industry", p.Industry != "", []string{"sizeCheck", "match"}},
		{"size", p.SizeClass != "", []string{"payment", "reward"}},
		{"employees", p.Employees > 0, []string{"bidPrefill", "admissionCheck", "sizeCheck"}},
		{"revenue", p.RevenueFen > 0, []string{"bidPrefill", "sizeCheck"}},
		{"contact", p.Contact.Phone != "", []string{"bidPrefill"}},
		{"founded", p.FoundedOn != "", []string{"admissionCheck"}},
		{"address", p.Address != "", []string{"bidPrefill", "near"}},
	}
}

// GetDossier reads an organisation for its dossier: the organisation itself and its operators.
func (s *Service) GetDossier(ctx context.Context, id string) (OrgDoc, error) {
	return s.insideOrganisation(ctx, id)
}

// ConfirmDossier is the firm's yearly word.
func (s *Service) ConfirmDossier(ctx context.Context, id string) (OrgDoc, error) {
	return s.change(ctx, id, "confirmDossier", anyRev, func(tx *docstore.Tx[Organisation], by By) error { return tx.Body.ConfirmDossier(by, tx.Now) })
}

// VouchFact is the operator's word for one fact.
func (s *Service) VouchFact(ctx context.Context, id, key, value, proof string) (OrgDoc, error) {
	return s.change(ctx, id, "vouchFact", anyRev, func(tx *docstore.Tx[Organisation], by By) error {
		return tx.Body.Vouch(key, value, proof, by, tx.Now)
	})
}

const dossierDue = "organisation.dossier_due"

// remindOfDossiers asks firms, once a year, to go through their dossier.
func (s *Service) remindOfDossiers(ctx context.Context) error {
	city, err := s.city(ctx)
	if err != nil {
		return err
	}
	due := func(o *Organisation, now time.Time) bool {
		at := o.DossierDue(city.Body.Rules)
		return at != 0 && at <= when.At(now) && o.DossierAskedAt < at
	}
	return s.orgs.Each(ctx, docstore.Query{Index: "byState", Equal: []any{Verified}}, func(d OrgDoc) error {
		if !due(&d.Body, s.now()) {
			return nil
		}
		_, err := s.orgs.Update(ctx, d.ID, func(tx *docstore.Tx[Organisation]) error {
			if !due(tx.Body, tx.Now) {
				return nil
			}
			tx.Body.DossierAskedAt = when.At(tx.Now)
			return tx.Emit(dossierDue, about(d.ID, tx.Body, ownPage, toOrg(d.ID)))
		})
		return err
	})
}

// confirmedAt is when the firm last stood by its dossier.
func (o *Organisation) confirmedAt() when.Instant { return max(o.DossierAt, o.VerifiedAt) }
