package demand

import (
	"context"
	"strings"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// This file is asking and answering in public: what one bidder learns, all learn, and nobody learns who asked.

// Question is one question about a published demand, a document of its own, with its answers; the last one counts.
type Question struct {
	DemandID string       `json:"demandId"`
	Round    int          `json:"round"`
	OrgID    string       `json:"orgId"` // the asker's; shown to itself and to the operator alone
	OrgName  string       `json:"orgName"`
	UserID   string       `json:"userId"`
	Text     string       `json:"text"`
	At       when.Instant `json:"at"`
	// DueAt is when the issuer should have answered: the settings' working days, the deadline at the latest.
	DueAt   when.Instant `json:"dueAt"`
	Answers []Answer     `json:"answers,omitempty"`
	Hidden  *Hiding      `json:"hidden,omitempty"`
	Telling Telling      `json:"telling"`
}

// Answer is what the issuer said to a question, or later put in its place.
type Answer struct {
	Text   string       `json:"text"`
	UserID string       `json:"userId"`
	At     when.Instant `json:"at"`
}

// Hiding is the operator's taking an abusive question off the page.
type Hiding struct {
	Reason string       `json:"reason"`
	UserID string       `json:"userId"`
	At     when.Instant `json:"at"`
}

// The actions on questions, named as their operations.
const (
	AskQuestion    Action = "askDemandQuestion"
	AnswerQuestion Action = "answerDemandQuestion"
	HideQuestion   Action = "hideDemandQuestion"
)

const (
	maxQuestions = 20 // of one organisation on one demand
	maxAnswers   = 10 // to one question, corrections included
)

// QuestionsUntil is when asking ends: the settings' hours before the deadline, so that the answer still helps, but never the larger part of
// a short bidding period. 0 for a demand without a deadline.
func (d *Demand) QuestionsUntil(s Settings) when.Instant {
	if d.Deadline == 0 {
		return 0
	}
	cut := min(time.Duration(s.QuestionCutoffHours)*time.Hour, d.Deadline.Time().Sub(d.PublishedAt.Time())/2)
	return when.At(d.Deadline.Time().Add(-cut))
}

// askable reports whether questions are taken now.
func (d *Demand) askable(now time.Time, s Settings) error {
	if err := d.Accepting(now); err != nil {
		return err
	}
	if until := d.QuestionsUntil(s); until != 0 && when.At(now) >= until {
		return fault.New(fault.Conflict, "question.too_late", "asking ends some time before the deadline")
	}
	return nil
}

// asker reports whether somebody may ask at all: an organisation that reads the demand, but neither its issuer nor its operator.
func asker(by By) error {
	switch {
	case by.Role == Issuer:
		return fault.New(fault.Forbidden, "question.own_demand", "the issuer answers, it does not ask")
	case by.Role == Operator || by.OrgID == "":
		return fault.New(fault.Forbidden, "org.none", "only an organisation asks")
	}
	return nil
}

// Ask puts a question about a published demand.
func Ask(by By, demandID string, d *Demand, text string, now time.Time, s Settings) (Question, error) {
	if err := asker(by); err != nil {
		return Question{}, err
	}
	if err := d.askable(now, s); err != nil {
		return Question{}, err
	}
	if text = strings.TrimSpace(text); text == "" {
		return Question{}, fault.Bad(fault.Field{Path: "text", Code: "required"})
	}
	due := when.At(s.Calendar.After(now, s.AnswerWorkingDays))
	if d.Deadline != 0 {
		due = min(due, d.Deadline)
	}
	return Question{DemandID: demandID, Round: d.Round, OrgID: by.OrgID, OrgName: by.Name, UserID: by.UserID, Text: text, At: when.At(now), DueAt: due}, nil
}

// Answer answers a question for everybody, or mends the answer there is, until the deadline: later it would help only some.
func (q *Question) Answer(by By, now time.Time, d *Demand, text string) error {
	if by.Role != Issuer {
		return fault.New(fault.Forbidden, "", "the issuer answers")
	}
	if err := d.Accepting(now); err != nil {
		return err
	}
	switch text = strings.TrimSpace(text); {
	case q.Hidden != nil:
		return fault.New(fault.Conflict, "question.hidden", "the operator took the question off the page")
	case text == "":
		return fault.Bad(fault.Field{Path: "text", Code: "required"})
	case len(q.Answers) >= maxAnswers:
		return fault.Newf(fault.Conflict, "question.answered_too_often", "an answer is mended at most %d times", maxAnswers-1)
	}
	q.Answers = append(q.Answers, Answer{Text: text, UserID: by.UserID, At: when.At(now)})
	q.Telling.begin(now)
	return nil
}

// Hide takes an abusive question off the page, with the reason; asker, issuer and operator still see it.
func (q *Question) Hide(by By, now time.Time, reason string) error {
	if by.Role != Operator {
		return fault.New(fault.Forbidden, "", "the operator hides a question")
	}
	if err := needReason(reason); err != nil {
		return err
	}
	if q.Hidden != nil {
		return fault.New(fault.Conflict, "question.hidden", "it is hidden already")
	}
	q.Hidden, q.Telling = &Hiding{Reason: reason, UserID: by.UserID, At: when.At(now)}, Telling{}
	return nil
}

// Visible reports whether a reader of the demand sees the question.
func (q *Question) Visible(r Role, orgID string) bool {
	return q.Hidden == nil || r == Issuer || r == Operator || orgID != "" && orgID == q.OrgID
}

func (q *Question) about() (string, *Telling) { return q.DemandID, &q.Telling }

func (q *Question) message(d *Demand) (string, message) {
	return questionAnswered, about(q.DemandID, d, questionsOn(q.DemandID), toOrg(q.OrgID)).with("question", cutTo(q.Text, 80)).with("answer", cutTo(q.Answers[len(q.Answers)-1].Text, 200))
}

// AskDemandQuestion puts the caller's organisation's question and tells the issuer, who does not learn from whom it is.
func (s *Service) AskDemandQuestion(ctx context.Context, id string, in api.QuestionInput) (api.Question, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Question{}, err
	}
	d := &doc.Body
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Question{}, err
	}
	who := by(a, d)
	if err := asker(who); err != nil {
		return api.Question{}, err
	}
	org, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return api.Question{}, err
	}
	who.Name = org.Name
	q, err := Ask(who, id, d, in.Text, s.now(), settings)
	if err != nil {
		return api.Question{}, err
	}
	asked, err := s.questions.Count(ctx, docstore.Query{Index: "asker", Equal: []any{id, a.OrgID}})
	if err != nil {
		return api.Question{}, err
	}
	if asked >= maxQuestions {
		return api.Question{}, fault.Newf(fault.Conflict, "question.too_many", "one organisation asks at most %d questions about a demand", maxQuestions)
	}
	m := about(id, d, questionsOn(id), toOrg(d.IssuerID)).with("question", cutTo(q.Text, 80)).with("dueAt", at(q.DueAt))
	key, fingerprint := rest.Creation(ctx, s.now())
	kept, err := s.questions.Insert(ctx, key, q, docstore.Fingerprint(fingerprint), docstore.Emit(questionAsked, m))
	if err != nil {
		return api.Question{}, err
	}
	return questionView(kept, d, a, s.now()), nil
}

