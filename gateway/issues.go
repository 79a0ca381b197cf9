package gateway

import (
	"context"
	"encoding/json"
	"encoding/xml"
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

const feedTitle = "链榜 · 期次目录"

// feedXML is the published issues as RSS 2.0.
func (p *pages) feedXML(c *fiber.Ctx) error {
	items, err := p.published(c.UserContext())
	if err != nil {
		return err
	}
	type item struct {
		Title       string `xml:"title"`
		Link        string `xml:"link"`
		GUID        string `xml:"guid"`
		Description string `xml:"description"`
		PubDate     string `xml:"pubDate"`
	}
	base := p.base(c) + "/issues"
	feed := struct {
		XMLName xml.Name `xml:"rss"`
		Version string   `xml:"version,attr"`
		Title   string   `xml:"channel>title"`
		Link    string   `xml:"channel>link"`
		About   string   `xml:"channel>description"`
		Lang    string   `xml:"channel>language"`
		Items   []item   `xml:"channel>item"`
	}{Version: "2.0", Title: feedTitle, Link: base, About: issuesLead, Lang: "zh-CN"}
	for _, i := range items {
		link := base + "/" + i.Period
		feed.Items = append(feed.Items, item{i.Title, link, link, i.summary(), i.PublishedAt.Format(time.RFC1123Z)})
	}
	body, err := xml.Marshal(feed)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/rss+xml; charset=utf-8")
	return c.Send(append([]byte(xml.Header), body...))
}

// feedJSON is the published issues as JSON Feed 1.1.
func (p *pages) feedJSON(c *fiber.Ctx) error {
	items, err := p.published(c.UserContext())
	if err != nil {
		return err
	}
	type item struct {
		ID            string    `json:"id"`
		URL           string    `json:"url"`
		Title         string    `json:"title"`
		ContentText   string    `json:"content_text"`
		DatePublished time.Time `json:"date_published"`
	}
	base := p.base(c) + "/issues"
	list := []item{}
	for _, i := range items {
		link := base + "/" + i.Period
		list = append(list, item{link, link, i.Title, i.summary(), i.PublishedAt})
	}
	body, err := json.Marshal(map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": feedTitle, "home_page_url": base, "language": "zh-CN", "items": list})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/feed+json; charset=utf-8")
	return c.Send(body)
}
