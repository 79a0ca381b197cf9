package gateway

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lianbang/services/platform/fault"
)

// The few fields of public answers that the first HTML shows.
type (
	demandView struct {
		ID          string    `json:"id"`
		Code        string    `json:"code"`
		Title       string    `json:"title"`
		State       string    `json:"state"`
		Chain       string    `json:"chain"`
		District    string    `json:"district"`
		Brief       string    `json:"brief"`
		Background  string    `json:"background"`
		Difficulty  string    `json:"difficulty"`
		Content     string    `json:"content"`
		Targets     []string  `json:"targets"`
		BudgetFen   *int64    `json:"budgetFen"`
		Negotiable  bool      `json:"budgetNegotiable"`
		Months      int       `json:"timeLimitMonths"`
		Deadline    time.Time `json:"deadline"`
		BidCount    int       `json:"bidCount"`
		UpdatedAt   time.Time `json:"updatedAt"`
		PublishedAt time.Time `json:"publishedAt"`
		Issuer      struct {
			Name string `json:"name"`
		} `json:"issuer"`
	}
	demandPage struct {
		Items []demandView `json:"items"`
		Next  string       `json:"next"`
		Total int64        `json:"total"`
	}
	resultView struct {
		Title    string `json:"title"`
		Code     string `json:"code"`
		BidCount int    `json:"bidCount"`
		Reason   string `json:"reason"`
		Bids     []struct {
			Pseudonym string  `json:"pseudonym"`
			Winner    bool    `json:"winner"`
			OrgName   string  `json:"orgName"`
			Rank      int     `json:"rank"`
			Total     float64 `json:"total"`
		} `json:"bids"`
	}
	searchView struct {
		Total int64 `json:"total"`
		Hits  []struct {
			URL   string `json:"url"`
			Title struct {
				Text string `json:"text"`
			} `json:"title"`
			Snippet struct {
				Text string `json:"text"`
			} `json:"snippet"`
		} `json:"hits"`
	}
	achievementView struct {
		OrgName   string `json:"orgName"`
		ChainName string `json:"chainName"`
		Profile   struct {
			Name      string `json:"name"`
			Field     string `json:"field"`
			TRL       int    `json:"trl"`
			Summary   string `json:"summary"`
			Problem   string `json:"problem"`
			Audience  string `json:"audience"`
			Advantage string `json:"advantage"`
			Needs     string `json:"needs"`
			PriceFen  *int64 `json:"priceFen"`
		} `json:"profile"`
	}
	organisationView struct {
		Name     string `json:"name"`
		District string `json:"districtCode"`
		Summary  string `json:"summary"`
		Titles   []struct {
			Kind    string `json:"kind"`
			ValidTo string `json:"validTo"` // its last day
		} `json:"titles"`
	}
	// cityView is the city's name, and what the codes of its lists mean. Nothing of a city is written into a page but what this says.
	cityView struct {
		Name       string    `json:"cityName"`
		Districts  codeNames `json:"districts"`
		Chains     codeNames `json:"chains"`
		TitleKinds codeNames `json:"titleKinds"`
	}
	codeNames []struct {
		Code string `json:"code"`
		Name string `json:"name"`
	}
)

// of is the name of a code; the code itself when the list does not know it, or could not be had.
func (n codeNames) of(code string) string {
	for _, c := range n {
		if c.Code == code {
			return c.Name
		}
	}
	return code
}

// city is what the first HTML says of the city. A page that cannot have it does without.
func (p *pages) city(ctx context.Context) (c cityView) {
	if err := p.ask(ctx, "/api/v1/reference", &c); err != nil {
		return cityView{}
	}
	return c
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60) // China has kept one offset since 1991

