package account

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// ClaimState is where a claim stands.
type ClaimState string

// A person drafts a claim, attaches evidence and files it; the operator approves or refuses. A refused one can be mended and filed
// again. Another person's claim that was approved first overtakes it.
const (
	ClaimDraft     ClaimState = "draft"
	ClaimFiled     ClaimState = "filed"
	ClaimApproved  ClaimState = "approved"
	ClaimRefused   ClaimState = "refused"
	ClaimWithdrawn ClaimState = "withdrawn"
	ClaimOvertaken ClaimState = "overtaken"
)

// Claim is one person's word that an unclaimed organisation is its own (认领). There is one per person and organisation.
type Claim struct {
	State    ClaimState   `json:"state"`
	OrgID    string       `json:"orgId"`
	OrgName  string       `json:"orgName"`
	District string       `json:"district"`
	UserID   string       `json:"userId"`
	UserName string       `json:"userName"`
	Position string       `json:"position"`          // the person's post in the firm
	NewName  string       `json:"newName,omitempty"` // the firm's name now, where the list has an older one
	Note     string       `json:"note,omitempty"`
	Evidence []Evidence   `json:"evidence,omitempty"`
	Reason   string       `json:"reason,omitempty"` // of the refusal
	FiledAt  when.Instant `json:"filedAt"`
	DueAt    when.Instant `json:"dueAt,omitempty"` // by when the operator should have decided
	History  []Entry      `json:"history"`
	// EscalateAt is DueAt while the claim waits and the city has not been told that it passed, else 0.
	EscalateAt when.Instant `json:"escalateAt"`
	// Escalations are when deadlines passed unanswered, each once: a claim filed again has a new one.
	Escalations []when.Instant `json:"escalations,omitempty"`
	// Drafted says that staff wrote it down for the claimant (代办), who confirmed by claiming.
	Drafted *access.Drafted `json:"drafted,omitempty"`
}

// ClaimDoc is a stored claim.
type ClaimDoc = docstore.Doc[Claim]

// claimSteps is the state table of claims.
var claimSteps = map[string]struct {
	operating bool // the operator's step, else the claimant's
	from      []ClaimState
	to        ClaimState // "" stays
}{
	"claimOrganisation":   {from: []ClaimState{ClaimDraft, ClaimRefused, ClaimWithdrawn}, to: ClaimDraft},
	"uploadClaimEvidence": {from: []ClaimState{ClaimDraft}},
	"fileClaim":           {from: []ClaimState{ClaimDraft}, to: ClaimFiled},
	"withdrawClaim":       {from: []ClaimState{ClaimDraft, ClaimFiled}, to: ClaimWithdrawn},
	"approveClaim":        {operating: true, from: []ClaimState{ClaimFiled}, to: ClaimApproved},
	"refuseClaim":         {operating: true, from: []ClaimState{ClaimFiled}, to: ClaimRefused},
}

// May is the instance rule of a step: the claimant's own, or an operator's of the firm's district who is not the claimant.
func (c *Claim) May(a access.Actor, action string) access.Decision {
	s, known := claimSteps[action]
	mine, operates := a.UserID != "" && a.UserID == c.UserID, a.Operates(c.District)
	switch {
	case !known || !mine && !operates:
		return access.Hide
	case s.operating && operates && !mine && !c.Drafted.By(a), !s.operating && mine: // nobody judges its own case, or what it wrote
		return access.Allow
	}
	return access.Forbid
}

// Refusal is why the actor cannot take the step now, nil when it can.
func (c *Claim) Refusal(a access.Actor, action string) error {
	if err := c.May(a, action).Err(); err != nil {
		return err
	}
	if !slices.Contains(claimSteps[action].from, c.State) {
		return fault.Newf(fault.Conflict, "claim.wrong_state", "%s is not possible while the claim is %s", action, c.State)
	}
	if action == "fileClaim" && len(c.Evidence) == 0 {
		return fault.New(fault.Conflict, "claim.evidence_missing", "attach the business licence and an authorisation with the firm's seal first")
	}
	return nil
}

