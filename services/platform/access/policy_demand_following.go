package access

// followingPolicy are the rows of demands' watches, questions and changes. The service hides what is not public to the reader and asks
// that an asker's organisation is verified.
var followingPolicy = map[string]Rule{
	"watchDemand":   to(SignedIn).on(Self),
	"unwatchDemand": to(SignedIn).on(Self),
	"listMyWatches": to(SignedIn).on(Self),

	"listDemandQuestions":  to(Anyone).on(Public),
	"askDemandQuestion":    to(Member).on(Public),
	"answerDemandQuestion": to(Member).on(OwnOrg).deciding(),
	"listDemandChanges":    to(Anyone).on(Public),
	"changeDemand":         to(Member).on(OwnOrg).deciding(),
	"previewDemandChange":  to(Member).on(OwnOrg),
	"confirmBidChange":     to(Member).on(OwnOrg).deciding(),

	"getIssueSubscription": to(SignedIn).on(Self),
	"subscribeIssues":      to(SignedIn).on(Self),

	"previewAudience":   to(Member, Operator).on(OwnOrg),
	"getDemandAudience": to(Member, Operator).on(Party),

	"hideDemandQuestion": to(Operator).on(Jurisdiction).deciding(),
}