var content = template.Must(template.New("").Funcs(template.FuncMap{
	"day":    func(t time.Time) string { return t.In(shanghai).Format("2006年1月2日 15:04") },
	"wan":    wan,
	"states": func(s string) string { return stateNames[s] },
}).Parse(`
{{define "demand"}}<main class="core"><p><a href="/demands">看榜单</a></p><h1>{{.Title}}</h1>
<p>{{.Code}} {{states .State}}{{with .Issuer.Name}} · {{.}}{{end}}{{with .District}} · {{.}}{{end}}{{with .Chain}} · {{.}}{{end}}</p>
<dl>{{if .Negotiable}}<dt>预算</dt><dd>面议</dd>{{else}}{{with .BudgetFen}}<dt>预算</dt><dd>{{wan .}}</dd>{{end}}{{end}}{{if not .Deadline.IsZero}}<dt>揭榜截止</dt><dd>{{day .Deadline}}</dd>{{end}}{{with .Months}}<dt>完成时限</dt><dd>{{.}} 个月</dd>{{end}}<dt>已揭榜</dt><dd>{{.BidCount}} 家</dd></dl>
{{with .Brief}}<p>{{.}}</p>{{end}}{{with .Background}}<h2>需求背景</h2><p>{{.}}</p>{{end}}{{with .Difficulty}}<h2>主要技术难点</h2><p>{{.}}</p>{{end}}{{with .Content}}<h2>主要研究内容</h2><p>{{.}}</p>{{end}}
{{with .Targets}}<h2>主要技术指标</h2><ul>{{range .}}<li>{{.}}</li>{{end}}</ul>{{end}}</main>{{end}}
{{define "list"}}<main class="core"><h1>{{.Heading}}</h1><p>{{.Lead}}</p><ul>{{range .Items}}<li><a href="/demands/{{.ID}}">{{.Title}}</a> {{with .Issuer.Name}}{{.}} {{end}}{{if not .Deadline.IsZero}}截止 {{day .Deadline}}{{end}}</li>{{end}}</ul></main>{{end}}
{{define "result"}}<main class="core"><h1>{{.Title}}</h1><p>{{.Code}} 定榜结果，共 {{.BidCount}} 家揭榜。</p><table><caption>评审结果</caption><thead><tr><th>名次</th><th>揭榜方</th><th>总分</th><th>结果</th></tr></thead><tbody>{{range .Bids}}<tr><td>{{with .Rank}}{{.}}{{end}}</td><td>{{if .OrgName}}{{.OrgName}}{{else}}揭榜方 {{.Pseudonym}}{{end}}</td><td>{{printf "%.2f" .Total}}</td><td>{{if .Winner}}中榜{{else}}未中榜{{end}}</td></tr>{{end}}</tbody></table>{{with .Reason}}<p>{{.}}</p>{{end}}</main>{{end}}
{{define "achievement"}}<main class="core"><p><a href="/achievements">找成果</a></p><h1>{{.Profile.Name}}</h1><p>{{.OrgName}}{{with .Profile.Field}} · {{.}}{{end}}{{with .ChainName}} · {{.}}{{end}}{{with .Profile.TRL}} · 成熟度 {{.}} 级{{end}}</p>
<p>意向价格：{{with .Profile.PriceFen}}{{wan .}}{{else}}面议{{end}}</p>{{with .Profile.Summary}}<p>{{.}}</p>{{end}}{{with .Profile.Problem}}<h2>解决什么问题</h2><p>{{.}}</p>{{end}}{{with .Profile.Audience}}<h2>适合谁用</h2><p>{{.}}</p>{{end}}{{with .Profile.Advantage}}<h2>比现在的做法好在哪里</h2><p>{{.}}</p>{{end}}{{with .Profile.Needs}}<h2>企业要具备什么</h2><p>{{.}}</p>{{end}}</main>{{end}}
{{define "organisation"}}<main class="core"><h1>{{.Name}}</h1><p>{{.District}}</p>{{with .Titles}}<ul>{{range .}}<li>{{.Kind}}{{with .ValidTo}}（有效期至 {{.}}）{{end}}</li>{{end}}</ul>{{end}}<p>{{.Summary}}</p></main>{{end}}
{{define "hits"}}<main class="core"><h1>{{.Heading}}</h1><p>找到 {{.Total}} 条</p><ul>{{range .Hits}}<li><a href="{{.URL}}">{{.Title.Text}}</a><p>{{.Snippet.Text}}</p></li>{{end}}</ul></main>{{end}}
{{define "issues"}}<main class="core"><h1>{{.Heading}}</h1><p>{{.Lead}}</p><ul>{{range .Items}}<li><a href="/issues/{{.Period}}">{{.Title}}</a> {{.ItemCount}} 项</li>{{end}}</ul></main>{{end}}
{{define "issue"}}<main class="core"><p><a href="/issues">期次目录</a></p><h1>{{.Title}}</h1>{{with .Note}}<p>{{.}}</p>{{end}}<p>共 {{.ItemCount}} 项{{if not .Deadline.IsZero}}，揭榜截止 {{day .Deadline}}{{end}}</p><ul>{{range .Items}}<li>{{.Demand.Code}} <a href="/demands/{{.Demand.ID}}">{{.Demand.Title}}</a> {{.Demand.Issuer.Name}}</li>{{end}}</ul></main>{{end}}
{{define "capability"}}<main class="core"><p><a href="/capabilities">找配套</a></p><h1>{{.Title}}</h1><p>{{.OrgName}}</p>{{with .Summary}}<p>{{.}}</p>{{end}}
<dl>{{if .Spare}}<dt>月富余产能</dt><dd>{{.Spare}} {{.Unit}}</dd>{{end}}{{with .LeadTimeDays}}<dt>交付周期</dt><dd>{{.}} 天</dd>{{end}}</dl>
{{with .Products}}<h2>主要产品</h2><ul>{{range .}}<li>{{.}}</li>{{end}}</ul>{{end}}{{with .Processes}}<h2>主要工艺</h2><ul>{{range .}}<li>{{.}}</li>{{end}}</ul>{{end}}{{with .Certificates}}<h2>资质证书</h2><ul>{{range .}}<li>{{.Name}}</li>{{end}}</ul>{{end}}</main>{{end}}
{{define "capabilities"}}<main class="core"><h1>{{.Heading}}</h1><p>{{.Lead}}</p><ul>{{range .Items}}<li><a href="/capabilities/{{.ID}}">{{.Title}}</a> {{.OrgName}}</li>{{end}}</ul></main>{{end}}
{{define "notices"}}<main class="core"><h1>{{.Heading}}</h1><p>{{.Lead}}</p><ul>{{range .Items}}<li><a href="/notices/{{.ID}}">{{.Title}}</a> {{.Standing}}</li>{{end}}</ul></main>{{end}}
{{define "notice"}}<main class="core"><p><a href="/notices">公示公告</a></p><h1>{{.Title}}</h1><p>{{.Standing}}</p>{{with .Summary}}<p>{{.}}</p>{{end}}{{with .Lines}}<ol>{{range .}}<li>{{.}}</li>{{end}}</ol>{{end}}{{with .Reason}}<p>{{.}}</p>{{end}}</main>{{end}}
{{define "providers"}}<main class="core"><h1>{{.Heading}}</h1><p>{{.Lead}}</p><ul>{{range .Items}}<li><a href="/providers/{{.OrgID}}">{{.Name}}</a> {{.Number}}{{with .Intro}}<p>{{.}}</p>{{end}}</li>{{end}}</ul></main>{{end}}
{{define "provider"}}<main class="core"><p><a href="/pool">服务机构资源池</a></p><h1>{{.Name}}</h1><p>{{.Number}}{{range .CategoryNames}} · {{.}}{{end}}</p>{{with .Intro}}<p>{{.}}</p>{{end}}{{with .Rated}}<p>服务评价 {{printf "%.2f" .Score}} 分，{{.Count}} 条</p>{{end}}
{{with .Offers}}<h2>能提供的服务</h2><ul>{{range .}}<li>{{.Title}}{{with .Solves}}<p>{{.}}</p>{{end}}</li>{{end}}</ul>{{end}}{{with .Certificates}}<h2>资质证书</h2><ul>{{range .}}<li>{{.Name}}</li>{{end}}</ul>{{end}}</main>{{end}}
{{define "plain"}}<main class="core"><h1>{{.Heading}}</h1><p>{{.Lead}}</p></main>{{end}}`))

