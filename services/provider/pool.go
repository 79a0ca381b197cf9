package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	accountapi "lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// What anybody reads of the pool.

// providerView is a provider's public page. Who to call is for verified organisations and the authority; the number is shown to the provider
// itself, and where the look is noted.
func (s *Service) providerView(ctx context.Context, m *Membership) api.Provider {
	a, ap := access.From(ctx), m.Application
	v := api.Provider{OrgId: m.OrgID, Name: m.OrgName, Number: m.Number, Certificate: m.Certificate, State: api.MembershipState(m.State), District: m.Jurisdiction,
		Categories: list(ap.Categories), Subservices: list(ap.Subservices), Intro: ap.Intro, Website: ap.Website, FoundedOn: string(ap.FoundedOn),
		Certificates: like[[]api.Certificate](append([]Certificate{}, ap.Certificates...)), Districts: list(ap.Districts),
		Offers: like[[]api.Offer](append([]Offer{}, m.Offers...)), AdmittedAt: m.AdmittedAt.Time()}
	if ap.Staff != nil {
		v.Staff = *ap.Staff
	}
	if a.Verified || a.Staff != "" || a.OrgID == m.OrgID && a.OrgID != "" {
		v.ContactName, v.ContactPhone = ap.ContactName, ap.ContactPhone
	}
	if a.OrgID == "" || a.OrgID != m.OrgID { // an enquiry opens a dealing, which has the number once both agree
		v.ContactPhone = accountapi.MaskPhone(v.ContactPhone)
	}
	return v
}

func list(in []string) []string { return append([]string{}, in...) }

// ListProviders is the pool, the newest admission first. A page may be short and still have a next one.
func (s *Service) ListProviders(ctx context.Context, p api.ListProvidersParams) (api.ProviderPage, error) {
	out := api.ProviderPage{Items: []api.Provider{}}
	if len(p.Ids) > 0 {
		docs, err := s.members.GetMany(ctx, p.Ids)
		for i := range docs {
			if docs[i].Body.listed() {
				out.Items = append(out.Items, s.providerView(ctx, &docs[i].Body))
			}
		}
		return out, err
	}
	q := docstore.Query{Index: "board", Equal: []any{"public"}, Descending: true, Limit: docstore.PageSize(p.Limit), Cursor: p.Cursor}
	for len(out.Items) < docstore.PageSize(p.Limit) {
		page, err := s.members.Find(ctx, q)
		if err != nil {
			return out, err
		}
		for i := range page.Items {
			m := &page.Items[i].Body
			if (p.Category == "" || slices.Contains(m.Application.Categories, string(p.Category))) && (p.District == "" || m.Jurisdiction == p.District) {
				out.Items = append(out.Items, s.providerView(ctx, m))
			}
		}
		if out.Next = page.Next; page.Next == "" || p.Category == "" && p.District == "" {
			break
		}
		q.Cursor = page.Next
		q.Limit = docstore.PageSize(p.Limit) - len(out.Items)
		if q.Limit < 1 {
			break
		}
	}
	return out, nil
}

// GetProvider is one provider in the pool. One that is suspended or removed is still found by its own people and the authority.
func (s *Service) GetProvider(ctx context.Context, id string) (api.Provider, error) {
	doc, err := s.members.Get(ctx, id)
	if err != nil {
		return api.Provider{}, err
	}
	m := &doc.Body
	if r := role(access.From(ctx), m); !m.listed() && (r == Stranger || m.Number == "") {
		return api.Provider{}, access.Hide.Err()
	}
	v := s.providerView(ctx, m)
	if access.From(ctx).Operates(m.Jurisdiction) {
		if err := s.o.Looks.Record(ctx, accountapi.LookProvider, id, m.OrgID); err != nil {
			return api.Provider{}, err
		}
		v.ContactPhone = m.Application.ContactPhone
	}
	return v, nil
}

// GetPool is the pool in figures, from the maintained sheets.
func (s *Service) GetPool(ctx context.Context) (api.Pool, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Pool{}, err
	}
	v := api.Pool{Target: int64(settings.PoolTarget), Categories: []api.PoolCount{}, Districts: []api.PoolCount{}}
	var all tally
	districts := map[string]int64{}
	err = s.eachSheet(ctx, func(sheet *tallySheet) {
		for district, t := range sheet.Sums {
			all.plus(t)
			if n := t.States[Admitted]; n > 0 {
				districts[district] += n
			}
		}
	})
	v.Total, v.Offerings = all.States[Admitted], all.Offerings
	for _, c := range CategoryCodes() {
		v.Categories = append(v.Categories, api.PoolCount{Key: c, Count: all.Categories[c]})
	}
	v.Districts = counts(districts)
	return v, err
}

