package gateway

import (
	"encoding/json"
	"encoding/xml"
	"time"

	"github.com/gofiber/fiber/v2"
)

// feed is a list of what was published, newest first, for readers that are no browser.
type feed struct {
	Title, About, Home string
	Entries            []entry
}

// entry is one thing in a feed; its link names it for good.
type entry struct {
	Title, Link, Text string
	At                time.Time
}

// rss answers with a feed as RSS 2.0.
func rss(read func(*fiber.Ctx) (feed, error)) fiber.Handler {
	type item struct {
		Title       string `xml:"title"`
		Link        string `xml:"link"`
		GUID        string `xml:"guid"`
		Description string `xml:"description"`
		PubDate     string `xml:"pubDate"`
	}
	return func(c *fiber.Ctx) error {
		f, err := read(c)
		if err != nil {
			return err
		}
		doc := struct {
			XMLName xml.Name `xml:"rss"`
			Version string   `xml:"version,attr"`
			Title   string   `xml:"channel>title"`
			Link    string   `xml:"channel>link"`
			About   string   `xml:"channel>description"`
			Lang    string   `xml:"channel>language"`
			Items   []item   `xml:"channel>item"`
		}{Version: "2.0", Title: f.Title, Link: f.Home, About: f.About, Lang: "zh-CN"}
		for _, e := range f.Entries {
			doc.Items = append(doc.Items, item{e.Title, e.Link, e.Link, e.Text, e.At.Format(time.RFC1123Z)})
		}
		body, err := xml.Marshal(doc)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "application/rss+xml; charset=utf-8")
		return c.Send(append([]byte(xml.Header), body...))
	}
}

// jsonFeed answers with a feed as JSON Feed 1.1.
func jsonFeed(read func(*fiber.Ctx) (feed, error)) fiber.Handler {
	type item struct {
		ID            string    `json:"id"`
		URL           string    `json:"url"`
		Title         string    `json:"title"`
		ContentText   string    `json:"content_text"`
		DatePublished time.Time `json:"date_published"`
	}
	return func(c *fiber.Ctx) error {
		f, err := read(c)
		if err != nil {
			return err
		}
		items := []item{}
		for _, e := range f.Entries {
			items = append(items, item{e.Link, e.Link, e.Title, e.Text, e.At})
		}
		body, err := json.Marshal(map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": f.Title, "home_page_url": f.Home, "language": "zh-CN", "items": items})
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "application/feed+json; charset=utf-8")
		return c.Send(body)
	}
}