var stateNames = map[string]string{"published": "揭榜中", "bidding_closed": "揭榜已截止", "evaluating": "评审中", "award_notice": "定榜公示",
	"awarded": "已定榜", "in_progress": "攻关中", "accepted": "已验收", "closed": "已办结", "no_award": "流标", "terminated": "已终止", "withdrawn": "已撤回"}

// find says what the first HTML of a front-end path is. A path the front end does not have is a 404, and so is a thing that
// does not exist or is not public.
func (p *pages) find(ctx context.Context, path, query string) page {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch {
	case path == "":
		return p.home(ctx)
	case path == "/demands":
		return p.board(ctx)
	case len(parts) == 2 && parts[0] == "demands":
		return p.demand(ctx, parts[1])
	case len(parts) == 3 && parts[0] == "demands" && parts[2] == "result":
		return p.result(ctx, parts[1])
	case len(parts) == 2 && parts[0] == "organisations":
		return p.organisation(ctx, parts[1])
	case len(parts) == 2 && parts[0] == "achievements":
		return p.achievement(ctx, parts[1])
	case path == "/issues":
		return p.issues(ctx)
	case len(parts) == 2 && parts[0] == "issues":
		return p.issue(ctx, parts[1])
	case path == "/capabilities":
		return p.capabilities(ctx, "")
	case len(parts) == 3 && parts[0] == "capabilities" && parts[1] == "of":
		return p.capabilities(ctx, parts[2])
	case len(parts) == 2 && parts[0] == "qualified-suppliers":
		return plain("合格供应商名录", "链主企业经供应商同意公开的合格供应商名录。")
	case len(parts) == 2 && parts[0] == "capabilities":
		return p.capability(ctx, parts[1])
	case path == "/notices":
		return p.notices(ctx)
	case len(parts) == 2 && parts[0] == "notices":
		return p.notice(ctx, parts[1])
	case len(parts) == 3 && parts[0] == "notices" && parts[2] == "objection":
		return plain("提出异议", "公示期内任何人都可以实名提出异议，不需要注册。")
	case len(parts) == 2 && parts[0] == "lists":
		return p.demandList(ctx, parts[1])
	case path == "/providers":
		return p.providers(ctx, "找服务", "资源池里的机构都经过审核、专家评审和公示。说说您遇到的问题，或按类别查找。", "PortalPage")
	case path == "/pool":
		return p.providers(ctx, "服务机构资源池", "专精特新服务机构资源池名单：编号、类别、区县与所提供的服务。", "PoolPage")
	case len(parts) == 2 && parts[0] == "providers" && parts[1] != "compare":
		return p.provider(ctx, parts[1])
	case len(parts) == 3 && parts[0] == "pool" && parts[1] == "certificates":
		return p.poolCertificate(ctx, parts[2])
	case len(parts) == 2 && parts[0] == "evaluations":
		return p.evaluation(ctx, parts[1])
	case path == "/search":
		return p.search(ctx, query)
	}
	if text, ok := fixedPages[path]; ok {
		return plain(text[0], text[1])
	}
	if parts[0] == "work" || parts[0] == "review" {
		pg := plain("工作台", "登录后办理。")
		pg.Private = true
		return pg
	}
	return missing()
}

