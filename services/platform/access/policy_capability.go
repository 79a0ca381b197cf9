package access

// capabilityPolicy is the table's part of the capability service. That an organisation is verified, the service asks itself.
var capabilityPolicy = map[string]Rule{
	"listCapabilities":           to(Anyone).on(Public),
	"getCapability":              to(Anyone).on(Public),
	"getCapabilityHistory":       to(Anyone).on(Public),
	"getCapabilityFile":          to(Anyone).on(Public),
	"downloadCapabilityTemplate": to(Anyone).on(Public),

	// The firm's own list. A chain leader supplies others too.
	"createCapability":     to(As(SME, ChainLeader)).on(OwnOrg),
	"importCapabilities":   to(As(SME, ChainLeader)).on(OwnOrg),
	"listMyCapabilities":   to(Member).on(OwnOrg),
	"exportMyCapabilities": to(Member).on(OwnOrg),
	"editCapability":       to(Member).on(OwnOrg),
	"publishCapability":    to(Member).on(OwnOrg).deciding(),
	"pauseCapability":      to(Member).on(OwnOrg).deciding(),
	"resumeCapability":     to(Member).on(OwnOrg).deciding(),
	"withdrawCapability":   to(Member).on(OwnOrg).deciding(),
	"addCapabilityFile":    to(Member).on(OwnOrg),
	"removeCapabilityFile": to(Member).on(OwnOrg),

	// What buyers require, and where a firm stands. Whose demand it is, and who may read it, the service asks the demand service.
	"getSupplyRequirements":  to(Anyone).on(Public),
	"getDemandRequirements":  to(Anyone).on(Public),
	"putSupplyRequirements":  to(As(ChainLeader, SME)).on(OwnOrg).deciding(),
	"putDemandRequirements":  to(As(ChainLeader, SME)).on(OwnOrg).deciding(),
	"getSupplyGap":           to(Member).on(OwnOrg),
	"getSupplyComparison":    to(Member, Operator).on(Party),
	"exportSupplyComparison": to(Member, Operator).on(Party),

	// Qualified suppliers: the buyer proposes and removes, the supplier consents or declines.
	"listPublicSuppliers":    to(Anyone).on(Public),
	"listSuppliers":          to(Member).on(OwnOrg),
	"getSupplier":            to(Member).on(Party),
	"listSupplierCandidates": to(As(ChainLeader, SME)).on(OwnOrg),
	"proposeSupplier":        to(As(ChainLeader, SME)).on(OwnOrg).deciding(),
	"addSupplierEvidence":    to(Member).on(OwnOrg).deciding(),
	"getSupplierEvidence":    to(Member).on(Party),
	"editSupplier":           to(Member).on(OwnOrg).deciding(),
	"consentSupplier":        to(Member).on(Party).deciding(),
	"declineSupplier":        to(Member).on(Party).deciding(),
	"removeSupplier":         to(Member).on(OwnOrg).deciding(),
	"getSupplyFigures":       to(Member, Operator).on(Party),

	"findSuppliersInternal": to(Peer).on(Everything),

	"capabilityListAudit":        to(City).on(Everything),
	"capabilityListParkedEvents": to(City).on(Everything),
	"capabilityRetryParkedEvent": to(City).on(Everything),
}
