package demand

import (
	"context"

	"lianbang/services/demand/api"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/rest"
)

// The operations on tasks, as mechanical as those of http.go.

func taskAnswer(v api.Task) api.TaskJSONResponse {
	return api.TaskJSONResponse{Body: v, Headers: api.TaskResponseHeaders{ETag: rest.ETag(v.Rev)}}
}

func (h server) ListTasks(ctx context.Context, r api.ListTasksRequestObject) (api.ListTasksResponseObject, error) {
	v, err := h.s.ListTasks(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return api.ListTasks200JSONResponse(v), nil
}

func (h server) RecordTaskContract(ctx context.Context, r api.RecordTaskContractRequestObject) (api.RecordTaskContractResponseObject, error) {
	v, err := h.s.RecordTaskContract(ctx, r.TaskId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RecordTaskContract200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) ConfirmTaskContract(ctx context.Context, r api.ConfirmTaskContractRequestObject) (api.ConfirmTaskContractResponseObject, error) {
	v, err := h.s.ConfirmTaskContract(ctx, r.TaskId)
	if err != nil {
		return nil, err
	}
	return api.ConfirmTaskContract200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) RefuseTaskContract(ctx context.Context, r api.RefuseTaskContractRequestObject) (api.RefuseTaskContractResponseObject, error) {
	v, err := h.s.RefuseTaskContract(ctx, r.TaskId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.RefuseTaskContract200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) AddTaskMilestone(ctx context.Context, r api.AddTaskMilestoneRequestObject) (api.AddTaskMilestoneResponseObject, error) {
	v, err := h.s.AddTaskMilestone(ctx, r.TaskId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AddTaskMilestone200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) MoveTaskMilestone(ctx context.Context, r api.MoveTaskMilestoneRequestObject) (api.MoveTaskMilestoneResponseObject, error) {
	v, err := h.s.MoveTaskMilestone(ctx, r.TaskId, r.MilestoneId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.MoveTaskMilestone200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) ProposeTaskChange(ctx context.Context, r api.ProposeTaskChangeRequestObject) (api.ProposeTaskChangeResponseObject, error) {
	v, err := h.s.ProposeTaskChange(ctx, r.TaskId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ProposeTaskChange200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) AnswerTaskChange(ctx context.Context, r api.AnswerTaskChangeRequestObject) (api.AnswerTaskChangeResponseObject, error) {
	v, err := h.s.AnswerTaskChange(ctx, r.TaskId, r.ChangeId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AnswerTaskChange200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) DeliverTask(ctx context.Context, r api.DeliverTaskRequestObject) (api.DeliverTaskResponseObject, error) {
	v, err := h.s.DeliverTask(ctx, r.TaskId, r.Body.Note)
	if err != nil {
		return nil, err
	}
	return api.DeliverTask200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) ReturnTaskDelivery(ctx context.Context, r api.ReturnTaskDeliveryRequestObject) (api.ReturnTaskDeliveryResponseObject, error) {
	v, err := h.s.ReturnTaskDelivery(ctx, r.TaskId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.ReturnTaskDelivery200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) AcceptTask(ctx context.Context, r api.AcceptTaskRequestObject) (api.AcceptTaskResponseObject, error) {
	v, err := h.s.AcceptTask(ctx, r.TaskId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AcceptTask200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) RateTask(ctx context.Context, r api.RateTaskRequestObject) (api.RateTaskResponseObject, error) {
	v, err := h.s.RateTask(ctx, r.TaskId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RateTask200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) RecordTaskOutcome(ctx context.Context, r api.RecordTaskOutcomeRequestObject) (api.RecordTaskOutcomeResponseObject, error) {
	v, err := h.s.RecordTaskOutcome(ctx, r.TaskId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RecordTaskOutcome200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) RecordTaskPayment(ctx context.Context, r api.RecordTaskPaymentRequestObject) (api.RecordTaskPaymentResponseObject, error) {
	v, err := h.s.RecordTaskPayment(ctx, r.TaskId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RecordTaskPayment200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) ConfirmTaskPayment(ctx context.Context, r api.ConfirmTaskPaymentRequestObject) (api.ConfirmTaskPaymentResponseObject, error) {
	v, err := h.s.ConfirmTaskPayment(ctx, r.TaskId, r.PaymentId)
	if err != nil {
		return nil, err
	}
	return api.ConfirmTaskPayment200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) CloseTask(ctx context.Context, r api.CloseTaskRequestObject) (api.CloseTaskResponseObject, error) {
	v, err := h.s.CloseTask(ctx, r.TaskId)
	if err != nil {
		return nil, err
	}
	return api.CloseTask200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) RequestTaskTermination(ctx context.Context, r api.RequestTaskTerminationRequestObject) (api.RequestTaskTerminationResponseObject, error) {
	v, err := h.s.RequestTaskTermination(ctx, r.TaskId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.RequestTaskTermination200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) DeclineTaskTermination(ctx context.Context, r api.DeclineTaskTerminationRequestObject) (api.DeclineTaskTerminationResponseObject, error) {
	v, err := h.s.DeclineTaskTermination(ctx, r.TaskId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.DeclineTaskTermination200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) TerminateTask(ctx context.Context, r api.TerminateTaskRequestObject) (api.TerminateTaskResponseObject, error) {
	v, err := h.s.TerminateTask(ctx, r.TaskId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.TerminateTask200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) RecordTaskProof(ctx context.Context, r api.RecordTaskProofRequestObject) (api.RecordTaskProofResponseObject, error) {
	v, err := h.s.RecordTaskProof(ctx, r.TaskId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RecordTaskProof200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) JudgeTaskProof(ctx context.Context, r api.JudgeTaskProofRequestObject) (api.JudgeTaskProofResponseObject, error) {
	v, err := h.s.JudgeTaskProof(ctx, r.TaskId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.JudgeTaskProof200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) DecideTaskReward(ctx context.Context, r api.DecideTaskRewardRequestObject) (api.DecideTaskRewardResponseObject, error) {
	v, err := h.s.DecideTaskReward(ctx, r.TaskId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.DecideTaskReward200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) GetTask(ctx context.Context, r api.GetTaskRequestObject) (api.GetTaskResponseObject, error) {
	v, err := h.s.GetTask(ctx, r.TaskId)
	if err != nil {
		return nil, err
	}
	return api.GetTask200JSONResponse{TaskJSONResponse: taskAnswer(v)}, nil
}

func (h server) ListTaskCosts(ctx context.Context, r api.ListTaskCostsRequestObject) (api.ListTaskCostsResponseObject, error) {
	v, err := h.s.ListTaskCosts(ctx, r.TaskId)
	if err != nil {
		return nil, err
	}
	return api.ListTaskCosts200JSONResponse(v), nil
}

func (h server) AddTaskCost(ctx context.Context, r api.AddTaskCostRequestObject) (api.AddTaskCostResponseObject, error) {
	v, err := h.s.AddTaskCost(ctx, r.TaskId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AddTaskCost201JSONResponse(v), nil
}

func (h server) JudgeTaskCost(ctx context.Context, r api.JudgeTaskCostRequestObject) (api.JudgeTaskCostResponseObject, error) {
	v, err := h.s.JudgeTaskCost(ctx, r.TaskId, r.CostId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.JudgeTaskCost200JSONResponse(v), nil
}

func (h server) WithdrawTaskCost(ctx context.Context, r api.WithdrawTaskCostRequestObject) (api.WithdrawTaskCostResponseObject, error) {
	v, err := h.s.WithdrawTaskCost(ctx, r.TaskId, r.CostId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.WithdrawTaskCost200JSONResponse(v), nil
}

func (h server) GetTaskReward(ctx context.Context, r api.GetTaskRewardRequestObject) (api.GetTaskRewardResponseObject, error) {
	v, err := h.s.GetTaskReward(ctx, r.TaskId, dayOf(r.Params.On))
	if err != nil {
		return nil, err
	}
	return api.GetTaskReward200JSONResponse(v), nil
}

func (h server) AddTaskFile(ctx context.Context, r api.AddTaskFileRequestObject) (api.AddTaskFileResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, rev, err := h.s.AddTaskFile(ctx, r.TaskId, content, name)
	if err != nil {
		return nil, err
	}
	return api.AddTaskFile201JSONResponse{AttachmentCreatedJSONResponse: attachmentAnswer(v, rev)}, nil
}

func (h server) GetTaskFile(ctx context.Context, r api.GetTaskFileRequestObject) (api.GetTaskFileResponseObject, error) {
	f, err := h.s.GetTaskFile(ctx, r.TaskId, r.AttachmentId)
	if err != nil {
		return nil, err
	}
	return api.GetTaskFile200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: fileAnswer(f)}, nil
}