var fixedPages = map[string][2]string{
	"/about":          {"关于链榜", "链榜是面向专精特新企业的供需对接平台：服务机构资源池、链主需求清单、高校院所成果清单。"},
	"/developers":     {"开放接口", "链榜的全部功能都有开放接口，公开数据无需登录即可读取。"},
	"/lists":          {"需求清单", "链主和专精特新企业按产业链公开的配套、协同研发、采购和攻关需求清单。"},
	"/services":       {"找服务", "检索服务机构资源池：机构经申请、评审、公示后入库。"},
	"/achievements":   {"找成果", "检索高校院所创新成果清单。"},
	"/organisations":  {"企业与机构", "检索已核验的企业、服务机构与高校院所。"},
	"/objections":     {"异议查询", "凭查询码和电话后四位查询异议的办理情况。"},
	"/erasures":       {"个人信息删除进度", "凭回执编号查询个人信息在各项服务中的删除进度。"},
	"/sign-in":        {"登录", "登录链榜。"},
	"/sign-in/return": {"登录", "登录链榜。"},
	"/sign-up":        {"注册", "企业、机构、高校院所注册。"},

	"/providers/compare": {"机构对比", "最多四家服务机构，同一口径并排看。"},
	"/achievement-lists": {"高校院所成果清单", "每份成果清单的发布、意向与签约情况，可下载清单。"},
	"/certificates":      {"验证凭证", "输入开放许可凭证上的编号，核对真伪。"},
}

// search is the result page: with words, its first hits.
func (p *pages) search(ctx context.Context, words string) page {
	const lead = "检索本市需求榜单、企业与机构。"
	if words == "" {
		return plain("检索", lead)
	}
	var found searchView
	if err := p.ask(ctx, "/api/v1/search?pageSize=10&q="+url.QueryEscape(words), &found); err != nil {
		return plain("检索："+words, lead)
	}
	return page{Status: http.StatusOK, Title: "检索：" + words, Component: "SearchPage", Description: lead,
		Core: core("hits", map[string]any{"Heading": "检索：" + words, "Total": found.Total, "Hits": found.Hits})}
}

