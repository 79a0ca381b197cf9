package access

// personalPolicy is what every service answers its peers about one person, and how far an erasure has come: for whoever has its receipt, and
// for the authority, which must see it end.
var personalPolicy = map[string]Rule{
	"achievementPersonalDataInternal": to(Peer).on(Everything),
	"capabilityPersonalDataInternal":  to(Peer).on(Everything),
	"demandPersonalDataInternal":      to(Peer).on(Everything),
	"engagementPersonalDataInternal":  to(Peer).on(Everything),
	"noticePersonalDataInternal":      to(Peer).on(Everything),
	"notifyPersonalDataInternal":      to(Peer).on(Everything),
	"providerPersonalDataInternal":    to(Peer).on(Everything),
	"searchPersonalDataInternal":      to(Peer).on(Everything),

	"getErasure":   to(Anyone).on(Public),
	"listErasures": to(City).on(Everything),
}
