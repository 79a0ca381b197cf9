package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
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

// providerView is what the first HTML shows of a provider.
type providerView struct {
	OrgID         string
	Name          string
	Number        string
	Intro         string
	Categories    []string // by code
	CategoryNames []string `json:"-"`
	Offers        []struct{ Title, Solves string }
	Certificates  []struct{ Name string }
	Rated         *ratedView `json:"-"` // nil while nobody has rated it
}

// ratedView is a provider's public reputation, from 1 to 5.
type ratedView struct {
	Count int
	Score float64
}

// providers is a page that lists the pool.
func (p *pages) providers(ctx context.Context, heading, lead, component string) page {
	pg := page{Status: http.StatusOK, Title: heading, Description: lead, Component: component}
	var list struct{ Items []providerView }
	if err := p.ask(ctx, "/api/v1/providers?limit=50", &list); err != nil {
		pg.Core = core("plain", map[string]any{"Heading": heading, "Lead": lead})
		return pg
	}
	pg.Core = core("providers", map[string]any{"Heading": heading, "Lead": lead, "Items": list.Items})
	return pg
}

// provider is one provider's page. What it is rated and how its categories are called may be missing while others are away.
func (p *pages) provider(ctx context.Context, id string) page {
	var v providerView
	if err := p.ask(ctx, "/api/v1/providers/"+url.PathEscape(id), &v); err != nil {
		return absent(err)
	}
	var names struct {
		Items []struct{ Code, Name string }
	}
	if err := p.ask(ctx, "/api/v1/provider-categories", &names); err == nil {
		for _, code := range v.Categories {
			for _, c := range names.Items {
				if c.Code == code {
					v.CategoryNames = append(v.CategoryNames, c.Name)
				}
			}
		}
	}
	var rated struct{ Reputation ratedView }
	if err := p.ask(ctx, "/api/v1/engagement-ratings/"+url.PathEscape(id), &rated); err == nil && rated.Reputation.Count > 0 {
		v.Rated = &rated.Reputation
	}
	address, description := p.origin+"/providers/"+url.PathEscape(id), firstOf(v.Intro, v.Name)
	ld := map[string]any{"@context": "https://schema.org", "@type": "ProfessionalService", "name": v.Name, "identifier": v.Number, "description": description, "url": address}
	var offers []map[string]any
	for _, o := range v.Offers {
		offers = append(offers, map[string]any{"@type": "Offer", "itemOffered": map[string]any{"@type": "Service", "name": o.Title, "description": firstOf(o.Solves, o.Title)}})
	}
	if len(offers) > 0 {
		ld["makesOffer"] = offers
	}
	if v.Rated != nil {
		ld["aggregateRating"] = map[string]any{"@type": "AggregateRating", "ratingValue": fmt.Sprintf("%.2f", v.Rated.Score), "ratingCount": v.Rated.Count, "worstRating": 1, "bestRating": 5}
	}
	return page{Status: http.StatusOK, Title: v.Name, Component: "ProviderPage", Description: description, LD: ld, Core: core("provider", v)}
}

// poolCertificate is what a certificate's code proves; a code there is not is a 404.
func (p *pages) poolCertificate(ctx context.Context, code string) page {
	var v struct{ OrgName, Number string }
	if err := p.ask(ctx, "/api/v1/pool/certificates/"+url.PathEscape(code), &v); err != nil {
		return absent(err)
	}
	pg := plain("入库证书核验", v.OrgName+"，资源池编号 "+v.Number+"。")
	pg.Component, pg.Private = "CertificatePage", true // proves something to whoever holds the code; not to be found by names
	return pg
}

// evaluation is a year's published ranking.
func (p *pages) evaluation(ctx context.Context, year string) page {
	if err := p.ask(ctx, "/api/v1/evaluations/"+url.PathEscape(year), &struct{}{}); err != nil {
		return absent(err)
	}
	pg := plain(year+" 年优质服务机构评选", "评选办法、名次与每个数字背后的服务记录。")
	pg.Component = "EvaluationPage"
	return pg
}
