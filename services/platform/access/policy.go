package access

// Policy is the one permission table: operation id → who may call it, and what it reaches. Default deny: an operation that
// is not here is refused to everybody, and a test holds the table and the specifications to each other in both directions.
var Policy = table(accountPolicy, achievementPolicy, capabilityPolicy, demandPolicy, engagementPolicy, followingPolicy, listsPolicy, noticePolicy, notifyPolicy, providerPolicy, searchPolicy, taskPolicy)

var accountPolicy = map[string]Rule{
	// Signing in and out, and what the signed-in person does with its own account.
	"getJWKS":             to(Anyone).on(Public),
	"signUp":              to(Anyone).on(Self),
	"signIn":              to(Anyone).on(Self),
	"requestPhoneCode":    to(Anyone).on(Self),
	"signInByCode":        to(Anyone).on(Self),
	"getIdentityProvider": to(Anyone).on(Public),
	"beginIdentity":       to(Anyone).on(Self),
	"finishIdentity":      to(Anyone).on(Self),
	"linkIdentity":        to(SignedIn).on(Self),

	"refreshSession":     to(Anyone).on(Self),
	"signOut":            to(Anyone).on(Self),
	"signOutEverywhere":  to(SignedIn).on(Self),
	"getMe":              to(SignedIn).on(Self),
	"editMe":             to(SignedIn).on(Self),
	"switchOrganisation": to(SignedIn).on(Self),
	"changePassword":     to(SignedIn).on(Self),
	"listSessions":       to(SignedIn).on(Self),
	"endSession":         to(SignedIn).on(Self),
	"acceptInvitation":   to(SignedIn).on(Self),

	// Organisations and their dossier.
	"checkCreditCode":    to(Anyone).on(Public),
	"createOrganisation": to(SignedIn).on(Self),
	"getOrganisation":    to(Anyone).on(Public),
	"listTitles":         to(Anyone).on(Public),
	"editOrganisation":   to(OrgAdmin, Operator).on(OwnOrg).deciding(),
	"uploadEvidence":     to(OrgAdmin).on(OwnOrg),
	"listEvidence":       to(Member, Operator).on(OwnOrg),
	"downloadEvidence":   to(Member, Operator).on(OwnOrg),
	"submitOrganisation": to(OrgAdmin).on(OwnOrg).deciding(),

	// The operator's decisions.
	"listOrganisations":     to(Operator).on(Jurisdiction),
	"verifyOrganisation":    to(Operator).on(Jurisdiction).deciding(),
	"returnOrganisation":    to(Operator).on(Jurisdiction).deciding(),
	"rejectOrganisation":    to(Operator).on(Jurisdiction).deciding(),
	"suspendOrganisation":   to(Operator).on(Jurisdiction).deciding(),
	"reinstateOrganisation": to(Operator).on(Jurisdiction).deciding(),
	"addTitle":              to(Operator).on(Jurisdiction).deciding(),
	"closeOrganisation":     to(Operator).on(Jurisdiction).deciding(),

	// Claiming a firm that an official list made. Anybody signed in may say a firm is its own; the operator decides.
	"findUnclaimed":         to(Anyone).on(Public),
	"claimOrganisation":     to(SignedIn).on(Self),
	"listMyClaims":          to(SignedIn).on(Self),
	"getClaim":              to(SignedIn).on(Party),
	"uploadClaimEvidence":   to(SignedIn).on(Self),
	"downloadClaimEvidence": to(SignedIn).on(Party),
	"fileClaim":             to(SignedIn).on(Self).deciding(),
	"withdrawClaim":         to(SignedIn).on(Self),
	"draftClaim":            to(Desk).on(Jurisdiction),
	"listDraftedClaims":     to(Desk).on(Self),
	"listMyClaimDrafts":     to(SignedIn).on(Self),
	"declineClaimDraft":     to(SignedIn).on(Self).deciding(),
	"listClaims":            to(Operator).on(Jurisdiction),
	"approveClaim":          to(Operator).on(Jurisdiction).deciding(),
	"refuseClaim":           to(Operator).on(Jurisdiction).deciding(),

	// Liaisons (服务专员) and their ledger; which firms are whose, the service knows.
	"listLiaisons":          to(Desk).on(Jurisdiction),
	"assignLiaisons":        to(Operator).on(Jurisdiction).deciding(),
	"listLiaisonCandidates": to(Operator).on(Jurisdiction),
	"getServiceFigures":     to(Desk).on(Jurisdiction),
	"exportServiceLedger":   to(Desk).on(Jurisdiction),
	"getFirmService":        to(Member, Desk).on(Party),
	"recordService":         to(Desk).on(Jurisdiction),
	"editService":           to(Desk).on(Jurisdiction),

	// The dossier as a whole.
	"getDossier":     to(Member, Operator).on(OwnOrg),
	"confirmDossier": to(OrgAdmin).on(OwnOrg).deciding(),
	"vouchFact":      to(Operator).on(Jurisdiction).deciding(),

	// Official title lists.
	"uploadTitleList":  to(City).on(Everything),
	"listTitleLists":   to(City).on(Everything),
	"getTitleList":     to(City).on(Everything),
	"mapTitleList":     to(City).on(Everything),
	"listTitleRows":    to(City).on(Everything),
	"editTitleRow":     to(City).on(Everything),
	"commitTitleList":  to(City).on(Everything).deciding(),
	"discardTitleList": to(City).on(Everything),

	// Members. Anybody may leave, so removeMember is open to every member and the service tells leaving from removing.
	"listMembers":        to(Member, Operator).on(OwnOrg),
	"changeMemberRole":   to(OrgAdmin).on(OwnOrg).deciding(),
	"removeMember":       to(Member).on(OwnOrg).deciding(),
	"listInvitations":    to(OrgAdmin).on(OwnOrg),
	"inviteMember":       to(OrgAdmin).on(OwnOrg),
	"withdrawInvitation": to(OrgAdmin).on(OwnOrg),

	"handOverMember":   to(Member).on(OwnOrg).deciding(),
	"listContactLooks": to(Member).on(OwnOrg),

	// Accounts whose person lost its number, and what a person may have of its own data.
	"openRecovery":               to(Operator).on(Everything).deciding(),
	"listRecoveries":             to(Operator).on(Everything),
	"approveRecovery":            to(City).on(Everything).deciding(),
	"refuseRecovery":             to(Operator).on(Everything).deciding(),
	"stopRecovery":               to(SignedIn).on(Self).deciding(),
	"getMyData":                  to(SignedIn).on(Self),
	"eraseMe":                    to(SignedIn).on(Self).deciding(),
	"recordContactLooksInternal": to(Peer).on(Everything),

	// The authority's staff and the city's lists.
	"listStaff":                to(City).on(Everything),
	"addStaff":                 to(City).on(Everything).deciding(),
	"removeStaff":              to(City).on(Everything).deciding(),
	"listExperts":              to(Operator).on(Everything),
	"addExpert":                to(City).on(Everything).deciding(),
	"editExpert":               to(City).on(Everything).deciding(),
	"getReference":             to(Anyone).on(Public),
	"withdrawPlannedReference": to(City).on(Everything).deciding(),
	"putReference":             to(City).on(Everything).deciding(),

	"previewReference":      to(City).on(Everything),
	"listReferenceVersions": to(City).on(Everything),
	"undoReference":         to(City).on(Everything).deciding(),

	"accountListAudit":        to(City).on(Everything),
	"accountListParkedEvents": to(City).on(Everything),
	"accountRetryParkedEvent": to(City).on(Everything),

	"getOrganisationsInternal":  to(Peer).on(Everything),
	"findOrganisationsInternal": to(Peer).on(Everything),
	"getPeopleInternal":         to(Peer).on(Everything),
	"getOperatorsInternal":      to(Peer).on(Everything),
	"listExpertsInternal":       to(Peer).on(Everything),
	"checkStandingInternal":     to(Peer).on(Everything),
	"addStaffInternal":          to(Peer).on(Everything).deciding(),
}

