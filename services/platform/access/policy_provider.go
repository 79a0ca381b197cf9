package access

// providerPolicy is the table's part of the provider service: the pool, admission to it, and what its members offer.
var providerPolicy = map[string]Rule{
	// What anybody may read of the pool.
	"listProviders":         to(Anyone).on(Public),
	"getProvider":           to(Anyone).on(Public),
	"getPool":               to(Anyone).on(Public),
	"exportPool":            to(Anyone).on(Public),
	"getPoolFeed":           to(Anyone).on(Public),
	"verifyCertificate":     to(Anyone).on(Public),
	"downloadCertificate":   to(Anyone).on(Public),
	"getProviderCategories": to(Anyone).on(Public),
	"getProviderSettings":   to(Anyone).on(Public),
	"checkAdmission":        to(Anyone).on(Public),

	"getOffering":          to(Anyone).on(Public),
	"listOfferings":        to(Anyone).on(Public),
	"getOfferingFile":      to(Anyone).on(Public),
	"listSimilarProviders": to(Anyone).on(Public),
	"reportProvider":       to(Anyone).on(Public),
	"getProviderReport":    to(Anyone).on(Public),
	"listFavourites":       to(SignedIn).on(Self),
	"addFavourite":         to(SignedIn).on(Self),
	"removeFavourite":      to(SignedIn).on(Self),

	// What a provider offers.
	"createOffering":     to(As(Provider)).on(OwnOrg),
	"editOffering":       to(Member).on(OwnOrg),
	"publishOffering":    to(Member).on(OwnOrg).deciding(),
	"pauseOffering":      to(Member).on(OwnOrg).deciding(),
	"resumeOffering":     to(Member).on(OwnOrg).deciding(),
	"withdrawOffering":   to(Member).on(OwnOrg).deciding(),
	"addOfferingFile":    to(Member).on(OwnOrg),
	"removeOfferingFile": to(Member).on(OwnOrg),

	// Applying: organisations that hold the capacity. The service asks that the organisation is verified.
	// Staff draft for one (代办), which confirms by handing in.
	"startAdmission":           to(As(Provider)).on(OwnOrg),
	"getAdmission":             to(Member, Desk, Expert).on(Party),
	"editAdmission":            to(Member, Desk).on(OwnOrg),
	"askAdmissionConfirmation": to(Desk).on(Party),
	"declineAdmissionDraft":    to(Member).on(OwnOrg).deciding(),
	"draftAdmission":           to(Desk).on(Jurisdiction),
	"listDraftedAdmissions":    to(Desk).on(Self),
	"submitAdmission":          to(Member).on(OwnOrg).deciding(),
	"withdrawAdmission":        to(Member).on(OwnOrg).deciding(),
	"addAdmissionFile":         to(Member, Desk).on(OwnOrg),
	"removeAdmissionFile":      to(Member, Desk).on(OwnOrg),
	"getAdmissionFile":         to(Member, Desk, Expert).on(Party),
	"reapplyAdmission":         to(Member).on(OwnOrg).deciding(),
	"appealMembership":         to(Member).on(OwnOrg).deciding(),
	"editProviderProfile":      to(Member).on(OwnOrg),

	// The review: the district's operators begin it, the city's decide.
	"listAdmissions":         to(Operator).on(Jurisdiction),
	"acceptAdmission":        to(Operator).on(Jurisdiction).deciding(),
	"returnAdmission":        to(Operator).on(Jurisdiction).deciding(),
	"rejectAdmission":        to(Operator).on(Jurisdiction).deciding(),
	"passInitialReview":      to(Operator).on(Jurisdiction).deciding(),
	"recordSiteVisit":        to(Operator).on(Jurisdiction).deciding(),
	"decideAdmissions":       to(Operator).on(Jurisdiction).deciding(),
	"assignAdmissionExperts": to(City).on(Everything).deciding(),
	"publishAdmissionNotice": to(City).on(Everything).deciding(),
	"admitProvider":          to(City).on(Everything).deciding(),

	// Experts score what they are named for.
	"listMyPanels":   to(Expert).on(Party),
	"scoreAdmission": to(Expert).on(Party).deciding(),

	// What happens to a provider in the pool.
	"listAdmissionFlags":     to(Operator).on(Jurisdiction),
	"getAdmissionFlags":      to(Member, Operator).on(Party),
	"contestAdmissionFlag":   to(Member).on(Party).deciding(),
	"decideAdmissionFlag":    to(Operator).on(Jurisdiction).deciding(),
	"watchProvider":          to(Operator).on(Jurisdiction).deciding(),
	"unwatchProvider":        to(Operator).on(Jurisdiction).deciding(),
	"answerWatch":            to(Member).on(OwnOrg).deciding(),
	"listWatchRows":          to(Member, Operator).on(Party),
	"listWatched":            to(Operator).on(Jurisdiction),
	"lookForFalling":         to(City).on(Everything),
	"listProviderReports":    to(Operator).on(Jurisdiction),
	"decideProviderReport":   to(Operator).on(Jurisdiction).deciding(),
	"getPoolDashboard":       to(Operator).on(Jurisdiction),
	"listPoolRows":           to(Operator).on(Jurisdiction),
	"exportPoolDashboard":    to(Operator).on(Jurisdiction),
	"suspendProvider":        to(City).on(Everything).deciding(),
	"reinstateProvider":      to(City).on(Everything).deciding(),
	"removeProvider":         to(City).on(Everything).deciding(),
	"decideMembershipAppeal": to(City).on(Everything).deciding(),

	"prefillSelfReport": to(Member, Operator).on(Party),
	"submitSelfReport":  to(Member).on(OwnOrg).deciding(),
	"reviewSelfReport":  to(Operator).on(Jurisdiction).deciding(),
	"listSelfReports":   to(Operator).on(Jurisdiction),
	"reviewSelfReports": to(Operator).on(Jurisdiction).deciding(),

	// The yearly evaluation: anyone reads what is up for notice or published, the city makes it.
	"listEvaluations":         to(Anyone).on(Public),
	"getEvaluation":           to(Anyone).on(Public),
	"listEvaluationRows":      to(Anyone).on(Public),
	"exportEvaluation":        to(Anyone).on(Public),
	"draftEvaluation":         to(City).on(Everything).deciding(),
	"adjustEvaluation":        to(City).on(Everything).deciding(),
	"setEvaluationAwards":     to(City).on(Everything).deciding(),
	"publishEvaluationNotice": to(City).on(Everything).deciding(),
	"concludeEvaluation":      to(City).on(Everything).deciding(),

	"listProviderSettings":     to(City).on(Everything),
	"previewProviderSettings":  to(City).on(Everything),
	"editProviderSettings":     to(City).on(Everything).deciding(),
	"providerListAudit":        to(City).on(Everything),
	"providerListParkedEvents": to(City).on(Everything),
	"providerRetryParkedEvent": to(City).on(Everything),

	"getProvidersInternal": to(Peer).on(Everything),
	"recountPoolInternal":  to(Peer).on(Everything),
	"providerReceiveEvent": to(Peer).on(Everything),
}
