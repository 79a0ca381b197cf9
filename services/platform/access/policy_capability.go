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

	"capabilityListAudit":        to(City).on(Everything),
	"capabilityListParkedEvents": to(City).on(Everything),
	"capabilityRetryParkedEvent": to(City).on(Everything),
}