// counts lists what was counted, the most first.
func counts(of map[string]int64) []api.PoolCount {
	all := []api.PoolCount{}
	for key, n := range of {
		all = append(all, api.PoolCount{Key: key, Count: n})
	}
	slices.SortFunc(all, func(a, b api.PoolCount) int {
		if a.Count != b.Count {
			return int(b.Count - a.Count)
		}
		return strings.Compare(a.Key, b.Key)
	})
	return all
}

var poolColumns = []office.Column{{Title: "编号"}, {Title: "机构名称", Width: 34}, {Title: "统一社会信用代码", Width: 22}, {Title: "区县"}, {Title: "服务类别", Width: 30},
	{Title: "服务事项", Width: 50}, {Title: "在供服务", Width: 10}, {Title: "入库日期"}}

// poolRows is the numbered list, by number.
func (s *Service) poolRows(ctx context.Context) ([][]string, error) {
	districts, err := s.o.Lists.Districts(ctx)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	err = s.inPoolNow(ctx, func(doc docstore.Doc[Membership]) error {
		m := &doc.Body
		rows = append(rows, []string{m.Number, m.OrgName, m.CreditCode, nameOr(districts, m.Jurisdiction), names(m.Application.Categories), names(m.Application.Subservices),
			fmt.Sprint(len(m.Offers)), string(when.DayOf(m.AdmittedAt.Time()))})
		return nil
	})
	slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return rows, err
}

func nameOr(names map[string]string, code string) string {
	if name, ok := names[code]; ok {
		return name
	}
	return code
}

// names are what people read for codes of categories or sub-services.
func names(codes []string) string {
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = nameOfCode(c)
	}
	return strings.Join(all, "、")
}

// PoolBook is the numbered list as a workbook.
func (s *Service) PoolBook(ctx context.Context) (*office.Book, error) {
	rows, err := s.poolRows(ctx)
	if err != nil {
		return nil, err
	}
	b := office.NewBook()
	return b, b.Sheet("资源池", poolColumns, cellsOf(rows))
}

// cellsOf hands rows of text to a workbook.
func cellsOf(rows [][]string) func(yield func([]any) bool) {
	return func(yield func([]any) bool) {
		for _, row := range rows {
			cells := make([]any, len(row))
			for i, text := range row {
				cells[i] = text
			}
			if !yield(cells) {
				return
			}
		}
	}
}

// PoolPaper is the numbered list to print.
func (s *Service) PoolPaper(ctx context.Context) (office.Paper, error) {
	rows, err := s.poolRows(ctx)
	if err != nil {
		return office.Paper{}, err
	}
	day := s.now().In(when.China).Format("2006年1月2日")
	p := office.Paper{Title: "专精特新服务机构资源池名单", Foot: "专精特新服务机构资源池名单 " + day}
	table := office.Table{Shares: []float64{1.7, 4, 1.5, 4, 1.6}, Head: [][]office.Cell{office.Labels("编号", "机构名称", "区县", "服务类别", "入库日期")}}
	for _, r := range rows {
		table.Rows = append(table.Rows, office.Cells(r[0], r[1], r[3], r[4], r[7]))
	}
	p.Blocks = append(p.Blocks, office.Text(fmt.Sprintf("截至 %s，在库机构 %d 家。", day, len(rows))), table)
	return p, nil
}

// feedLength is how many admissions the feed holds.
const feedLength = 50

