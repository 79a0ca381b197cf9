package demand

import (
	"context"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
)

// This file is the operations on a task's ledger of research costs.

// AddTaskCost adds a line. Its number is drawn on the task first; a crash before the line follows, or a request sent twice, leaves a
// gap in the numbers.
func (s *Service) AddTaskCost(ctx context.Context, id string, in api.CostInput) (api.CostLine, error) {
	line := CostLine{TaskID: id, Category: string(in.Category), AmountFen: in.AmountFen, SpentOn: dayOf(in.SpentOn), Note: in.Note, Voucher: in.Voucher, FileID: in.FileId}
	if _, err := s.changeTask(ctx, id, "", func(k *Task, by By, now time.Time) (err error) {
		line, err = k.DrawCost(by, now, line)
		return err
	}); err != nil {
		return api.CostLine{}, err
	}
	lineID, fingerprint := rest.Creation(ctx, s.now())
	doc, err := s.costs.Insert(ctx, lineID, line, docstore.Fingerprint(fingerprint))
	if err != nil {
		return api.CostLine{}, err
	}
	return costView(doc), nil
}

// ledger reads all lines of a task, by number.
func (s *Service) ledger(ctx context.Context, id string) ([]docstore.Doc[CostLine], error) {
	var lines []docstore.Doc[CostLine]
	err := s.costs.Each(ctx, docstore.Query{Index: "task", Equal: []any{id}}, func(doc docstore.Doc[CostLine]) error {
		lines = append(lines, doc)
		return nil
	})
	return lines, err
}

func bodies(docs []docstore.Doc[CostLine]) []CostLine {
	lines := make([]CostLine, len(docs))
	for i := range docs {
		lines[i] = docs[i].Body
	}
	return lines
}

// ListTaskCosts is the ledger with its sums, for those who have to do with the task.
func (s *Service) ListTaskCosts(ctx context.Context, id string) (api.CostLedger, error) {
	if _, _, err := s.involved(ctx, id); err != nil {
		return api.CostLedger{}, err
	}
	docs, err := s.ledger(ctx, id)
	if err != nil {
		return api.CostLedger{}, err
	}
	return ledgerView(docs, s.now()), nil
}

// changeCost is the one way a line is changed.
func (s *Service) changeCost(ctx context.Context, id, costID, event string, step func(c *CostLine, k *Task, by By, now time.Time) error) (api.CostLine, error) {
	task, b, err := s.involved(ctx, id)
	if err != nil {
		return api.CostLine{}, err
	}
	doc, err := s.costs.Update(ctx, costID, func(tx *docstore.Tx[CostLine]) error {
		if tx.Body.TaskID != id {
			return fault.New(fault.NotFound, "", "there is no such line")
		}
		if err := step(tx.Body, &task.Body, b, tx.Now); err != nil {
			return err
		}
		if event == "" {
			return nil
		}
		last := tx.Body.Judged[len(tx.Body.Judged)-1]
		m := aboutTask(id, &task.Body, task.Body.to(Bidder)...).with("about", office.Money(tx.Body.AmountFen)).with("reason", last.Reason).
			with("refused", last.State == CostRefused).with("actor", task.Body.nameOf(b.Role))
		return tx.Emit(event, m)
	})
	if err != nil {
		return api.CostLine{}, err
	}
	return costView(doc), nil
}

// JudgeTaskCost confirms, verifies or refuses a line.
func (s *Service) JudgeTaskCost(ctx context.Context, id, cost string, in api.AnswerInput) (api.CostLine, error) {
	return s.changeCost(ctx, id, cost, taskCostJudged, func(c *CostLine, k *Task, by By, now time.Time) error {
		return c.Judge(k, by, now, in.Accepted, in.Reason)
	})
}

// WithdrawTaskCost takes a line back.
func (s *Service) WithdrawTaskCost(ctx context.Context, id, cost, reason string) (api.CostLine, error) {
	return s.changeCost(ctx, id, cost, "", func(c *CostLine, k *Task, by By, now time.Time) error { return c.Withdraw(k, by, now, reason) })
}
