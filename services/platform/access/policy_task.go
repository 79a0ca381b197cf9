package access

// taskPolicy is the part of the demand service that follows an award: the winners' tasks. The service tells the issuer from the winner.
var taskPolicy = map[string]Rule{
	"listTasks":     to(Member, Operator).on(Party),
	"getTask":       to(Member, Operator).on(Party),
	"listTaskCosts": to(Member, Operator).on(Party),
	"getTaskFile":   to(Member, Operator).on(Party),
	"getTaskReward": to(Member, Operator).on(Party),
	"addTaskFile":   to(Member).on(Party),

	// Forms to file upward, and the authority's figures.
	"getDemandForm":           to(Member, Operator).on(Party),
	"exportDemandForm":        to(Member, Operator).on(Party),
	"getBidForm":              to(Member, Operator).on(Party),
	"exportBidForm":           to(Member, Operator).on(Party),
	"getCooperationReport":    to(Operator).on(Jurisdiction),
	"exportCooperationReport": to(Operator).on(Jurisdiction),
	"getDemandFunnel":         to(Operator).on(Jurisdiction),

	// The rules a reward is computed by.
	"getRewardRules":     to(Anyone).on(Public),
	"putRewardRules":     to(City).on(Everything).deciding(),
	"previewRewardRules": to(City).on(Everything),
	"listRewardRuleSets": to(City).on(Everything),
	"undoRewardRules":    to(City).on(Everything).deciding(),

	"recordTaskContract":     to(Member).on(Party).deciding(),
	"confirmTaskContract":    to(Member).on(Party).deciding(),
	"refuseTaskContract":     to(Member).on(Party).deciding(),
	"addTaskMilestone":       to(Member).on(Party).deciding(),
	"moveTaskMilestone":      to(Member).on(Party).deciding(),
	"proposeTaskChange":      to(Member).on(Party).deciding(),
	"answerTaskChange":       to(Member).on(Party).deciding(),
	"deliverTask":            to(Member).on(Party).deciding(),
	"returnTaskDelivery":     to(Member).on(Party).deciding(),
	"acceptTask":             to(Member).on(Party).deciding(),
	"rateTask":               to(Member).on(Party).deciding(),
	"recordTaskOutcome":      to(Member).on(Party).deciding(),
	"recordTaskPayment":      to(Member).on(Party).deciding(),
	"confirmTaskPayment":     to(Member).on(Party).deciding(),
	"closeTask":              to(Member).on(Party).deciding(),
	"requestTaskTermination": to(Member).on(Party).deciding(),
	"declineTaskTermination": to(Member).on(Party).deciding(),
	"terminateTask":          to(Member).on(Party).deciding(),
	"addTaskCost":            to(Member).on(Party),
	"withdrawTaskCost":       to(Member).on(Party).deciding(),
	"judgeTaskCost":          to(Member, Operator).on(Party).deciding(),
	"recordTaskProof":        to(Member).on(Party).deciding(),
	"judgeTaskProof":         to(Operator).on(Jurisdiction).deciding(),
	"decideTaskReward":       to(Operator).on(Jurisdiction).deciding(),
}
