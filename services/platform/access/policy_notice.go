package access

// noticePolicy is the table's part of the notice service.
var noticePolicy = map[string]Rule{
	"listNotices": to(Anyone).on(Public),
	"getNotice":   to(Anyone).on(Public),

	// Objections: anyone files one and follows it with the receipt's code; the operator of the notice's district handles it.
	"fileObjection":        to(Anyone).on(Public),
	"addObjectionFile":     to(Anyone).on(Self),
	"queryObjection":       to(Anyone).on(Self),
	"listObjections":       to(Operator).on(Jurisdiction),
	"getObjection":         to(Operator).on(Jurisdiction),
	"getObjectionFile":     to(Operator).on(Jurisdiction),
	"readObjectionContact": to(Operator).on(Jurisdiction).deciding(),
	"acceptObjection":      to(Operator).on(Jurisdiction).deciding(),
	"refuseObjection":      to(Operator).on(Jurisdiction).deciding(),
	"answerObjection":      to(Operator).on(Jurisdiction).deciding(),

	"noticeListAudit":        to(City).on(Everything),
	"noticeListParkedEvents": to(City).on(Everything),
	"noticeRetryParkedEvent": to(City).on(Everything),

	"putNoticeInternal":       to(Peer).on(Everything),
	"getNoticeInternal":       to(Peer).on(Everything),
	"withdrawNoticeInternal":  to(Peer).on(Everything).deciding(),
	"putAnnouncementInternal": to(Peer).on(Everything),
	"noticeReceiveEvent":      to(Peer).on(Everything),
}
