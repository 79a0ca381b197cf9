package access

// noticePolicy is the table's part of the notice service.
var noticePolicy = map[string]Rule{
	"listNotices": to(Anyone).on(Public),
	"getNotice":   to(Anyone).on(Public),

	"noticeListAudit":        to(City).on(Everything),
	"noticeListParkedEvents": to(City).on(Everything),
	"noticeRetryParkedEvent": to(City).on(Everything),

	"putNoticeInternal":       to(Peer).on(Everything),
	"getNoticeInternal":       to(Peer).on(Everything),
	"withdrawNoticeInternal":  to(Peer).on(Everything).deciding(),
	"putAnnouncementInternal": to(Peer).on(Everything),
}
