package provider

import (
	"context"
	"io"
	"reflect"
	"slices"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// offeringView is an offering as its reader sees it: its own people what is written, everybody else what is public.
func offeringView(doc docstore.Doc[Offering], own bool) api.Offering {
	o := &doc.Body
	v := api.Offering{Id: doc.ID, Rev: doc.Rev, OrgId: o.OrgID, OrgName: o.OrgName, State: api.OfferingState(o.State), Version: o.Version, Files: []api.StoredFile{},
		PublishedAt: o.Published.Time(), ChangedAt: o.ChangedAt.Time()}
	terms := o.Terms
	if !own && o.Public != nil {
		terms = *o.Public
	}
	v.Terms = like[api.OfferingInput](terms)
	for _, f := range o.Files {
		v.Files = append(v.Files, fileView(f, false))
	}
	for _, old := range slices.Backward(o.Versions) {
		v.Versions = append(v.Versions, api.OfferingVersion{Version: old.Version, From: old.From.Time(), Terms: like[api.OfferingInput](old.Terms)})
	}
	if own {
		v.Pending, v.Reason = o.Public != nil && !reflect.DeepEqual(*o.Public, o.Terms), o.Reason
	}
	return v
}

// own reports whether the reader acts for the organisation whose offering it is.
func own(a access.Actor, o *Offering) bool { return a.OrgID != "" && a.OrgID == o.OrgID }

// offering loads an offering the reader may know of: its own people and the authority always, others while it and its provider are public.
func (s *Service) offering(ctx context.Context, id string) (docstore.Doc[Offering], access.Actor, error) {
	a := access.From(ctx)
	doc, err := s.offerings.Get(ctx, id)
	if err != nil || own(a, &doc.Body) {
		return doc, a, err
	}
	member, err := s.members.Get(ctx, doc.Body.OrgID)
	if err != nil {
		return doc, a, err
	}
	public := doc.Body.State == OfferingPublished && member.Body.listed()
	if r := role(a, &member.Body); !public && (r != City && r != District || doc.Body.Public == nil) {
		err = access.Hide.Err()
	}
	return doc, a, err
}

// ListOfferings is an organisation's offerings: all of them for its own people, the public ones for others; the latest change first.
func (s *Service) ListOfferings(ctx context.Context, p api.ListOfferingsParams) (api.ListOfferings200JSONResponse, error) {
	out := api.ListOfferings200JSONResponse{Items: []api.Offering{}}
	a := access.From(ctx)
	mine := a.OrgID != "" && a.OrgID == p.OrgId
	if !mine {
		if member, err := s.members.Get(ctx, p.OrgId); fault.KindOf(err) == fault.NotFound && err != nil || err == nil && !member.Body.listed() {
			return out, nil
		} else if err != nil {
			return out, err
		}
	}
	err := s.offerings.Each(ctx, docstore.Query{Index: "org", Equal: []any{p.OrgId}, Descending: true}, func(doc docstore.Doc[Offering]) error {
		if mine || doc.Body.State == OfferingPublished {
			out.Items = append(out.Items, offeringView(doc, mine))
		}
		return nil
	})
	return out, err
}

// GetOffering is one offering.
func (s *Service) GetOffering(ctx context.Context, id string) (api.Offering, error) {
	doc, a, err := s.offering(ctx, id)
	return offeringView(doc, own(a, &doc.Body)), err
}

// CreateOffering drafts an offering of the caller's organisation, which has a membership, if only an application.
func (s *Service) CreateOffering(ctx context.Context, in api.OfferingInput) (api.Offering, error) {
	a := access.From(ctx)
	org, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return api.Offering{}, err
	}
	if _, err := s.members.Get(ctx, a.OrgID); err != nil {
		return api.Offering{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	o, err := NewOffering(a.OrgID, org.Name, like[OfferingTerms](in), s.now())
	if err != nil {
		return api.Offering{}, err
	}
	doc, err := s.offerings.Insert(ctx, id, o, docstore.Fingerprint(fingerprint))
	return offeringView(doc, true), err
}

// changeOffering is the one way an offering is changed: by its own people, at the revision the caller saw if it said so. What became
// public is then written into the membership; if that is cut short the clock does it.
func (s *Service) changeOffering(ctx context.Context, id string, step func(tx *docstore.Tx[Offering]) error) (api.Offering, error) {
	doc, a, err := s.offering(ctx, id)
	if err != nil {
		return api.Offering{}, err
	}
	if !own(a, &doc.Body) {
		return api.Offering{}, access.Forbid.Err()
	}
	var opts []docstore.UpdateOption
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.Offering{}, err
	} else if given {
		opts = append(opts, docstore.IfRev(rev))
	}
	if doc, err = s.offerings.Update(ctx, id, step, opts...); err != nil {
		return api.Offering{}, err
	}
	if doc.Body.Tell {
		if err := s.showOffers(docstore.Unwitnessed(ctx), doc.Body.OrgID); err != nil {
			s.o.Log.Warn("an offering is left to the clock", "offering", id, "error", err)
		} else if doc, err = s.offerings.Get(ctx, id); err != nil {
			return api.Offering{}, err
		}
	}
	return offeringView(doc, true), nil
}

// EditOffering replaces what is written.
func (s *Service) EditOffering(ctx context.Context, id string, in api.OfferingInput) (api.Offering, error) {
	if _, err := rest.Rev(ctx); err != nil {
		return api.Offering{}, err
	}
	return s.changeOffering(ctx, id, func(tx *docstore.Tx[Offering]) error { return tx.Body.Edit(tx.Now, like[OfferingTerms](in)) })
}

// PublishOffering makes what is written public. Only a provider in the pool publishes, and only in the categories it was admitted for.
func (s *Service) PublishOffering(ctx context.Context, id string) (api.Offering, error) {
	member, err := s.members.Get(ctx, access.From(ctx).OrgID)
	if err != nil {
		return api.Offering{}, err
	}
	if !member.Body.listed() {
		return api.Offering{}, fault.New(fault.Conflict, "offering.not_admitted", "only a provider in the pool publishes")
	}
	return s.changeOffering(ctx, id, func(tx *docstore.Tx[Offering]) error {
		return tx.Body.Publish(tx.Now, member.Body.Application.Categories)
	})
}

// PauseOffering takes an offering off the lists for the time being.
func (s *Service) PauseOffering(ctx context.Context, id, note string) (api.Offering, error) {
	return s.changeOffering(ctx, id, func(tx *docstore.Tx[Offering]) error { return tx.Body.Pause(tx.Now, note) })
}

// ResumeOffering puts a paused offering back.
func (s *Service) ResumeOffering(ctx context.Context, id string) (api.Offering, error) {
	return s.changeOffering(ctx, id, func(tx *docstore.Tx[Offering]) error { return tx.Body.Resume(tx.Now) })
}

// WithdrawOffering ends an offering.
func (s *Service) WithdrawOffering(ctx context.Context, id, note string) (api.Offering, error) {
	return s.changeOffering(ctx, id, func(tx *docstore.Tx[Offering]) error { return tx.Body.Withdraw(tx.Now, note) })
}

// AddOfferingFile keeps an image or file with an offering.
func (s *Service) AddOfferingFile(ctx context.Context, id string, content io.Reader, name string) (api.StoredFile, int64, error) {
	doc, a, err := s.offering(ctx, id)
	if err == nil && !own(a, &doc.Body) {
		err = access.Forbid.Err()
	}
	trial := doc.Body
	if err == nil {
		err = trial.Attach(s.now(), File{}) // before a large file is taken in
	}
	if err != nil {
		return api.StoredFile{}, 0, err
	}
	f, err := s.keep(ctx, "other", content, name)
	if err != nil {
		return api.StoredFile{}, 0, err
	}
	v, err := s.changeOffering(ctx, id, func(tx *docstore.Tx[Offering]) error { return tx.Body.Attach(tx.Now, f) })
	if err != nil {
		s.drop(ctx, f.ID)
		return api.StoredFile{}, 0, err
	}
	return fileView(f, false), v.Rev, nil
}

// RemoveOfferingFile takes a file off an offering.
func (s *Service) RemoveOfferingFile(ctx context.Context, id, file string) (api.Offering, error) {
	return s.changeOffering(ctx, id, func(tx *docstore.Tx[Offering]) error { return tx.Body.Detach(tx.Now, file) })
}

// GetOfferingFile is for whoever may read the offering.
func (s *Service) GetOfferingFile(ctx context.Context, id, file string) (Download, error) {
	doc, _, err := s.offering(ctx, id)
	if err != nil {
		return Download{}, err
	}
	return s.open(ctx, doc.Body.Files, file)
}

// favourite is a provider somebody keeps, id "<user>:<organisation>".
type favourite struct {
	UserID string       `json:"userId"`
	OrgID  string       `json:"orgId"`
	At     when.Instant `json:"at"`
	Gone   bool         `json:"gone,omitempty"`
}

// AddFavourite keeps a provider among the person's favourites.
func (s *Service) AddFavourite(ctx context.Context, orgID string) error {
	if _, err := s.GetProvider(ctx, orgID); err != nil {
		return err
	}
	return s.favour(ctx, orgID, false)
}

// RemoveFavourite drops it; NotFound for what never was one.
func (s *Service) RemoveFavourite(ctx context.Context, orgID string) error {
	if _, err := s.favourites.Get(ctx, access.From(ctx).UserID+":"+orgID); err != nil {
		return err
	}
	return s.favour(ctx, orgID, true)
}

func (s *Service) favour(ctx context.Context, orgID string, gone bool) error {
	user := access.From(ctx).UserID
	id := user + ":" + orgID
	_, err := s.favourites.Insert(ctx, id, favourite{UserID: user, OrgID: orgID, At: when.At(s.now()), Gone: gone})
	if fault.KindOf(err) == fault.Duplicate {
		_, err = s.favourites.Update(ctx, id, func(tx *docstore.Tx[favourite]) error {
			tx.Body.Gone, tx.Body.At = gone, when.At(tx.Now)
			return nil
		})
	}
	return err
}

// ListFavourites are the person's favourites that are in the pool, the latest first.
func (s *Service) ListFavourites(ctx context.Context) (api.ProviderPage, error) {
	out := api.ProviderPage{Items: []api.Provider{}}
	err := s.favourites.Each(ctx, docstore.Query{Index: "person", Equal: []any{access.From(ctx).UserID}, Descending: true}, func(doc docstore.Doc[favourite]) error {
		if doc.Body.Gone {
			return nil
		}
		member, err := s.members.Get(ctx, doc.Body.OrgID)
		if err != nil {
			return err
		}
		if member.Body.listed() {
			v := s.providerView(ctx, &member.Body)
			v.Favourite = true
			out.Items = append(out.Items, v)
		}
		return nil
	})
	return out, err
}

// similarCount is how many similar providers a page shows.
const similarCount = 4

// ListSimilarProviders are the providers that share the most sub-services, then categories, then the district.
func (s *Service) ListSimilarProviders(ctx context.Context, orgID string) (api.ProviderPage, error) {
	out := api.ProviderPage{Items: []api.Provider{}}
	doc, err := s.members.Get(ctx, orgID)
	if err != nil {
		return out, err
	}
	me := &doc.Body
	if !me.listed() {
		return out, nil
	}
	shared := func(a, b []string) (n int) {
		for _, x := range a {
			if slices.Contains(b, x) {
				n++
			}
		}
		return n
	}
	type alike struct {
		m     Membership
		score int
	}
	var all []alike
	err = s.inPoolNow(ctx, func(d docstore.Doc[Membership]) error {
		m := d.Body
		score := 4*shared(me.Application.Subservices, m.Application.Subservices) + 2*shared(me.Application.Categories, m.Application.Categories)
		if d.ID == orgID || score == 0 {
			return nil
		}
		if m.Jurisdiction == me.Jurisdiction {
			score++
		}
		all = append(all, alike{m, score})
		return nil
	})
	slices.SortStableFunc(all, func(a, b alike) int { return b.score - a.score })
	for i := range all[:min(similarCount, len(all))] {
		out.Items = append(out.Items, s.providerView(ctx, &all[i].m))
	}
	return out, err
}