func (p *pages) home(ctx context.Context) page {
	lead := "企业找服务、揭榜单，高校院所成果对接，链主需求清单公开发布：检索无需登录。"
	if city := p.city(ctx).Name; city != "" {
		lead = city + lead
	}
	pg := page{Status: http.StatusOK, Component: "HomePage", Description: lead, LD: map[string]any{"@context": "https://schema.org", "@type": "WebSite", "name": "链榜",
		"inLanguage": "zh-CN", "description": lead,
		"potentialAction": map[string]any{"@type": "SearchAction", "target": p.origin + "/search?q={q}", "query-input": "required name=q"}}}
	pg.Core = p.list(ctx, "链榜 · 专精特新供需对接平台", lead, "/api/v1/demands?state=published&limit=10")
	return pg
}

func (p *pages) board(ctx context.Context) page {
	const lead = "链主与企业公开发布的技术攻关、产品配套等需求，符合条件的企业、高校院所均可揭榜。"
	return page{Status: http.StatusOK, Title: "需求榜单", Component: "SearchPage", Description: lead, Core: p.list(ctx, "需求榜单", lead, "/api/v1/demands?limit=30")}
}

// list is a readable list of demands; when they cannot be had, the page still says what it is.
func (p *pages) list(ctx context.Context, heading, lead, path string) template.HTML {
	var list demandPage
	if err := p.ask(ctx, path, &list); err != nil {
		return core("plain", map[string]any{"Heading": heading, "Lead": lead})
	}
	return core("list", map[string]any{"Heading": heading, "Lead": lead, "Items": list.Items})
}

func (p *pages) demand(ctx context.Context, id string) page {
	var d demandView
	if err := p.ask(ctx, "/api/v1/demands/"+url.PathEscape(id), &d); err != nil {
		return absent(err)
	}
	city := p.city(ctx)
	d.District, d.Chain = city.Districts.of(d.District), city.Chains.of(d.Chain)
	description := firstOf(d.Brief, d.Background, d.Difficulty, d.Title)
	ld := map[string]any{"@context": "https://schema.org", "@type": "Demand", "name": d.Title, "description": description,
		"identifier": d.Code, "availabilityStarts": d.PublishedAt.Format(time.RFC3339), "url": p.origin + "/demands/" + d.ID}
	if !d.Deadline.IsZero() {
		ld["availabilityEnds"] = d.Deadline.Format(time.RFC3339)
	}
	if d.Issuer.Name != "" {
		ld["seller"] = map[string]any{"@type": "Organization", "name": d.Issuer.Name}
	}
	if d.BudgetFen != nil && !d.Negotiable {
		ld["priceSpecification"] = map[string]any{"@type": "PriceSpecification", "priceCurrency": "CNY", "price": fmt.Sprintf("%d.%02d", *d.BudgetFen/100, *d.BudgetFen%100)}
	}
	return page{Status: http.StatusOK, Title: d.Title, Component: "DemandPage", Description: description, LD: ld, Core: core("demand", d)}
}

func (p *pages) result(ctx context.Context, id string) page {
	var r resultView
	if err := p.ask(ctx, "/api/v1/demands/"+url.PathEscape(id)+"/result", &r); err != nil {
		return absent(err)
	}
	return page{Status: http.StatusOK, Title: r.Title + " 定榜结果", Component: "ResultPage", Description: fmt.Sprintf("%s：共 %d 家揭榜，评审与定榜结果公开。", r.Title, r.BidCount), Core: core("result", r)}
}

func (p *pages) achievement(ctx context.Context, id string) page {
	var a achievementView
	if err := p.ask(ctx, "/api/v1/achievements/"+url.PathEscape(id), &a); err != nil {
		return absent(err)
	}
	var ld map[string]any
	if err := p.ask(ctx, "/api/v1/achievements/"+url.PathEscape(id)+"/jsonld", &ld); err != nil {
		return absent(err)
	}
	return page{Status: http.StatusOK, Title: a.Profile.Name, Component: "AchievementPage", Description: firstOf(a.Profile.Summary, a.Profile.Problem, a.Profile.Name), Core: core("achievement", a), LD: ld}
}