// changeQuestion is the one way a question is changed.
func (s *Service) changeQuestion(ctx context.Context, id, questionID string, step func(tx *docstore.Tx[Question], by By, d *Demand) error) (api.Question, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Question{}, err
	}
	kept, err := s.questions.Get(ctx, questionID)
	if err == nil && (kept.Body.DemandID != id || !kept.Body.Visible(role(a, &doc.Body), a.OrgID)) {
		err = access.Hide.Err()
	}
	if err != nil {
		return api.Question{}, err
	}
	kept, err = s.questions.Update(ctx, questionID, func(tx *docstore.Tx[Question]) error { return step(tx, by(a, &doc.Body), &doc.Body) })
	if err != nil {
		return api.Question{}, err
	}
	return questionView(kept, &doc.Body, a, s.now()), nil
}

// AnswerDemandQuestion answers for everybody; the asker, those who bid and those who watch are told.
func (s *Service) AnswerDemandQuestion(ctx context.Context, id, questionID string, in api.QuestionInput) (api.Question, error) {
	v, err := s.changeQuestion(ctx, id, questionID, func(tx *docstore.Tx[Question], by By, d *Demand) error {
		if err := tx.Body.Answer(by, tx.Now, d, in.Text); err != nil {
			return err
		}
		kind, m := tx.Body.message(d)
		return tx.Emit(kind, m)
	})
	if err == nil {
		s.tellSoon(ctx, questionID, func(ctx context.Context) error { return tell(ctx, s, s.questions, questionID) })
	}
	return v, err
}