var demandPolicy = map[string]Rule{
	// What anybody may read; the service hides what is not public to the reader.
	"listDemands":            to(Anyone).on(Public),
	"getDemand":              to(Anyone).on(Public),
	"getDemandHistory":       to(Anyone).on(Public),
	"getDemandAttachment":    to(Anyone).on(Public),
	"getResult":              to(Anyone).on(Public),
	"getDemandSettings":      to(Anyone).on(Public),
	"listIssues":             to(Anyone).on(Public),
	"getIssue":               to(Anyone).on(Public),
	"exportIssue":            to(Anyone).on(Public),
	"downloadImportTemplate": to(Anyone).on(Public),

	// Posting demands: chain leaders and SMEs. The service asks that the organisation is verified. Staff draft for one (代发), which confirms
	// by submitting.
	"createDemand":           to(As(ChainLeader, SME)).on(OwnOrg),
	"editDemand":             to(Member, Desk).on(OwnOrg),
	"askDemandConfirmation":  to(Desk).on(Party),
	"draftDemand":            to(Desk).on(Jurisdiction),
	"listDraftedDemands":     to(Desk).on(Self),
	"submitDemand":           to(Member).on(OwnOrg).deciding(),
	"publishDemand":          to(Member).on(OwnOrg).deciding(),
	"withdrawDemand":         to(Member).on(OwnOrg).deciding(),
	"terminateDemand":        to(Member, Operator).on(Party).deciding(),
	"reopenDemand":           to(Member).on(OwnOrg).deciding(),
	"listDemandRounds":       to(Anyone).on(Public),
	"addDemandAttachment":    to(Member, Desk).on(OwnOrg),
	"removeDemandAttachment": to(Member, Desk).on(OwnOrg),
	"listMyDemands":          to(Member).on(OwnOrg),
	"exportMyDemands":        to(Member).on(OwnOrg),
	"listDemandMatches":      to(Member, Operator).on(Party),
	"listDemandPushes":       to(Member, Operator).on(Party),
	"importDemands":          to(As(ChainLeader, SME)).on(OwnOrg),
	"listImports":            to(Member).on(OwnOrg),
	"getImport":              to(Member).on(OwnOrg),
	"listImportRows":         to(Member).on(OwnOrg),
	"editImportRow":          to(Member).on(OwnOrg),
	"commitImport":           to(Member).on(OwnOrg),
	"discardImport":          to(Member).on(OwnOrg),

	// The operator's review.
	"listReviewDemands":     to(Operator).on(Jurisdiction),
	"returnDemand":          to(Operator).on(Jurisdiction).deciding(),
	"approveDemand":         to(Operator).on(Jurisdiction).deciding(),
	"rejectDemand":          to(Operator).on(Jurisdiction).deciding(),
	"askDemandOpinions":     to(City).on(Everything).deciding(),
	"listTrustedIssuers":    to(Operator).on(Everything),
	"setTrustedIssuer":      to(City).on(Everything).deciding(),
	"listDemandSettings":    to(City).on(Everything),
	"previewDemandSettings": to(City).on(Everything),
	"editDemandSettings":    to(City).on(Everything).deciding(),
	"createIssue":           to(City).on(Everything).deciding(),
	"editIssue":             to(City).on(Everything).deciding(),
	"addIssueItems":         to(City).on(Everything).deciding(),
	"removeIssueItem":       to(City).on(Everything).deciding(),
	"collectIssue":          to(City).on(Everything).deciding(),
	"publishIssue":          to(City).on(Everything).deciding(),
	"dropIssue":             to(City).on(Everything).deciding(),

	// Bidding: which of these capacities, the demand's kind says. Reading a bid is for its bidder and its consortium, the issuer and the
	// operator, behind the seal.
	"placeBid":            to(As(SME, University, Provider)).on(OwnOrg),
	"prefillBid":          to(As(SME, University, Provider)).on(OwnOrg),
	"getMyBid":            to(Member).on(OwnOrg),
	"listMyBids":          to(Member).on(OwnOrg),
	"listMyPushes":        to(Member).on(OwnOrg),
	"getBid":              to(Member, Operator).on(Party),
	"editBid":             to(Member).on(OwnOrg),
	"submitBid":           to(Member).on(OwnOrg).deciding(),
	"withdrawBid":         to(Member).on(OwnOrg).deciding(),
	"correctBid":          to(Member).on(OwnOrg).deciding(),
	"addBidAttachment":    to(Member).on(OwnOrg),
	"removeBidAttachment": to(Member).on(OwnOrg),
	"getBidAttachment":    to(Member, Operator).on(Party),
	"getBidFeedback":      to(Member).on(OwnOrg),

	// Evaluation and award: the issuer decides.
	"listBids":       to(Member, Operator).on(Party),
	"formalCheckBid": to(Member).on(OwnOrg).deciding(),
	"scoreBid":       to(Member).on(OwnOrg).deciding(),
	"shortlistBid":   to(Member).on(OwnOrg).deciding(),
	"awardDemand":    to(Member).on(OwnOrg).deciding(),

	// The panel of experts: convened by the issuer, or the operator for it; what an expert was invited to, the service knows.
	"getPanel":            to(Member, Operator, Expert).on(Party),
	"listPanelCandidates": to(Member, Operator).on(Party),
	"invitePanelExpert":   to(Member, Operator).on(Party).deciding(),
	"closePanel":          to(Member, Operator).on(Party).deciding(),
	"listMyDemandPanels":  to(Expert).on(Self),
	// Its opinion on a demand under review: what it was asked, the service knows.
	"listMyDemandOpinions": to(Expert).on(Self),
	"giveDemandOpinion":    to(Expert).on(Party).deciding(),
	"answerPanel":          to(Expert).on(Party).deciding(),
	"listPanelBids":        to(Expert).on(Party),
	"getPanelFile":         to(Expert).on(Party),
	"writeSheet":           to(Expert).on(Party),
	"submitSheets":         to(Expert).on(Party).deciding(),

	"publishAward":   to(Member).on(OwnOrg).deciding(),
	"declareNoAward": to(Member).on(OwnOrg).deciding(),

	// Modes and kinds: invitations and consortia, trials, talks.
	"endBidding":             to(Member).on(OwnOrg).deciding(),
	"concludeDemand":         to(Member).on(OwnOrg).deciding(),
	"acceptDemandInvite":     to(Member).on(Party).deciding(),
	"declineDemandInvite":    to(Member).on(Party).deciding(),
	"listMyInvites":          to(Member).on(OwnOrg),
	"inviteConsortiumMember": to(Member).on(OwnOrg),
	"removeConsortiumMember": to(Member).on(OwnOrg),
	"acceptConsortiumSeat":   to(Member).on(Party).deciding(),
	"declineConsortiumSeat":  to(Member).on(Party).deciding(),
	"declineBid":             to(Member).on(OwnOrg).deciding(),
	"offerTrial":             to(Member).on(OwnOrg).deciding(),
	"acceptTrial":            to(Member).on(OwnOrg).deciding(),
	"refuseTrial":            to(Member).on(OwnOrg).deciding(),
	"reportTrial":            to(Member).on(OwnOrg).deciding(),
	"decidePurchase":         to(Member).on(OwnOrg).deciding(),
	"openTalks":              to(Member).on(OwnOrg).deciding(),
	"recordTalks":            to(Member).on(OwnOrg).deciding(),
	"listTalks":              to(Member, Operator).on(Party),
	"postTalk":               to(Member).on(Party),

	"demandListAudit":        to(City).on(Everything),
	"demandListParkedEvents": to(City).on(Everything),
	"demandRetryParkedEvent": to(City).on(Everything),

	"demandReceiveEvent":       to(Peer).on(Everything),
	"getSupplyDemandInternal":  to(Peer).on(Everything),
	"listSupplyAwardsInternal": to(Peer).on(Everything),
}