func (p *pages) organisation(ctx context.Context, id string) page {
	var o organisationView
	if err := p.ask(ctx, "/api/v1/organisations/"+url.PathEscape(id), &o); err != nil {
		return absent(err)
	}
	city := p.city(ctx)
	o.District = city.Districts.of(o.District)
	for i := range o.Titles {
		o.Titles[i].Kind = city.TitleKinds.of(o.Titles[i].Kind)
	}
	return page{Status: http.StatusOK, Title: o.Name, Component: "OrganisationPage", Description: firstOf(o.Summary, o.Name), Core: core("organisation", o),
		LD: map[string]any{"@context": "https://schema.org", "@type": "Organization", "name": o.Name, "description": o.Summary}}
}

// capabilityView is what the first HTML shows of a capability.
type capabilityView struct {
	ID, Title, Summary, OrgName, Unit string
	Spare                             int64 `json:"spareQuantity"`
	LeadTimeDays                      int
	Products, Processes               []string
	Certificates                      []struct{ Name string }
}

func (p *pages) capability(ctx context.Context, id string) page {
	var c capabilityView
	if err := p.ask(ctx, "/api/v1/capabilities/"+url.PathEscape(id), &c); err != nil {
		return absent(err)
	}
	description := firstOf(c.Summary, c.OrgName+"："+c.Title)
	return page{Status: http.StatusOK, Title: c.Title, Component: "CapabilityPage", Description: description, Core: core("capability", c),
		LD: map[string]any{"@context": "https://schema.org", "@type": "Service", "name": c.Title, "description": description,
			"url": p.origin + "/capabilities/" + c.ID, "provider": map[string]any{"@type": "Organization", "name": c.OrgName}}}
}

// capabilities is the list of what firms can supply, or of what one firm can.
func (p *pages) capabilities(ctx context.Context, orgID string) page {
	heading, lead, path := "找配套", "企业公开的配套能力：产品、工艺、设备、富余产能与证书。", "/api/v1/capabilities?limit=50"
	pg := page{Status: http.StatusOK, Component: "SearchPage"}
	if orgID != "" {
		var o organisationView
		if err := p.ask(ctx, "/api/v1/organisations/"+url.PathEscape(orgID), &o); err != nil {
			return absent(err)
		}
		heading, lead, path, pg.Component = o.Name+"的配套能力", o.Summary, path+"&orgId="+url.QueryEscape(orgID), "FirmPage"
	}
	var list struct{ Items []capabilityView }
	if err := p.ask(ctx, path, &list); err != nil {
		return plain(heading, lead)
	}
	pg.Title, pg.Description, pg.Core = heading, lead, core("capabilities", map[string]any{"Heading": heading, "Lead": lead, "Items": list.Items})
	return pg
}

// absent is the page of a thing that could not be shown: missing for a guest (a member may still see it once the script has
// signed in), or a page that fills itself when a service is only away for a moment.
func absent(err error) page {
	if k := fault.KindOf(err); k == fault.NotFound || k == fault.Forbidden || k == fault.Unauthenticated || k == fault.Invalid {
		return missing()
	}
	pg := plain("链榜", "内容正在载入。")
	pg.Private = true
	return pg
}

func missing() page {
	pg := plain("没有这个页面", "地址可能有误，或内容没有公开。")
	pg.Status, pg.Private = http.StatusNotFound, true
	return pg
}

func plain(heading, lead string) page {
	return page{Status: http.StatusOK, Title: heading, Description: lead, Core: core("plain", map[string]any{"Heading": heading, "Lead": lead})}
}

func core(name string, data any) template.HTML {
	var out bytes.Buffer
	if err := content.ExecuteTemplate(&out, name, data); err != nil {
		panic(err) // the templates and their data are both in this file
	}
	return template.HTML(out.String()) //nolint:gosec // made by html/template, which escaped it
}

// wan shows fen in 万元, without trailing zeros.
func wan(fen *int64) string {
	s := strings.TrimRight(fmt.Sprintf("%d.%06d", *fen/1_000_000, *fen%1_000_000), "0")
	return strings.TrimSuffix(s, ".") + " 万元"
}

// firstOf is the first text that is not empty, cut to the length search engines show.
func firstOf(texts ...string) string {
	for _, t := range texts {
		if t = strings.Join(strings.Fields(t), " "); t != "" {
			if runes := []rune(t); len(runes) > 120 {
				return string(runes[:119]) + "…"
			}
			return t
		}
	}
	return ""
}
