package main

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestContactsGoOutToPartiesAlone asks everything the specifications let be read, pages and exports, as a guest and as a verified firm that
// has no part in the dealing, with the ids of a published demand, a bid on it and both firms: no answer holds a contact of theirs. The two
// sides read each other's, and each look is shown to the one looked at.
func TestContactsGoOutToPartiesAlone(t *testing.T) {
	w := newWorld(t)
	w.few = true
	operator := w.operator()
	leader := w.organisation(operator, "链主", "91330200MA2JXURN01", "chain_leader")
	bidder := w.organisation(operator, "揭榜", "91330200MA2JXURN02", "sme")
	stranger := w.organisation(operator, "旁人", "91330200MA2JXURN03", "sme")
	session := leader.upload("/api/v1/demand-imports", "需求.xlsx", spreadsheet(t, w.texts()[:1]))
	imported := "/api/v1/demand-imports/" + session.str("id")
	leader.send("POST", imported+"/commit", nil)
	w.eventually("the draft", func() bool { return leader.get(imported).str("state") == "committed" })
	demand := leader.get("/api/v1/my-demands?state=draft").list("items")[0].str("id")
	path := "/api/v1/demands/" + demand
	leader.send("POST", path+"/submit", nil)
	operator.send("POST", path+"/approve", obj{"note": "同意"})
	leader.send("POST", path+"/publish", obj{"deadline": w.clock.Now().Add(30 * 24 * time.Hour).Truncate(time.Second)})
	const demandPhone = "13800000001" // as the spreadsheet has it
	if got := stranger.get(path).obj("contact").str("phone"); got != "138****0001" {
		t.Errorf("a verified stranger reads %q", got)
	}
	bid := w.bid(bidder, path, "双丝杠对称预紧", 96_000_000)

	ids := map[string]string{"demandId": demand, "bidId": url.PathEscape(bid), "orgId": leader.orgID, "importId": session.str("id"), "organisationId": bidder.orgID}
	planted := []string{demandPhone, leader.phone, bidder.phone, bidder.phone + "@example.com"}
	asked := 0
	for _, op := range operations(t) {
		if op.method != http.MethodGet || strings.HasSuffix(op.template, "/stream") {
			continue
		}
		address := op.template
		for name, id := range ids {
			address = strings.ReplaceAll(address, "{"+name+"}", id)
		}
		address = parameter.ReplaceAllString(address, demand) + queries[op.id]
		for who, p := range map[string]*person{"a guest": w.guest(), "a stranger": stranger} {
			body := p.text(address)
			for _, secret := range planted {
				if strings.Contains(body, secret) {
					t.Errorf("%s (%s) gives %s to %s", op.id, address, secret, who)
				}
			}
			asked++
		}
	}
	if asked < 150 {
		t.Errorf("only %d answers were read", asked)
	}

	// The two sides read each other's, and the owners are told.
	if got := bidder.get(path).obj("contact").str("phone"); got != demandPhone {
		t.Errorf("a bidder reads %q", got)
	}
	if got := leader.get("/api/v1/bids/" + url.PathEscape(bid)).obj("docking").str("contactPhone"); got != bidder.phone {
		t.Errorf("the issuer reads %q", got)
	}
	if operator.get(path).obj("contact").str("phone") != demandPhone {
		t.Error("the authority does not read the contact")
	}
	looks := leader.get("/api/v1/organisations/" + leader.orgID + "/contact-looks").list("items")
	if len(looks) != 2 || !has(looks, "orgName", bidder.org) || find(looks, "userName", "主管")["official"] != true {
		t.Errorf("the issuer is shown %v", looks)
	}
	looks = bidder.get("/api/v1/organisations/" + bidder.orgID + "/contact-looks").list("items")
	if len(looks) != 1 || looks[0].str("kind") != "bid" || looks[0].str("orgName") != leader.org {
		t.Errorf("the bidder is shown %v", looks)
	}
}

// text is an answer as text, whatever its kind and status; what is packed (a spreadsheet) is unpacked.
func (p *person) text(path string) string {
	p.w.t.Helper()
	r, err := http.NewRequestWithContext(p.w.t.Context(), http.MethodGet, p.w.origin+path, nil)
	if err != nil {
		p.w.t.Fatal(err)
	}
	if p.phone != "" {
		p.get("/api/v1/me") // a token that is not about to run out
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	for {
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			p.w.t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			p.w.t.Fatal(err)
		}
		if answer.StatusCode == http.StatusTooManyRequests {
			time.Sleep(100 * time.Millisecond) // the edge's own limit is not what is tested here
			continue
		}
		packed, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			return string(body)
		}
		var text strings.Builder
		for _, f := range packed.File {
			part, err := f.Open()
			if err != nil {
				p.w.t.Fatal(err)
			}
			if _, err := io.Copy(&text, io.LimitReader(part, 1<<20)); err != nil {
				p.w.t.Fatal(err)
			}
			_ = part.Close()
		}
		return text.String()
	}
}
