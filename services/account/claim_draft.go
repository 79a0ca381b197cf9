package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	notifyapi "lianbang/services/notify/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// DraftedClaim is a claim that staff wrote down for a person who called (代办): an unclaimed firm has no member yet who could confirm, so the
// person does, by signing up or in with that phone and claiming. It claims nothing by itself. Id "<organisation>:<hash of the phone>".
type DraftedClaim struct {
	OrgID    string `json:"orgId"`
	OrgName  string `json:"orgName"`
	District string `json:"district"`
	Phone    string `json:"phone"` // of the person who called; emptied with the answer
	Name     string `json:"name"`
	NewClaim
	Drafted   *access.Drafted `json:"drafted"`
	DraftedBy string          `json:"draftedBy"`
	At        when.Instant    `json:"at"`
	// TextAt is when the person is told by text message, 0 when there is nothing to tell; TextedAt is when it last was.
	TextAt   when.Instant `json:"textAt"`
	TextedAt when.Instant `json:"textedAt,omitempty"`
}

// claimTextGap is the least time between two messages about one draft, claimTextRetry how long after a failure it is tried again, and
// claimTextLife how long it is tried at all (待核).
const (
	claimTextGap   = time.Hour
	claimTextRetry = 5 * time.Minute
	claimTextLife  = 48 * time.Hour
)

// What the others are told of it: who wrote it down hears the answer.
const (
	claimDraftConfirmed = "claim.draft_confirmed"
	claimDraftDeclined  = "claim.draft_declined"
	draftsPage          = "/work/drafts"
)

func claimDraftID(orgID, phone string) string {
	sum := sha256.Sum256([]byte(phone))
	return orgID + ":" + hex.EncodeToString(sum[:8])
}

// DraftClaim writes a claim down for the person with the phone; written again, it is replaced until the person has answered. Errors:
// Forbidden outside the jurisdiction, Conflict claim.taken and draft.answered, Invalid.
func (s *Service) DraftClaim(ctx context.Context, orgID, phone, name string, in NewClaim) (docstore.Doc[DraftedClaim], error) {
	a := access.From(ctx)
	org, err := s.GetOrganisation(ctx, orgID)
	if err != nil {
		return docstore.Doc[DraftedClaim]{}, err
	}
	if phone, err = NormalisePhone(phone); err != nil {
		return docstore.Doc[DraftedClaim]{}, err
	}
	if in = in.trimmed(); in.Position == "" {
		return docstore.Doc[DraftedClaim]{}, fault.Bad(fault.Field{Path: "position", Code: "required"})
	}
	if org.Body.State != Unclaimed {
		return docstore.Doc[DraftedClaim]{}, fault.New(fault.Conflict, "claim.taken", "the organisation is claimed already, or closed")
	}
	office, err := s.office(ctx, a)
	if err != nil {
		return docstore.Doc[DraftedClaim]{}, err
	}
	drafted, err := access.DraftFor(a, orgID, org.Body.District, office, s.now())
	if err == nil {
		err = drafted.Ask(a.UserID, s.now()) // by phone, just now
	}
	if err != nil {
		return docstore.Doc[DraftedClaim]{}, err
	}
	d := DraftedClaim{OrgID: orgID, OrgName: org.Body.Profile.Name, District: org.Body.District, Phone: phone, Name: strings.TrimSpace(name), NewClaim: in, Drafted: drafted, DraftedBy: a.UserID, At: drafted.At, TextAt: drafted.At}
	id := claimDraftID(orgID, phone)
	doc, err := s.claimDrafts.Insert(ctx, id, d)
	if fault.KindOf(err) != fault.Duplicate {
		return doc, err
	}
	return s.claimDrafts.Update(ctx, id, func(tx *docstore.Tx[DraftedClaim]) error {
		if tx.Body.Drafted.State() == access.DraftConfirmed {
			return fault.New(fault.Conflict, "draft.answered", "the person has claimed the firm already")
		}
		if last := tx.Body.TextedAt; last != 0 {
			d.TextedAt, d.TextAt = last, max(d.TextAt, when.At(last.Time().Add(claimTextGap)))
		}
		*tx.Body = d
		return nil
	})
}

