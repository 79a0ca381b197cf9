package access

// listsPolicy are the rows of named demand lists, copies and bulk edits, and of reading a firm's own column names.
var listsPolicy = map[string]Rule{
	"listDemandLists":   to(Anyone).on(Public),
	"getDemandList":     to(Anyone).on(Public),
	"listDemandsOfList": to(Anyone).on(Public),

	"createDemandList":  to(As(ChainLeader, SME)).on(OwnOrg),
	"listMyDemandLists": to(Member).on(OwnOrg),
	"editDemandList":    to(Member).on(OwnOrg),
	"exportDemandList":  to(Member).on(OwnOrg),
	"cloneDemandList":   to(As(ChainLeader, SME)).on(OwnOrg),
	"cloneDemand":       to(As(ChainLeader, SME)).on(OwnOrg),
	"bulkEditDemands":   to(Member).on(OwnOrg),
	"mapImportColumns":  to(Member).on(OwnOrg),
}
