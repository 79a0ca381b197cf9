package access

// Policy is the one permission table: operation id → who may call it, and what it reaches. Default deny: an operation that
// is not here is refused to everybody, and a test holds the table and the specifications to each other in both directions.
var Policy = table(accountPolicy, demandPolicy, notifyPolicy, searchPolicy)

var accountPolicy = map[string]Rule{}

var demandPolicy = map[string]Rule{}

var notifyPolicy = map[string]Rule{}

var searchPolicy = map[string]Rule{
	"search":              to(Anyone).on(Public),
	"suggest":             to(Anyone).on(Public),
	"listPopularSearches": to(Anyone).on(Public),
	"matchText":           to(Anyone).on(Public),
	"matchDemand":         to(Member, Operator).on(Party),
	"matchOrganisation":   to(Member, Operator).on(Party),
	"explainMatch":        to(Member, Operator).on(Party),
	"getSearchBacklog":    to(Operator).on(Everything),
	"reindex":             to(City).on(Everything),
	"putSearchDocuments":  to(Peer).on(Everything),
	"listSearchRevisions": to(Peer).on(Everything),
	"matchInternal":       to(Peer).on(Everything),
}