var notifyPolicy = map[string]Rule{
	"listInbox":              to(SignedIn).on(Self),
	"getUnreadCount":         to(SignedIn).on(Self),
	"readMessage":            to(SignedIn).on(Self),
	"readAllMessages":        to(SignedIn).on(Self),
	"streamInbox":            to(SignedIn).on(Self),
	"getSubscriptions":       to(SignedIn).on(Self),
	"putSubscriptions":       to(SignedIn).on(Self),
	"listOutgoing":           to(City).on(Everything),
	"notifyListParkedEvents": to(City).on(Everything),
	"notifyRetryParkedEvent": to(City).on(Everything),
	"notifyListIgnoredKinds": to(City).on(Everything),
	"notifyReceiveEvent":     to(Peer).on(Everything),
	"sendTextInternal":       to(Peer).on(Everything),
}

var searchPolicy = map[string]Rule{
	"search":              to(Anyone).on(Public),
	"suggest":             to(Anyone).on(Public),
	"listPopularSearches": to(Anyone).on(Public),
	"listSavedSearches":   to(SignedIn).on(Self),
	"saveSearch":          to(SignedIn).on(Self),
	"editSavedSearch":     to(SignedIn).on(Self),
	"removeSavedSearch":   to(SignedIn).on(Self),
	"listSynonyms":        to(City).on(Everything),
	"addSynonyms":         to(City).on(Everything).deciding(),
	"editSynonyms":        to(City).on(Everything).deciding(),
	"removeSynonyms":      to(City).on(Everything).deciding(),
	"undoSynonyms":        to(City).on(Everything).deciding(),
	"previewSynonyms":     to(City).on(Everything),
	"matchText":           to(Anyone).on(Public),
	"matchDemand":         to(Member, Operator).on(Party),
	"matchCapability":     to(Member, Operator).on(Party),

	// Achievements and demands look for each other in public (供需双向揭榜).
	"matchDemandAchievements": to(Anyone).on(Public),
	"matchAchievement":        to(Anyone).on(Public),

	"matchOrganisation":   to(Member, Operator).on(Party),
	"explainMatch":        to(Member, Operator).on(Party),
	"searchListAudit":     to(City).on(Everything),
	"getSearchBacklog":    to(Operator).on(Everything),
	"reindex":             to(City).on(Everything),
	"putSearchDocuments":  to(Peer).on(Everything),
	"listSearchRevisions": to(Peer).on(Everything),
	"matchInternal":       to(Peer).on(Everything),
}
