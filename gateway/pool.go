package gateway

import (
	"time"

	"github.com/gofiber/fiber/v2"
)

// poolFeed is the newest admissions to the provider pool, by their numbers.
func (p *pages) poolFeed(c *fiber.Ctx) (feed, error) {
	var list struct {
		Items []struct {
			URL     string    `json:"url"`
			Title   string    `json:"title"`
			Summary string    `json:"summary"`
			At      time.Time `json:"date_published"`
		} `json:"items"`
	}
	f := feed{Title: "链榜 · 服务机构资源池", About: "新入库的专精特新服务机构，编号与服务类别。", Home: p.base(c) + "/pool"}
	if err := p.ask(c.UserContext(), "/api/v1/pool/feed", &list); err != nil {
		return f, err
	}
	for _, one := range list.Items {
		f.Entries = append(f.Entries, entry{Title: one.Title, Link: p.base(c) + one.URL, Text: one.Summary, At: one.At})
	}
	return f, nil
}
