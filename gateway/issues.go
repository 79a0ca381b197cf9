package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"
)

// The periodic catalogues: their first HTML and their feeds, for readers that are no browser.

type issueView struct {
	Period      string    `json:"period"`
	Title       string    `json:"title"`
	Note        string    `json:"note"`
	State       string    `json:"state"`
	Deadline    time.Time `json:"deadline"`
	PublishedAt time.Time `json:"publishedAt"`
	ItemCount   int       `json:"itemCount"`
	Items       []struct {
		Demand demandView `json:"demand"`
	} `json:"items"`
}

func (i issueView) summary() string {
	text := fmt.Sprintf("共 %d 项。", i.ItemCount)
	if !i.Deadline.IsZero() {
		text += "揭榜截止 " + i.Deadline.In(shanghai).Format("2006年1月2日 15:04") + "。"
	}
	return text
}

const issuesLead = "主管部门按季度汇总供需目录、按半年汇总攻关目录，统一编号、统一截止。"

// published are the newest fifty published issues, without their items.
func (p *pages) published(ctx context.Context) ([]issueView, error) {
	var list struct {
		Items []issueView `json:"items"`
	}
	err := p.ask(ctx, "/api/v1/issues?limit=50", &list)
	return list.Items, err
}

func (p *pages) issues(ctx context.Context) page {
	pg := page{Status: http.StatusOK, Title: "期次目录", Description: issuesLead, Component: "IssuesPage"}
	items, err := p.published(ctx)
	if err != nil {
		pg.Core = core("plain", map[string]any{"Heading": pg.Title, "Lead": issuesLead})
		return pg
	}
	pg.Core = core("issues", map[string]any{"Heading": pg.Title, "Lead": issuesLead, "Items": items})
	return pg
}

func (p *pages) issue(ctx context.Context, period string) page {
	var i issueView
	if err := p.ask(ctx, "/api/v1/issues/"+url.PathEscape(period), &i); err != nil {
		return absent(err)
	}
	return page{Status: http.StatusOK, Title: i.Title, Description: firstOf(i.Note, i.summary()), Component: "IssuePage", Core: core("issue", i)}
}

// issueFeed is the published issues.
func (p *pages) issueFeed(c *fiber.Ctx) (feed, error) {
	items, err := p.published(c.UserContext())
	if err != nil {
		return feed{}, err
	}
	f := feed{Title: "链榜 · 期次目录", About: issuesLead, Home: p.base(c) + "/issues"}
	for _, i := range items {
		f.Entries = append(f.Entries, entry{Title: i.Title, Link: f.Home + "/" + i.Period, Text: i.summary(), At: i.PublishedAt})
	}
	return f, nil
}
