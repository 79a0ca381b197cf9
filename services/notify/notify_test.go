package notify

import (
	"encoding/json"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// TestTexts reads every text in both languages: with all its values and with none, no bracket or brace is left, and the parts
// that must stand do.
func TestTexts(t *testing.T) {
	named := regexp.MustCompile(`\{\??([a-zA-Z]+)\}`)
	for kind, x := range texts {
		if !slices.Contains(topics, x.Topic) {
			t.Errorf("%s has the topic %q", kind, x.Topic)
		}
		for _, language := range []string{chinese, english} {
			for part, pattern := range map[string]string{"title": x.Title[language], "body": x.Body[language]} {
				params := map[string]any{}
				for _, m := range named.FindAllStringSubmatch(pattern, -1) {
					params[m[1]] = "值"
				}
				full := fill(pattern, params, language)
				if full == "" || strings.ContainsAny(full, "[]{}") || strings.ContainsAny(fill(pattern, nil, language), "[]{}") {
					t.Errorf("%s, %s, %s reads %q", kind, language, part, full)
				}
				if strings.Count(pattern, "[") != strings.Count(pattern, "]") || strings.Count(pattern, "{") != strings.Count(pattern, "}") {
					t.Errorf("%s, %s, %s does not close its brackets", kind, language, part)
				}
			}
		}
	}
	for _, kind := range []string{"demand.submitted", "demand.returned", "demand.approved", "demand.rejected", "demand.published", "demand.matched",
		"bid.received", "demand.closing_soon", "demand.closed", "bid.correction_requested", "bid.shortlisted", "bid.lost", "bid.won", "award.noticed",
		"award.published", "demand.no_award", "demand.terminated", "demand.withdrawn", "organisation.registered", "organisation.verified",
		"organisation.rejected", "organisation.returned", "organisation.suspended", "member.invited", "search.found"} {
		if !known(kind) {
			t.Errorf("%s has no text", kind)
		}
	}
}

func TestFill(t *testing.T) {
	params := map[string]any{"title": "高强铝合金", "deadline": "2026-03-20T09:00:00Z", "count": json.Number("3"), "due": "2026-11-27T16:00:00Z", "reason": "周期太长。", "sealed": true, "open": false,
		"priceFen": json.Number("123456700"), "feeFen": json.Number("-50"), "reasons": []any{"同在海工装备链", map[string]any{"text": "能做五轴加工", "points": json.Number("12")}}}
	for pattern, want := range map[string]string{
		"《{title}》":     "《高强铝合金》",
		"截止 {deadline}": "截止 3月20日 周五 17:00",
		"{due} 前":       "11月27日 周五 24:00 前",
		"理由：{reason}。":  "理由：周期太长。",
		"[共 {count} 份][，第 {rank} 名]。":       "共 3 份。",
		"[{?sealed}密封。][{?open}公开。]{title}": "密封。高强铝合金",
		"{priceFen}、{feeFen}":               "123.4567 万元、-0.5 元",
		"推荐：{reasons}":                      "推荐：同在海工装备链、能做五轴加工",
		"{missing}":                         "",
		"a [b {missing} c] d":               "a  d",
	} {
		if got := fill(pattern, params, chinese); got != want {
			t.Errorf("%s reads %q, want %q", pattern, got, want)
		}
	}
	if got := fill("by {deadline}, {priceFen}", params, english); got != "by Fri 20 Mar 17:00 (Beijing), 1234567 yuan" {
		t.Errorf("in English: %q", got)
	}
}

func TestMessages(t *testing.T) {
	now := time.UnixMilli(1_772_000_000_123)
	event := func(kind, data string) docstore.Event {
		return docstore.Event{ID: "e1", Kind: kind, At: 5, Data: json.RawMessage(data)}
	}
	for name, c := range map[string]struct {
		event docstore.Event
		ids   []string
	}{
		"an organisation and a person": {event("bid.won", `{"recipients":[{"orgId":"o1"},{"userId":"u1"}]}`), []string{"e1:o:o1", "e1:u:u1"}},
		"the same twice":               {event("bid.won", `{"recipients":[{"orgId":"o1"},{"orgId":"o1"}]}`), []string{"e1:o:o1"}},
		"who decides for a district": {event("demand.submitted", `{"recipients":[{"staff":"city_operator","district":"d1"}]}`),
			[]string{"e1:s:city_operator", "e1:s:district_operator:d1"}},
		"a post":                 {event("demand.submitted", `{"recipients":[{"staff":"city_operator"}]}`), []string{"e1:s:city_operator"}},
		"a class without a text": {event("objection.filed", `{"recipients":[]}`), nil},
		"nobody":                 {event("bid.won", `{}`), nil},
	} {
		made, err := messages(c.event, now)
		var ids []string
		for id, m := range made {
			ids = append(ids, id)
			if m.Order != "1772000000123-e1" || m.EventID != "e1" || m.At != 5 {
				t.Errorf("%s: %+v", name, m)
			}
		}
		slices.Sort(ids)
		if err != nil || !slices.Equal(ids, c.ids) {
			t.Errorf("%s: %v, %v", name, ids, err)
		}
	}
	for name, data := range map[string]string{
		"no JSON":              `{`,
		"an array":             `[]`,
		"two at once":          `{"recipients":[{"orgId":"a","userId":"b"}]}`,
		"nobody named":         `{"recipients":[{}]}`,
		"a district alone":     `{"recipients":[{"district":"a"}]}`,
		"a link to elsewhere":  `{"recipients":[{"orgId":"a"}],"link":"https://example.com"}`,
		"a link without a own": `{"recipients":[{"orgId":"a"}],"link":"//example.com"}`,
	} {
		if made, err := messages(event("bid.won", data), now); err == nil || fault.As(err).Code != "event_malformed" {
			t.Errorf("%s: %v, %v", name, made, err)
		}
	}
}

func TestParamsOfARecipientLieOverTheEvents(t *testing.T) {
	made, err := messages(docstore.Event{ID: "e", Kind: "demand.matched",
		Data: json.RawMessage(`{"recipients":[{"orgId":"a","params":{"reasons":["同区"]}},{"orgId":"b"}],"params":{"title":"T","reasons":["通用"]}}`)}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	a, b := made["e:o:a"].words(chinese), made["e:o:b"].words(chinese)
	if !slices.Equal(a.reasons, []string{"同区"}) || !slices.Equal(b.reasons, []string{"通用"}) || a.title != "有一个需求适合你们：T" {
		t.Errorf("%+v, %+v", a, b)
	}
}

func TestAudiencesOf(t *testing.T) {
	for _, c := range []struct {
		actor access.Actor
		want  []Audience
	}{
		{access.Actor{UserID: "u"}, []Audience{"u:u"}},
		{access.Actor{UserID: "u", OrgID: "o"}, []Audience{"u:u", "o:o"}},
		{access.Actor{UserID: "u", Staff: access.CityOperator}, []Audience{"u:u", "s:city_operator"}},
		{access.Actor{UserID: "u", Staff: access.DistrictOperator, District: "d"}, []Audience{"u:u", "s:district_operator", "s:district_operator:d"}},
	} {
		if got := audiencesOf(c.actor); !slices.Equal(got, c.want) {
			t.Errorf("%+v is in %v", c.actor, got)
		}
	}
}

func TestMask(t *testing.T) {
	for address, want := range map[string]string{"13800138000": "138****8000", "zhang@example.com": "z***@example.com", "110": "***"} {
		if got := mask(address); got != want {
			t.Errorf("%s is shown as %s", address, got)
		}
	}
}

func TestMailIsOneSafeMessage(t *testing.T) {
	at := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	b := string(mailText("https://lb.example.cn/", "no-reply@lb.example.cn")(Letter{ID: "e:u:mail", To: "a@example.com\r\nBcc: x@example.com", Name: "王\n工", Subject: "题\r\nX: y", Text: "正文", Link: "/demands/1", At: at}))
	head, _, _ := strings.Cut(b, "\r\n\r\n")
	if n := strings.Count(head, "\r\n"); n != 7 || strings.Contains(head, "\r\nBcc") || strings.Contains(head, "\r\nX:") {
		t.Errorf("the header has %d breaks:\n%s", n, head)
	}
	read, err := netmail.ReadMessage(strings.NewReader(string(mailText("", "no-reply@"+nowhere)(Letter{To: "a@example.com", Name: `王, "工" <x@y>`, Subject: "题"}))))
	if err != nil {
		t.Fatal(err)
	}
	if to, err := read.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != "a@example.com" || to[0].Name != `王, "工" <x@y>` {
		t.Errorf("it goes to %v, %v", to, err)
	}
	if !strings.Contains(head, "Message-ID: <e.u.mail@lb.example.cn>") {
		t.Errorf("no stable Message-ID in\n%s", head)
	}
}
