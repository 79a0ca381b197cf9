package demand

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is a project's way: an expression of interest, talks in a thread of messages, a recorded result.

// InterestForm is an expression of interest.
type InterestForm struct {
	Intent         string `json:"intent,omitempty"` // what we bring and what we want
	CooperationWay string `json:"cooperationWay,omitempty"`
	Experience     string `json:"experience,omitempty"`
}

// TalksResult is what talks came to.
type TalksResult struct {
	Agreed    bool         `json:"agreed"`
	Summary   string       `json:"summary"`
	AmountFen int64        `json:"amountFen,omitempty"`
	At        when.Instant `json:"at"`
}

// Talk is one message of a thread, a document of its own. Files are those attached to the bid for the dealings, by id.
type Talk struct {
	BidID   string       `json:"bidId"`
	Number  int          `json:"number"` // from 1
	OrgID   string       `json:"orgId"`
	OrgName string       `json:"orgName"`
	UserID  string       `json:"userId"`
	Text    string       `json:"text"`
	Files   []string     `json:"files,omitempty"`
	At      when.Instant `json:"at"`
}

// maxTalks bounds a thread; what needs more should meet.
const maxTalks = 500

// dealing reports whether one of the two sides may add papers to the dealings now: while a trial runs or talks go on.
func (b *Bid) dealing(by By, d *Demand) error {
	if by.Role != Issuer && by.Role != Bidder {
		return fault.New(fault.Forbidden, "", "the two sides deal with each other")
	}
	if b.State != Talking && b.State != Trialling && b.State != Reported {
		return fault.Newf(fault.Conflict, "bid.wrong_state", "there are no dealings while the bid is %s", b.State)
	}
	return d.Dealing()
}

// OpenTalks takes up talks with one that is interested.
func (b *Bid) OpenTalks(by By, now time.Time, d *Demand) error {
	if err := b.dealt(OpenTalks, by, d, "-"); err != nil {
		return err
	}
	b.record(OpenTalks, by, now, Talking, "")
	return nil
}

// Say counts a message of the thread; files must be attached to the bid.
func (b *Bid) Say(by By, now time.Time, d *Demand, files []string) error {
	if err := b.dealt(PostTalk, by, d, "-"); err != nil {
		return err
	}
	if b.Talks >= maxTalks {
		return fault.Newf(fault.Conflict, "talks.full", "at most %d messages", maxTalks)
	}
	for i, id := range files {
		if !slices.ContainsFunc(b.Attachments, func(a Attachment) bool { return a.ID == id }) {
			return fault.Bad(fault.Field{Path: fmt.Sprintf("files[%d]", i), Code: "not_in"})
		}
	}
	b.Talks++
	b.ChangedAt = when.At(now)
	return nil
}

// RecordTalks ends talks with their result, either way with a sentence.
func (b *Bid) RecordTalks(by By, now time.Time, d *Demand, r TalksResult) error {
	if err := b.dealt(RecordTalks, by, d, r.Summary); err != nil {
		return fieldNamed(err, "summary")
	}
	r.At = when.At(now)
	to := Lost
	if r.Agreed {
		to = Won
	}
	b.Result, b.Reason, b.Announced = &r, r.Summary, true
	b.record(RecordTalks, by, now, to, r.Summary)
	return nil
}

// OpenTalks takes up talks.
func (s *Service) OpenTalks(ctx context.Context, bidID string) (api.Bid, error) {
	return s.deal(ctx, bidID, talksOpened, func(b *Bid, by By, now time.Time, d *Demand) error { return b.OpenTalks(by, now, d) })
}

// RecordTalks writes down what talks came to.
func (s *Service) RecordTalks(ctx context.Context, bidID string, in api.TalksResult) (api.Bid, error) {
	return s.deal(ctx, bidID, talksRecorded, func(b *Bid, by By, now time.Time, d *Demand) error {
		return b.RecordTalks(by, now, d, TalksResult{Agreed: in.Agreed, Summary: in.Summary, AmountFen: in.AmountFen})
	})
}

// PostTalk adds a message. Its number is drawn on the bid first, with the event; the message itself follows under that number, so a
// crash in between leaves a gap, never two messages in one place.
func (s *Service) PostTalk(ctx context.Context, bidID string, in api.TalkInput) (api.Talk, error) {
	text := strings.TrimSpace(in.Text)
	if text == "" {
		return api.Talk{}, fault.Bad(fault.Field{Path: "text", Code: "required"})
	}
	talk := Talk{BidID: bidID, Text: text, Files: in.Files}
	_, err := s.deal(ctx, bidID, talksMessage, func(b *Bid, by By, now time.Time, d *Demand) error {
		if err := b.Say(by, now, d, in.Files); err != nil {
			return err
		}
		talk.Number, talk.OrgID, talk.UserID, talk.At, talk.OrgName = b.Talks, by.OrgID, by.UserID, when.At(now), b.OrgName
		if by.Role == Issuer {
			talk.OrgName = d.Issuer
		}
		return nil
	})
	if err != nil {
		return api.Talk{}, err
	}
	doc, err := s.talks.Insert(ctx, fmt.Sprintf("%s:%05d", bidID, talk.Number), talk)
	if err != nil {
		return api.Talk{}, err
	}
	return talkView(doc, access.From(ctx).OrgID), nil
}

// ListTalks is the thread, oldest first, for the two sides and the operator.
func (s *Service) ListTalks(ctx context.Context, bidID string, limit int, cursor string) (api.TalkPage, error) {
	page := api.TalkPage{Items: []api.Talk{}}
	if _, _, _, err := s.seen(ctx, bidID); err != nil {
		return page, err
	}
	found, err := s.talks.Find(ctx, docstore.Query{Index: "bid", Equal: []any{bidID}, Limit: docstore.PageSize(limit), Cursor: cursor})
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, doc := range found.Items {
		page.Items = append(page.Items, talkView(doc, access.From(ctx).OrgID))
	}
	return page, nil
}

func talkView(doc docstore.Doc[Talk], reader string) api.Talk {
	t := &doc.Body
	return api.Talk{Id: doc.ID, OrgId: t.OrgID, OrgName: t.OrgName, Mine: t.OrgID == reader, Text: t.Text, Files: t.Files, At: t.At.Time()}
}