// GetPoolFeed is the newest admissions as a JSON feed (jsonfeed.org, version 1.1).
func (s *Service) GetPoolFeed(ctx context.Context) (api.PoolFeed, error) {
	feed := like[api.PoolFeed](map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": "专精特新服务机构资源池", "items": []any{}})
	page, err := s.members.Find(ctx, docstore.Query{Index: "board", Equal: []any{"public"}, Descending: true, Limit: feedLength})
	if err != nil {
		return feed, err
	}
	items := []map[string]any{}
	for i := range page.Items {
		m := &page.Items[i].Body
		items = append(items, map[string]any{"id": m.Number, "url": providerPage(m.OrgID), "title": m.OrgName, "summary": m.Number + " " + names(m.Application.Categories),
			"date_published": m.AdmittedAt.Time()})
	}
	return like[api.PoolFeed](map[string]any{"version": feed.Version, "title": feed.Title, "items": items}), nil
}

// VerifyCertificate says whether an admission certificate is good at this moment.
func (s *Service) VerifyCertificate(ctx context.Context, code string) (api.PoolCertificate, error) {
	m, err := s.byCode(ctx, code)
	if err != nil {
		return api.PoolCertificate{}, err
	}
	return api.PoolCertificate{Code: m.Certificate, OrgId: m.OrgID, OrgName: m.OrgName, CreditCode: m.CreditCode, Number: m.Number,
		State: api.MembershipState(m.State), Valid: m.State == Admitted, AdmittedAt: m.AdmittedAt.Time(), EndedAt: m.EndedAt.Time(),
		Categories: list(m.Application.Categories), CheckedAt: s.now().UTC().Truncate(time.Second)}, nil
}

// byCode finds the membership a certificate belongs to; small letters and gaps are forgiven.
func (s *Service) byCode(ctx context.Context, code string) (*Membership, error) {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	page, err := s.members.Find(ctx, docstore.Query{Index: "certificate", Equal: []any{code}, Limit: 1})
	if err != nil {
		return nil, err
	}
	if code == "" || len(page.Items) == 0 {
		return nil, fault.New(fault.NotFound, "", "there is no such certificate")
	}
	return &page.Items[0].Body, nil
}

// CertificatePaper is the admission certificate to print.
func (s *Service) CertificatePaper(ctx context.Context, code string) (office.Paper, error) {
	m, err := s.byCode(ctx, code)
	if err != nil {
		return office.Paper{}, err
	}
	city, err := s.o.Lists.City(ctx)
	if err != nil {
		return office.Paper{}, err
	}
	label := func(text string) office.Cell { return office.Cell{Text: text, Label: true} }
	rows := [][]office.Cell{
		{label("机构名称"), {Text: m.OrgName}}, {label("统一社会信用代码"), {Text: m.CreditCode}}, {label("资源池编号"), {Text: m.Number}},
		{label("服务类别"), {Text: names(m.Application.Categories)}}, {label("入库日期"), {Text: m.AdmittedAt.Time().In(when.China).Format("2006年1月2日")}},
		{label("核验码"), {Text: m.Certificate}},
	}
	p := office.Paper{Title: city + "专精特新服务机构资源池 入库证书", Foot: "本证书以核验页显示的状态为准；核验码 " + m.Certificate}
	p.Blocks = append(p.Blocks, office.Table{Shares: []float64{1.4, 4}, Rows: rows},
		office.Text("上述机构经申报、初审、专家评审与公示，进入专精特新服务机构资源池。资源池一年一评、有进有出，是否在库请以核验码在线核验。"))
	if m.State != Admitted {
		p.Blocks = append(p.Blocks, office.Heading("注意：该机构目前不在库"))
	}
	return p, nil
}

// GetProvidersInternal is where organisations stand, for a peer.
func (s *Service) GetProvidersInternal(ctx context.Context, in api.GetProvidersInternalJSONRequestBody) (api.GetProvidersInternal200JSONResponse, error) {
	out := api.GetProvidersInternal200JSONResponse{Items: []api.ProviderInternal{}}
	docs, err := s.members.GetMany(ctx, in.Ids)
	for i := range docs {
		m := &docs[i].Body
		offerings := []api.OfferingInternal{}
		for _, o := range m.Offers {
			offerings = append(offerings, api.OfferingInternal{Id: o.ID, Capacity: o.Capacity})
		}
		out.Items = append(out.Items, api.ProviderInternal{Offerings: offerings, OrgId: m.OrgID, Name: m.OrgName, Categories: list(m.Application.Categories),
			Subservices: list(m.Application.Subservices), State: api.MembershipState(m.State), Number: m.Number, Districts: list(m.Application.Districts),
			LegalPerson: m.Application.LegalPerson, Address: m.Application.Address, ContactPhone: m.Application.ContactPhone})
	}
	return out, err
}
