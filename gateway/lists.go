package gateway

import (
	"context"
	"net/http"
	"net/url"
)

// demandList is the first HTML of one named demand list: its items as anyone may read them.
func (p *pages) demandList(ctx context.Context, id string) page {
	var l struct {
		Name    string `json:"name"`
		OrgName string `json:"orgName"`
		Note    string `json:"note"`
	}
	at := "/api/v1/demand-lists/" + url.PathEscape(id)
	if err := p.ask(ctx, at, &l); err != nil {
		return absent(err)
	}
	lead := firstOf(l.Note, l.OrgName+"的需求清单。")
	return page{Status: http.StatusOK, Title: l.Name, Description: lead, Component: "ListPage", Core: p.list(ctx, l.Name, lead, at+"/demands?limit=30")}
}
