package access

var achievementPolicy = map[string]Rule{
	// What anybody may read.
	"listAchievements":         to(Anyone).on(Public),
	"getAchievement":           to(Anyone).on(Public),
	"getAchievementHistory":    to(Anyone).on(Public),
	"listAchievementVersions":  to(Anyone).on(Public),
	"getAchievementJSONLD":     to(Anyone).on(Public),
	"getAchievementAttachment": to(Anyone).on(Public),
	"recordAchievementView":    to(Anyone).on(Public),

	// A university's departments write; its technology-transfer office (an owner or admin) approves and withdraws.
	// Staff draft for a university (代办), which confirms by handing in.
	"createAchievement":           to(As(University)).on(OwnOrg),
	"editAchievement":             to(Member, Desk).on(OwnOrg),
	"askAchievementConfirmation":  to(Desk).on(Party),
	"draftAchievement":            to(Desk).on(Jurisdiction),
	"listDraftedAchievements":     to(Desk).on(Self),
	"submitAchievement":           to(Member).on(OwnOrg).deciding(),
	"forwardAchievement":          to(OrgAdmin).on(OwnOrg).deciding(),
	"withdrawAchievement":         to(OrgAdmin).on(OwnOrg).deciding(),
	"addAchievementAttachment":    to(Member, Desk).on(OwnOrg),
	"removeAchievementAttachment": to(Member, Desk).on(OwnOrg),
	"listMyAchievements":          to(Member).on(OwnOrg),

	// A published text is changed as a version: handed in by its university, agreed to by the office and, when of substance, the operator.
	"changeAchievement":        to(As(University)).on(OwnOrg).deciding(),
	"previewAchievementChange": to(As(University)).on(OwnOrg),
	"approveAchievementChange": to(OrgAdmin, Operator).on(Party).deciding(),
	"returnAchievementChange":  to(OrgAdmin, Operator).on(Party).deciding(),

	// The operator's review; the office returns what lies on its own desk.
	"returnAchievement":      to(OrgAdmin, Operator).on(Party).deciding(),
	"publishAchievement":     to(Operator).on(Jurisdiction).deciding(),
	"listReviewAchievements": to(Operator).on(Jurisdiction),

	// Deals: a firm asks; the university's office deals; what binds is decided by the one whose it is.
	"expressInterest":          to(Member).on(OwnOrg).deciding(),
	"takeOpenLicence":          to(Member).on(OwnOrg).deciding(),
	"listAchievementDeals":     to(Member, Operator).on(Party),
	"getAchievementDeal":       to(Member, Operator).on(Party),
	"takeUpAchievementDeal":    to(Member).on(Party).deciding(),
	"declineAchievementDeal":   to(OrgAdmin).on(Party).deciding(),
	"cancelAchievementDeal":    to(Member).on(Party).deciding(),
	"signDealNDA":              to(Member).on(Party).deciding(),
	"proposeDealTerms":         to(OrgAdmin).on(Party).deciding(),
	"agreeDealTerms":           to(Member).on(Party).deciding(),
	"approveDeal":              to(OrgAdmin).on(Party).deciding(),
	"refuseDeal":               to(OrgAdmin).on(Party).deciding(),
	"concludeDealTrial":        to(Member).on(Party).deciding(),
	"signDeal":                 to(Member).on(Party).deciding(),
	"registerDeal":             to(OrgAdmin).on(Party).deciding(),
	"recordDealPayment":        to(Member).on(Party).deciding(),
	"confirmDealPayment":       to(OrgAdmin).on(Party).deciding(),
	"splitDealIncome":          to(OrgAdmin).on(OwnOrg).deciding(),
	"fulfilDeal":               to(Member).on(Party).deciding(),
	"listDealMessages":         to(Member).on(Party),
	"postDealMessage":          to(Member).on(Party),
	"getLicenceCertificate":    to(Member, Operator).on(Party),
	"verifyLicenceCertificate": to(Anyone).on(Public),

	// Lists and what became of them. Departments keep lists with the office; what is on them is published item by item.
	"listAchievementLists":      to(Anyone).on(Public),
	"getAchievementList":        to(Anyone).on(Public),
	"listAchievementListItems":  to(Anyone).on(Public),
	"exportAchievementList":     to(Anyone).on(Public),
	"getAchievementListFeed":    to(Anyone).on(Public),
	"listMyAchievementLists":    to(As(University)).on(OwnOrg),
	"createAchievementList":     to(As(University)).on(OwnOrg),
	"editAchievementList":       to(As(University)).on(OwnOrg),
	"cloneAchievementList":      to(As(University)).on(OwnOrg),
	"addAchievementListItems":   to(As(University)).on(OwnOrg),
	"removeAchievementListItem": to(As(University)).on(OwnOrg),
	"withdrawAchievementList":   to(OrgAdmin).on(OwnOrg).deciding(),
	"moveAchievements":          to(Member, Operator).on(Party).deciding(), // each step as its own row above says

	// Tables brought in.
	"downloadAchievementTemplate": to(As(University)).on(OwnOrg),
	"importAchievements":          to(As(University)).on(OwnOrg),
	"listAchievementImports":      to(As(University)).on(OwnOrg),
	"getAchievementImport":        to(As(University)).on(OwnOrg),
	"listAchievementImportRows":   to(As(University)).on(OwnOrg),
	"mapAchievementImport":        to(As(University)).on(OwnOrg),
	"editAchievementImportRow":    to(As(University)).on(OwnOrg),
	"decideAchievementImport":     to(As(University)).on(OwnOrg),
	"commitAchievementImport":     to(As(University)).on(OwnOrg),
	"discardAchievementImport":    to(As(University)).on(OwnOrg),

	// Who looks is for the achievement's university alone, and as counts.
	"getAchievementWorkbench": to(As(University)).on(OwnOrg),
	"getAchievementReaders":   to(As(University)).on(OwnOrg),

	"getAchievementFigures": to(Member, Operator).on(Party),

	"getAchievementSettings":     to(Anyone).on(Public),
	"editAchievementSettings":    to(City).on(Everything).deciding(),
	"listAchievementSettings":    to(City).on(Everything),
	"previewAchievementSettings": to(City).on(Everything),
	"achievementReceiveEvent":    to(Peer).on(Everything),
	"getAchievementInternal":     to(Peer).on(Everything),
	"putWonDealInternal":         to(Peer).on(Everything),

	"achievementListAudit":        to(City).on(Everything),
	"achievementListParkedEvents": to(City).on(Everything),
	"achievementRetryParkedEvent": to(City).on(Everything),
}