func (c *Claim) move(action string, by By, reason string, now time.Time) {
	if to := claimSteps[action].to; to != "" {
		c.State, c.EscalateAt = to, 0
	}
	c.History = append(c.History, Entry{At: when.At(now), Action: action, By: by.UserID, Name: by.Name, Reason: reason})
}

// file hands the claim in and starts the operator's clock.
func (c *Claim) file(by By, now time.Time, r CityRules, cal when.Calendar) {
	c.move("fileClaim", by, "", now)
	c.FiledAt, c.DueAt = when.At(now), when.At(cal.After(now, r.ClaimReviewWorkingDays))
	c.EscalateAt = c.DueAt
}

// escalate notes that the deadline has passed with the claim unanswered, once, and says whether it did.
func (c *Claim) escalate(now time.Time) bool {
	if c.EscalateAt == 0 || when.At(now) < c.EscalateAt {
		return false
	}
	c.EscalateAt, c.Escalations = 0, append(c.Escalations, when.At(now))
	return true
}

// overtake ends an open claim because another was approved.
func (c *Claim) overtake(now time.Time) bool {
	if c.State != ClaimDraft && c.State != ClaimFiled {
		return false
	}
	c.State, c.EscalateAt = ClaimOvertaken, 0
	c.History = append(c.History, Entry{At: when.At(now), Action: "overtakeClaim", By: "service:account"})
	return true
}

func claimID(orgID, userID string) string { return orgID + ":" + userID }

// NewClaim is what a person claims with.
type NewClaim struct {
	Position string `json:"position"`
	NewName  string `json:"newName,omitempty"`
	Note     string `json:"note,omitempty"`
}

func (n NewClaim) trimmed() NewClaim {
	return NewClaim{strings.TrimSpace(n.Position), strings.TrimSpace(n.NewName), strings.TrimSpace(n.Note)}
}

// ClaimOrganisation drafts the actor's claim of an unclaimed organisation, or takes up its refused or withdrawn one.
func (s *Service) ClaimOrganisation(ctx context.Context, orgID string, in NewClaim) (ClaimDoc, error) {
	a := access.From(ctx)
	by, err := s.by(ctx, a)
	if err != nil {
		return ClaimDoc{}, err
	}
	org, err := s.GetOrganisation(ctx, orgID)
	if err != nil {
		return ClaimDoc{}, err
	}
	if org.Body.State != Unclaimed {
		return ClaimDoc{}, fault.New(fault.Conflict, "claim.taken", "the organisation is claimed already, or closed")
	}
	if in = in.trimmed(); in.Position == "" {
		return ClaimDoc{}, fault.Bad(fault.Field{Path: "position", Code: "required"})
	}
	me, err := s.people.Get(ctx, a.UserID)
	if err != nil {
		return ClaimDoc{}, err
	}
	drafted, err := s.confirmClaimDraft(ctx, orgID, me.Body.Phone)
	if err != nil {
		return ClaimDoc{}, err
	}
	fill := func(c *Claim) {
		if drafted != nil {
			c.Drafted = drafted
		}
		c.Position, c.NewName, c.Note = in.Position, in.NewName, in.Note
		c.OrgName, c.District, c.UserName, c.Reason = org.Body.Profile.Name, org.Body.District, by.Name, ""
		c.move("claimOrganisation", by, "", s.now())
	}
	c := Claim{State: ClaimDraft, OrgID: orgID, UserID: a.UserID}
	fill(&c)
	id := claimID(orgID, a.UserID)
	doc, err := s.claims.Insert(ctx, id, c)
	if fault.KindOf(err) != fault.Duplicate {
		return doc, err
	}
	return s.claims.Update(ctx, id, func(tx *docstore.Tx[Claim]) error {
		if err := tx.Body.Refusal(a, "claimOrganisation"); err != nil {
			return err
		}
		fill(tx.Body)
		return nil
	})
}

