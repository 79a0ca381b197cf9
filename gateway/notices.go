package gateway

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Public notices and announcements: their first HTML and their feeds.

type noticeView struct {
	ID      string    `json:"id"`
	Type    string    `json:"type"`
	State   string    `json:"state"`
	Title   string    `json:"title"`
	Summary string    `json:"summary"`
	Lines   []string  `json:"lines"`
	PutUpAt time.Time `json:"putUpAt"`
	EndsAt  time.Time `json:"endsAt"`
	Reason  string    `json:"reason"`
}

// Standing is where it stands, in words.
func (n noticeView) Standing() string {
	switch n.State {
	case "open":
		return "公示中，至 " + n.EndsAt.In(shanghai).Format("2006年1月2日 15:04") + " 止"
	case "paused":
		return "公示暂停，正在处理异议"
	case "ended":
		return "公示期满"
	case "stopped":
		return "异议成立，公示终止"
	case "withdrawn":
		return "已撤回"
	}
	return "公告"
}

const noticesLead = "定榜、入库、成果转化等事项的公示与公告。公示期内任何人都可以实名提出异议。"

// newestNotices are the newest public notices and announcements, without their contents.
func (p *pages) newestNotices(ctx context.Context, limit string) ([]noticeView, error) {
	var list struct {
		Items []noticeView `json:"items"`
	}
	err := p.ask(ctx, "/api/v1/notices?limit="+limit, &list)
	return list.Items, err
}

func (p *pages) notices(ctx context.Context) page {
	pg := page{Status: http.StatusOK, Title: "公示公告", Description: noticesLead, Component: "NoticesPage"}
	items, err := p.newestNotices(ctx, "50")
	if err != nil {
		pg.Core = core("plain", map[string]any{"Heading": pg.Title, "Lead": noticesLead})
		return pg
	}
	pg.Core = core("notices", map[string]any{"Heading": pg.Title, "Lead": noticesLead, "Items": items})
	return pg
}

func (p *pages) notice(ctx context.Context, id string) page {
	var n noticeView
	if err := p.ask(ctx, "/api/v1/notices/"+url.PathEscape(id), &n); err != nil {
		return absent(err)
	}
	return page{Status: http.StatusOK, Title: n.Title, Description: firstOf(n.Summary, n.Title), Component: "NoticePage", Core: core("notice", n)}
}

// noticeFeed is the newest public notices and announcements.
func (p *pages) noticeFeed(c *fiber.Ctx) (feed, error) {
	items, err := p.newestNotices(c.UserContext(), "50")
	if err != nil {
		return feed{}, err
	}
	f := feed{Title: "链榜 · 公示公告", About: noticesLead, Home: p.base(c) + "/notices"}
	for _, n := range items {
		f.Entries = append(f.Entries, entry{Title: n.Title, Link: f.Home + "/" + n.ID, Text: firstOf(n.Standing() + "。" + n.Summary), At: n.PutUpAt})
	}
	return f, nil
}
