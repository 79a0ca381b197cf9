package notify

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"lianbang/services/platform/fault"
)

// accountStub answers as the account service's internal paths do.
type accountStub map[string]string // "METHOD path" → body

func (a accountStub) RoundTrip(r *http.Request) (*http.Response, error) {
	body, known := a[r.Method+" "+r.URL.RequestURI()]
	status := http.StatusOK
	if !known {
		status, body = http.StatusServiceUnavailable, `{"type":"about:blank","title":"x","status":503,"code":"unavailable"}`
	}
	if r.URL.Path == "/internal/v1/people/batch" { // only those asked for
		var asked struct{ IDs []string }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			return nil, err
		}
		var all struct{ Items []map[string]any }
		if err := json.Unmarshal([]byte(body), &all); err != nil {
			return nil, err
		}
		all.Items = slices.DeleteFunc(all.Items, func(p map[string]any) bool { return !slices.Contains(asked.IDs, p["id"].(string)) })
		b, err := json.Marshal(map[string]any{"items": all.Items})
		if err != nil {
			return nil, err
		}
		body = string(b)
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body))}, nil
}

func TestWhoAnAudienceIs(t *testing.T) {
	d, err := newAccountDirectory(&http.Client{Transport: accountStub{
		"POST /internal/v1/organisations/batch": `{"items":[{"id":"acme","rev":1,"name":"甲厂","state":"verified","verified":true,"capacities":[],
			"districtCode":"lj","chainCodes":[],"tiers":[],"memberIds":["wang","li"],"adminIds":["wang"]}]}`,
		"GET /internal/v1/operators?district=lj": `{"userIds":["chen","zhou","sun"]}`,
		"GET /internal/v1/operators?district=":   `{"userIds":["chen"]}`,
		"POST /internal/v1/people/batch": `{"items":[{"id":"wang","name":"王工","phone":"13800138000","email":"w@example.com","orgIds":["acme"]},
			{"id":"li","name":"李工","orgIds":["acme"]},
			{"id":"chen","name":"陈处","orgIds":[],"staff":{"post":"city_operator"}},
			{"id":"zhou","name":"周科","orgIds":[],"staff":{"post":"district_operator","districtCode":"lj"}},
			{"id":"sun","name":"孙科","orgIds":[],"staff":{"post":"district_operator","districtCode":"xw"}}]}`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	for audience, want := range map[Audience]string{
		"u:li": "li", "o:acme": "wang li", "s:city_operator": "chen", "s:district_operator:lj": "zhou", "u:nobody": "",
	} {
		people, err := d.members(t.Context(), audience)
		var ids []string
		for _, p := range people {
			ids = append(ids, p.ID)
		}
		if err != nil || strings.Join(ids, " ") != want {
			t.Errorf("%s is %v, %v; want %s", audience, ids, err, want)
		}
	}
	people, err := d.byID(t.Context(), "wang")
	if err != nil || len(people) != 1 || people[0].address(mail) != "w@example.com" || people[0].address(sms) != "13800138000" {
		t.Errorf("wang is reached at %+v, %v", people, err)
	}
	if _, err := d.members(t.Context(), "s:expert:xw"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("an account service that is away: %v", err)
	}
}
