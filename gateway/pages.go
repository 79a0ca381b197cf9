package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"lianbang/services/platform/fault"
)

// pages serves the front end. A public page's first HTML carries its title, description, structured data and a readable core,
// made here from the same API the browser will ask, so that a search engine and a slow phone see content before any script.
type pages struct {
	assets map[string]*asset
	index  []string // index.html around its head and core marks
	ask    func(ctx context.Context, path string, out any) error
	origin string
	demo   bool
	// preload names the files each page of the front end needs beyond the first ones, by the page's component.
	preload map[string][]string
}

// page is what the first HTML says.
type page struct {
	Status      int
	Title       string // without the product's name
	Description string
	LD          any // JSON-LD; nil for none
	Core        template.HTML
	Private     bool   // not for search engines
	Component   string // the front end's page that will show it; its files are asked for at once
}

const (
	headMark = "<!--head-->"
	coreMark = "<!--core-->"
)

func newPages(site Site, ask func(context.Context, string, any) error, origin string, demo bool) (*pages, error) {
	assets, err := loadAssets(site.FS)
	if err != nil {
		return nil, fmt.Errorf("gateway: the front end cannot be read: %w", err)
	}
	p := &pages{assets: assets, ask: ask, origin: strings.TrimSuffix(origin, "/"), demo: demo}
	if index, ok := assets["/index.html"]; ok {
		before, rest, found := strings.Cut(string(index.body), headMark)
		between, after, foundCore := strings.Cut(rest, coreMark)
		if !found || !foundCore {
			return nil, fmt.Errorf("gateway: index.html lacks the marks %s and %s", headMark, coreMark)
		}
		p.index = []string{before, between, after}
		delete(assets, "/index.html")
	}
	if list, ok := assets["/preload.json"]; ok {
		if err := json.Unmarshal(list.body, &p.preload); err != nil {
			return nil, fmt.Errorf("gateway: preload.json: %w", err)
		}
		delete(assets, "/preload.json")
	}
	return p, nil
}

// serve answers every path that is not the API: a file, a page of the front end, or a real 404.
func (p *pages) serve(c *fiber.Ctx) error {
	if a, ok := p.assets[c.Path()]; ok {
		return a.send(c)
	}
	if strings.HasPrefix(c.Path(), "/assets/") || strings.HasPrefix(c.Path(), "/internal/") {
		return fault.New(fault.NotFound, "", "there is no such file")
	}
	if p.index == nil {
		return fault.New(fault.Unavailable, "", "the front end is not built into this program; build it with make")
	}
	path, err := url.PathUnescape(c.Path())
	if err != nil {
		return fault.New(fault.Invalid, "malformed", "the address cannot be read")
	}
	answer := p.find(c.UserContext(), strings.TrimSuffix(path, "/"), c.Query("q"))
	html, err := p.render(answer, p.base(c)+c.Path())
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return c.Status(answer.Status).Send(html)
}

// base is the address the product is reached at.
func (p *pages) base(c *fiber.Ctx) string {
	if p.origin != "" {
		return p.origin
	}
	return c.Protocol() + "://" + c.Hostname()
}

var headTemplate = template.Must(template.New("head").Parse(`<title>{{.Title}}</title>
<meta name="description" content="{{.Description}}">
<link rel="canonical" href="{{.URL}}">
<meta property="og:title" content="{{.Title}}"><meta property="og:description" content="{{.Description}}"><meta property="og:type" content="website"><meta property="og:url" content="{{.URL}}">
{{if .Private}}<meta name="robots" content="noindex">{{end}}{{if .Demo}}<meta name="lianbang-demo" content="true">{{end}}`))

func (p *pages) render(pg page, address string) ([]byte, error) {
	title := pg.Title + " · 链榜"
	if pg.Title == "" {
		title = "链榜 · 专精特新供需对接平台"
	}
	var out bytes.Buffer
	out.WriteString(p.index[0])
	if err := headTemplate.Execute(&out, map[string]any{"Title": title, "Description": pg.Description, "URL": address, "Private": pg.Private, "Demo": p.demo}); err != nil {
		return nil, err
	}
	if pg.LD != nil {
		ld, err := json.Marshal(pg.LD) // escapes < and >, so it cannot end the element
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&out, `<script type="application/ld+json">%s</script>`, ld)
	}
	for _, file := range p.preload[pg.Component] {
		if strings.HasSuffix(file, ".css") {
			fmt.Fprintf(&out, `<link rel="preload" as="style" crossorigin href="%s">`, template.HTMLEscapeString(file))
		} else {
			fmt.Fprintf(&out, `<link rel="modulepreload" crossorigin href="%s">`, template.HTMLEscapeString(file))
		}
	}
	out.WriteString(p.index[1])
	if p.demo {
		out.WriteString(`<p class="core">演示环境：机构、人物与内容均为虚构。</p>`)
	}
	out.WriteString(string(pg.Core))
	out.WriteString(p.index[2])
	return out.Bytes(), nil
}

// robots keeps crawlers to the public pages.
func (p *pages) robots(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	return c.SendString("User-agent: *\nDisallow: /api/\nDisallow: /work/\nSitemap: " + p.base(c) + "/sitemap.xml\n")
}

// sitemap lists the public pages, the newest demands first.
func (p *pages) sitemap(c *fiber.Ctx) error {
	type entry struct {
		Loc     string `xml:"loc"`
		LastMod string `xml:"lastmod,omitempty"`
	}
	set := struct {
		XMLName xml.Name `xml:"urlset"`
		NS      string   `xml:"xmlns,attr"`
		URLs    []entry  `xml:"url"`
	}{NS: "http://www.sitemaps.org/schemas/sitemap/0.9"}
	base := p.base(c)
	for _, path := range []string{"/", "/demands", "/issues", "/providers", "/pool", "/achievements", "/capabilities", "/organisations", "/about", "/developers"} {
		set.URLs = append(set.URLs, entry{Loc: base + path})
	}
	cursor := ""
	for range 50 { // at most 5,000 demands: a sitemap file's size stays far below its limit
		var list demandPage
		if err := p.ask(c.UserContext(), "/api/v1/demands?limit=100&cursor="+url.QueryEscape(cursor), &list); err != nil {
			return err
		}
		for _, d := range list.Items {
			set.URLs = append(set.URLs, entry{Loc: base + "/demands/" + d.ID, LastMod: d.UpdatedAt.Format(time.DateOnly)})
		}
		if cursor = list.Next; cursor == "" {
			break
		}
	}
	if notices, err := p.newestNotices(c.UserContext(), "200"); err == nil { // while their service is away, the rest is worth having
		for _, n := range notices {
			set.URLs = append(set.URLs, entry{Loc: base + "/notices/" + n.ID, LastMod: n.PutUpAt.Format(time.DateOnly)})
		}
	}
	body, err := xml.Marshal(set)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/xml; charset=utf-8")
	return c.Status(http.StatusOK).Send(append([]byte(xml.Header), body...))
}