// HideDemandQuestion takes a question off the page and tells its asker why.
func (s *Service) HideDemandQuestion(ctx context.Context, id, questionID string, in api.ReasonInput) (api.Question, error) {
	return s.changeQuestion(ctx, id, questionID, func(tx *docstore.Tx[Question], by By, d *Demand) error {
		if err := tx.Body.Hide(by, tx.Now, in.Reason); err != nil {
			return err
		}
		return tx.Emit(questionHidden, about(id, d, questionsOn(id), toOrg(tx.Body.OrgID)).with("reason", in.Reason))
	})
}

// ListDemandQuestions is the thread, oldest first, for whoever may read the demand.
func (s *Service) ListDemandQuestions(ctx context.Context, id string, limit int, cursor string) (api.QuestionPage, error) {
	page := api.QuestionPage{Items: []api.Question{}}
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return page, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return page, err
	}
	d, now := &doc.Body, s.now()
	found, err := s.questions.Find(ctx, docstore.Query{Index: "demand", Equal: []any{id}, Limit: docstore.PageSize(limit), Cursor: cursor})
	if err != nil {
		return page, err
	}
	for _, q := range found.Items {
		if q.Body.Visible(role(a, d), a.OrgID) {
			page.Items = append(page.Items, questionView(q, d, a, now))
		}
	}
	page.Next, page.Until = found.Next, d.QuestionsUntil(settings).Time()
	if r := role(a, d); r == Stranger {
		err := d.askable(now, settings)
		switch {
		case a.Guest():
			err = fault.New(fault.Unauthenticated, "auth.sign_in", "sign in to ask")
		case a.OrgID == "":
			err = fault.New(fault.Forbidden, "org.none", "only an organisation asks")
		case !a.Verified:
			err = notVerified
		}
		page.AllowedActions = []api.Action{{Operation: string(AskQuestion), Allowed: err == nil, Code: refusal(err), Until: page.Until}}
	}
	return page, nil
}

func questionView(doc docstore.Doc[Question], d *Demand, a access.Actor, now time.Time) api.Question {
	q, r := &doc.Body, role(a, d)
	v := api.Question{Id: doc.ID, Rev: doc.Rev, Text: q.Text, At: q.At.Time(), Mine: a.OrgID != "" && a.OrgID == q.OrgID}
	if v.Mine || r == Operator {
		v.OrgName = q.OrgName
	}
	if n := len(q.Answers); n > 0 {
		v.Answer, v.AnsweredAt, v.Mended = q.Answers[n-1].Text, q.Answers[n-1].At.Time(), n > 1
	} else if q.Hidden == nil && d.State == Published {
		v.DueAt, v.Overdue = q.DueAt.Time(), when.At(now) >= q.DueAt
	}
	if q.Hidden != nil {
		v.HiddenReason = q.Hidden.Reason
	}
	add := func(action Action, err error) {
		v.AllowedActions = append(v.AllowedActions, api.Action{Operation: string(action), Allowed: err == nil, Code: refusal(err)})
	}
	trial := *q
	switch r {
	case Issuer:
		add(AnswerQuestion, trial.Answer(By{Role: r}, now, d, "-"))
	case Operator:
		add(HideQuestion, trial.Hide(By{Role: r}, now, "-"))
	}
	return v
}
