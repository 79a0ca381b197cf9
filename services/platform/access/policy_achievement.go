package access

var achievementPolicy = map[string]Rule{
	// What anybody may read.
	"listAchievements":         to(Anyone).on(Public),
	"getAchievement":           to(Anyone).on(Public),
	"getAchievementHistory":    to(Anyone).on(Public),
	"getAchievementJSONLD":     to(Anyone).on(Public),
	"getAchievementAttachment": to(Anyone).on(Public),
	"recordAchievementView":    to(Anyone).on(Public),

	// A university's departments write; its technology-transfer office (an owner or admin) approves and withdraws.
	"createAchievement":           to(As(University)).on(OwnOrg),
	"editAchievement":             to(Member).on(OwnOrg),
	"submitAchievement":           to(Member).on(OwnOrg).deciding(),
	"forwardAchievement":          to(OrgAdmin).on(OwnOrg).deciding(),
	"withdrawAchievement":         to(OrgAdmin).on(OwnOrg).deciding(),
	"addAchievementAttachment":    to(Member).on(OwnOrg),
	"removeAchievementAttachment": to(Member).on(OwnOrg),
	"listMyAchievements":          to(Member).on(OwnOrg),

	// The operator's review; the office returns what lies on its own desk.
	"returnAchievement":      to(OrgAdmin, Operator).on(Party).deciding(),
	"publishAchievement":     to(Operator).on(Jurisdiction).deciding(),
	"listReviewAchievements": to(Operator).on(Jurisdiction),

	"achievementListAudit":        to(City).on(Everything),
	"achievementListParkedEvents": to(City).on(Everything),
	"achievementRetryParkedEvent": to(City).on(Everything),
}