// textingClaimDrafts tells callers, by text message to the phone they gave, that their claim waits for them, with the link where they answer.
// The message has the draft's id and day, so that one sent twice is known as one. It is a job.
func (s *Service) textingClaimDrafts(ctx context.Context) error {
	for {
		page, err := s.claimDrafts.Find(ctx, docstore.Query{Index: "byText", From: when.Instant(1), To: when.At(s.now()) + 1, Limit: 50})
		if err != nil && ctx.Err() == nil {
			s.log.Warn("drafted claims could not be read", "error", err)
		}
		for _, d := range page.Items {
			if err := s.textClaimDraft(ctx, d); err != nil && ctx.Err() == nil {
				s.log.Warn("a caller is not told of its claim yet", "claim", d.ID, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func (s *Service) textClaimDraft(ctx context.Context, d docstore.Doc[DraftedClaim]) error {
	x, due := &d.Body, d.Body.TextAt
	var failed error
	if x.Phone != "" {
		sum := sha256.Sum256([]byte(d.ID))
		failed = s.texts.Send(ctx, notifyapi.TextMessage{Id: "claim-" + hex.EncodeToString(sum[:12]) + "-" + strconv.FormatInt(int64(x.At), 10), Phone: x.Phone, Subject: "认领待您确认",
			Text: x.Drafted.Office + "按您电话里说的，记录了" + x.OrgName + "的认领。请用本手机号登录，确认或退回。", Link: claimPage(x.OrgID)})
	}
	_, err := s.claimDrafts.Update(ctx, d.ID, func(tx *docstore.Tx[DraftedClaim]) error {
		b := tx.Body
		switch {
		case b.TextAt != due: // written again meanwhile
		case failed != nil && fault.KindOf(failed) != fault.Conflict && tx.Now.Sub(b.At.Time()) < claimTextLife:
			b.TextAt = when.At(tx.Now.Add(claimTextRetry))
		default:
			b.TextAt = 0
			if failed == nil && b.Phone != "" {
				b.TextedAt = when.At(tx.Now)
			}
		}
		return nil
	})
	return errors.Join(failed, err)
}

// office is how the record names the desk of a member of staff; never the person.
func (s *Service) office(ctx context.Context, a access.Actor) (string, error) {
	city, err := s.city(ctx)
	switch {
	case err != nil:
		return "", err
	case a.Staff == access.PlatformStaff:
		return city.Body.CityName + "平台运营单位", nil
	case a.Staff == access.DistrictOperator:
		return nameIn(city.Body.Districts, a.District) + "主管部门", nil
	}
	return city.Body.AuthorityName, nil
}

// ListDraftedClaims is what the caller wrote down for others, last first.
func (s *Service) ListDraftedClaims(ctx context.Context, limit int, cursor string) (docstore.Page[DraftedClaim], error) {
	return s.claimDrafts.Find(ctx, docstore.Query{Index: "drafted", Equal: []any{access.From(ctx).UserID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor})
}

// ListMyClaimDrafts is what staff wrote down for the caller's phone and it has not answered.
func (s *Service) ListMyClaimDrafts(ctx context.Context) ([]docstore.Doc[DraftedClaim], error) {
	me, err := s.people.Get(ctx, access.From(ctx).UserID)
	if err != nil || me.Body.Phone == "" {
		return nil, err
	}
	page, err := s.claimDrafts.Find(ctx, docstore.Query{Index: "byPhone", Equal: []any{me.Body.Phone}, Limit: docstore.MaxLimit})
	return page.Items, err
}

// answerClaimDraft records the person's answer, and forgets the phone with it.
func (s *Service) answerClaimDraft(ctx context.Context, id, kind string, answer func(d *DraftedClaim, by By, tx *docstore.Tx[DraftedClaim]) error) (docstore.Doc[DraftedClaim], error) {
	me, err := s.people.Get(ctx, access.From(ctx).UserID)
	if err != nil {
		return docstore.Doc[DraftedClaim]{}, err
	}
	return s.claimDrafts.Update(ctx, id, func(tx *docstore.Tx[DraftedClaim]) error {
		d := tx.Body
		if d.Phone == "" || d.Phone != me.Body.Phone {
			return access.Hide.Err()
		}
		if err := answer(d, By{UserID: me.ID, Name: me.Body.Name}, tx); err != nil {
			return err
		}
		d.Phone, d.TextAt = "", 0
		return tx.Emit(kind, message{OrgID: d.OrgID, Recipients: []recipient{toPerson(d.DraftedBy)}, Link: draftsPage,
			Params: map[string]any{"orgName": d.OrgName}}.with("reason", d.Drafted.Reason))
	})
}

// DeclineClaimDraft is the person's no.
func (s *Service) DeclineClaimDraft(ctx context.Context, id, reason string) (docstore.Doc[DraftedClaim], error) {
	return s.answerClaimDraft(ctx, id, claimDraftDeclined, func(d *DraftedClaim, by By, tx *docstore.Tx[DraftedClaim]) error {
		return d.Drafted.Decline(by.Name, reason, tx.Now)
	})
}

// confirmClaimDraft is what claiming does to what staff wrote down for the claimant's phone: the claim says then who wrote it. Nil when
// there is nothing, or who wrote it claims it.
func (s *Service) confirmClaimDraft(ctx context.Context, orgID, phone string) (*access.Drafted, error) {
	if phone == "" {
		return nil, nil
	}
	doc, err := s.answerClaimDraft(ctx, claimDraftID(orgID, phone), claimDraftConfirmed, func(d *DraftedClaim, by By, tx *docstore.Tx[DraftedClaim]) error {
		return d.Drafted.Confirm(by.UserID, by.Name, tx.Now)
	})
	if k := fault.KindOf(err); err != nil && (k == fault.NotFound || k == fault.Conflict) {
		return nil, nil
	}
	return doc.Body.Drafted, err
}