// changeClaim is the one way a claim is changed.
func (s *Service) changeClaim(ctx context.Context, id, action string, fn func(tx *docstore.Tx[Claim], by By) error) (ClaimDoc, error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return ClaimDoc{}, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return ClaimDoc{}, err
	}
	return s.claims.Update(ctx, id, func(tx *docstore.Tx[Claim]) error {
		if err := tx.Body.Refusal(a, action); err != nil {
			return err
		}
		return fn(tx, by)
	})
}

// UploadClaimEvidence keeps a file with a draft claim. When that fails the file goes again.
func (s *Service) UploadClaimEvidence(ctx context.Context, id, kind, name string, content io.Reader) (Evidence, ClaimDoc, error) {
	before, err := s.claims.Get(ctx, id)
	if err == nil {
		err = before.Body.Refusal(access.From(ctx), "uploadClaimEvidence")
	}
	if err != nil {
		return Evidence{}, ClaimDoc{}, err
	}
	ref, err := s.files.Put(ctx, content, name)
	if err != nil {
		return Evidence{}, ClaimDoc{}, err
	}
	e := Evidence{ID: ref.ID, Name: ref.Name, Type: ref.Type, Size: ref.Size, Kind: kind}
	doc, err := s.changeClaim(ctx, id, "uploadClaimEvidence", func(tx *docstore.Tx[Claim], by By) error {
		if len(tx.Body.Evidence) >= MaxEvidence {
			return fault.Newf(fault.Conflict, "organisation.evidence_full", "at most %d evidence files", MaxEvidence)
		}
		e.UploadedAt, e.UploadedBy = when.At(tx.Now), by.UserID
		tx.Body.Evidence = append(tx.Body.Evidence, e)
		return nil
	})
	if err != nil {
		if gone := s.files.Delete(context.WithoutCancel(ctx), ref.ID); gone != nil {
			s.log.Warn("a file nobody refers to stays", "file", ref.ID, "error", gone)
		}
	}
	return e, doc, err
}

// GetClaim reads a claim, for its claimant and the operators of the firm's district.
func (s *Service) GetClaim(ctx context.Context, id string) (ClaimDoc, error) {
	doc, err := s.claims.Get(ctx, id)
	if a := access.From(ctx); err == nil && a.UserID != doc.Body.UserID && !a.Operates(doc.Body.District) {
		err = access.Hide.Err()
	}
	return doc, err
}

// DownloadClaimEvidence opens a file of a claim.
func (s *Service) DownloadClaimEvidence(ctx context.Context, id, evidenceID string) (io.ReadSeekCloser, blob.Ref, error) {
	doc, err := s.GetClaim(ctx, id)
	if err == nil && !slices.ContainsFunc(doc.Body.Evidence, func(e Evidence) bool { return e.ID == evidenceID }) {
		err = access.Hide.Err()
	}
	if err != nil {
		return nil, blob.Ref{}, err
	}
	return s.files.Open(ctx, evidenceID)
}

// FileClaim hands a claim to the operator and starts its clock.
func (s *Service) FileClaim(ctx context.Context, id string) (ClaimDoc, error) {
	city, err := s.city(ctx)
	if err != nil {
		return ClaimDoc{}, err
	}
	return s.changeClaim(ctx, id, "fileClaim", func(tx *docstore.Tx[Claim], by By) error {
		c := tx.Body
		c.file(by, tx.Now, city.Body.Rules, city.Body.Calendar)
		return tx.Emit(claimFiled, claimMessage(c, reviewClaims, toOperators(c.District)))
	})
}

// escalatingClaims tells the city's operators, once per deadline, of claims nobody decided in time. It is a job.
func (s *Service) escalatingClaims(ctx context.Context) error {
	for {
		page, err := s.claims.Find(ctx, docstore.Query{Index: "byEscalation", From: when.Instant(1), To: when.At(s.now()) + 1, Limit: 50})
		if err != nil && ctx.Err() == nil {
			s.log.Warn("overdue claims could not be read", "error", err)
		}
		for _, d := range page.Items {
			_, err := s.claims.Update(ctx, d.ID, func(tx *docstore.Tx[Claim]) error {
				c := tx.Body
				if !c.escalate(tx.Now) {
					return nil
				}
				return tx.Emit(claimOverdue, claimMessage(c, reviewClaims, recipient{Staff: access.CityOperator}).with("dueAt", instant(c.DueAt)))
			})
			if err != nil && ctx.Err() == nil {
				s.log.Warn("an overdue claim is not escalated yet", "claim", d.ID, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// WithdrawClaim takes a claim back.
func (s *Service) WithdrawClaim(ctx context.Context, id string) (ClaimDoc, error) {
	return s.changeClaim(ctx, id, "withdrawClaim", func(tx *docstore.Tx[Claim], by By) error {
		tx.Body.move("withdrawClaim", by, "", tx.Now)
		return nil
	})
}

// RefuseClaim says why a claim was not found right.
func (s *Service) RefuseClaim(ctx context.Context, id, reason string) (ClaimDoc, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return ClaimDoc{}, fault.Bad(fault.Field{Path: "reason", Code: "required"})
	}
	return s.changeClaim(ctx, id, "refuseClaim", func(tx *docstore.Tx[Claim], by By) error {
		tx.Body.Reason = reason
		tx.Body.move("refuseClaim", by, reason, tx.Now)
		return tx.Emit(claimRefused, claimMessage(tx.Body, claimPage(tx.Body.OrgID), toPerson(tx.Body.UserID)).with("reason", reason))
	})
}

// ApproveClaim gives the organisation to the claimant. The decision is the organisation's write, where only one can win; what follows
// (this claim's state, the others') is safe to repeat, and a request cut off in between is finished by asking again.
func (s *Service) ApproveClaim(ctx context.Context, id, proof string) (ClaimDoc, error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return ClaimDoc{}, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return ClaimDoc{}, err
	}
	doc, err := s.claims.Get(ctx, id)
	if err != nil {
		return ClaimDoc{}, err
	}
	if err := doc.Body.Refusal(a, "approveClaim"); err != nil {
		return ClaimDoc{}, err
	}
	c := doc.Body
	// The note where the person looks comes first, as when it registers an organisation itself.
	if _, err := s.people.Update(ctx, c.UserID, func(tx *docstore.Tx[Person]) error { tx.Body.SeeksIn(c.OrgID); return nil }); err != nil {
		return ClaimDoc{}, err
	}
	if _, err := s.orgs.Update(ctx, c.OrgID, func(tx *docstore.Tx[Organisation]) error {
		if err := tx.Body.GiveTo(c.UserID, proof, by, tx.Now); err != nil {
			return err
		}
		if c.NewName != "" {
			tx.Body.Rename(c.NewName, "approveClaim", by, tx.Now)
		}
		return nil
	}); err != nil {
		return ClaimDoc{}, err
	}
	doc, err = s.changeClaim(ctx, id, "approveClaim", func(tx *docstore.Tx[Claim], by By) error {
		tx.Body.move("approveClaim", by, proof, tx.Now)
		return tx.Emit(claimApproved, claimMessage(tx.Body, ownPage, toPerson(tx.Body.UserID)))
	})
	if err != nil {
		return doc, err
	}
	return doc, s.overtakeOthers(ctx, c.OrgID, id)
}

// overtakeOthers ends the other open claims of an organisation that was given away.
func (s *Service) overtakeOthers(ctx context.Context, orgID, winner string) error {
	return s.claims.Each(ctx, docstore.Query{Index: "byOrg", Equal: []any{orgID}}, func(d ClaimDoc) error {
		if d.ID == winner {
			return nil
		}
		_, err := s.claims.Update(ctx, d.ID, func(tx *docstore.Tx[Claim]) error {
			if !tx.Body.overtake(tx.Now) {
				return nil
			}
			return tx.Emit(claimOvertaken, claimMessage(tx.Body, claimPage(orgID), toPerson(tx.Body.UserID)))
		})
		return err
	})
}

// ListClaims is the operator's queue, longest waiting first; a district operator's holds its district.
func (s *Service) ListClaims(ctx context.Context, state ClaimState, limit int, cursor string) (docstore.Page[Claim], error) {
	a := access.From(ctx)
	if state == "" {
		state = ClaimFiled
	}
	q := docstore.Query{Index: "byState", Equal: []any{state}, Limit: limit, Cursor: cursor}
	if a.Staff == access.DistrictOperator {
		if a.District == "" {
			return docstore.Page[Claim]{}, access.Forbid.Err()
		}
		q.Index, q.Equal = "byDistrictState", []any{a.District, state}
	}
	return s.claims.Find(ctx, q)
}

// ListMyClaims are the actor's own claims, filed last first.
func (s *Service) ListMyClaims(ctx context.Context) ([]ClaimDoc, error) {
	page, err := s.claims.Find(ctx, docstore.Query{Index: "byUser", Equal: []any{access.From(ctx).UserID}, Descending: true, Limit: docstore.MaxLimit})
	return page.Items, err
}

// Rivals counts the other open claims of a claim's organisation.
func (s *Service) Rivals(ctx context.Context, c ClaimDoc) (int, error) {
	n := 0
	err := s.claims.Each(ctx, docstore.Query{Index: "byOrg", Equal: []any{c.Body.OrgID}}, func(d ClaimDoc) error {
		if d.ID != c.ID && (d.Body.State == ClaimFiled || d.Body.State == ClaimDraft) {
			n++
		}
		return nil
	})
	return n, err
}

// FindUnclaimed finds unclaimed organisations by credit code or by how the name begins.
func (s *Service) FindUnclaimed(ctx context.Context, said string) ([]OrgDoc, error) {
	said = strings.TrimSpace(said)
	if code, err := ReadCreditCode(said, "q"); err == nil {
		doc, ok, err := one(ctx, s.orgs, "byCreditCode", code.Code)
		if err != nil || !ok || doc.Body.State != Unclaimed {
			return nil, err
		}
		return []OrgDoc{doc}, nil
	}
	if len([]rune(said)) < 2 {
		return nil, fault.Bad(fault.Field{Path: "q", Code: "too_short", Detail: "two characters of the name at least, or the credit code"})
	}
	var found []OrgDoc
	for _, name := range spellings(said) {
		page, err := s.orgs.Find(ctx, docstore.Query{Index: "byStateName", Equal: []any{Unclaimed}, From: name, To: name + "\U0010FFFF", Limit: 20})
		if err != nil {
			return nil, err
		}
		found = append(found, page.Items...)
	}
	return found, nil
}

// CloseOrganisation ends an organisation that was struck off or merged; its dealings elsewhere see it as no longer verified.
func (s *Service) CloseOrganisation(ctx context.Context, id, successor, reason string) (OrgDoc, error) {
	rev, err := ifMatch(ctx)
	if err != nil {
		return OrgDoc{}, err
	}
	if successor != "" {
		next, err := s.orgs.Get(ctx, successor)
		if err != nil || next.Body.State == Closed || successor == id {
			return OrgDoc{}, fault.Bad(fault.Field{Path: "successorId", Code: "unknown", Detail: "no such open organisation"})
		}
	}
	return s.change(ctx, id, "closeOrganisation", rev, func(tx *docstore.Tx[Organisation], by By) error {
		if err := tx.Body.Close(successor, reason, by, tx.Now); err != nil {
			return err
		}
		return tx.Emit(orgClosed, about(id, tx.Body, ownPage, toOrg(id)).with("reason", reason))
	})
}

func claimMessage(c *Claim, link string, to recipient) message {
	return message{OrgID: c.OrgID, Recipients: []recipient{to}, Link: link, Params: map[string]any{"orgName": c.OrgName, "userName": c.UserName}}
}
