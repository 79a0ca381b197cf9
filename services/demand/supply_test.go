package demand

import (
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
)

func TestBestOfEach(t *testing.T) {
	got := bestOfEach([]Match{{OrgID: "a", Score: 5}, {OrgID: "b", Score: 9}, {OrgID: "a", Score: 7}, {OrgID: "c", Score: 1}}, 2)
	if len(got) != 2 || got[0].OrgID != "b" || got[1].OrgID != "a" || got[1].Score != 7 {
		t.Errorf("%+v", got)
	}
}

// supplyPeerScenario: a peer reads quotes where nothing is sealed and never behind a seal, and the awards that were published.
func supplyPeerScenario(t *testing.T, w *town) {
	w.people["peer"] = access.Actor{Service: "capability"}
	peer, leader := w.http.As("peer").For(t), w.http.As("leader").For(t)
	const all = "/internal/v1/supply-demands/"
	peer.Get(all+w.published()).Refused(404, "not_found") // a challenge
	w.http.As("leader").For(t).Get(all+"x").Refused(403, "forbidden")
	var before, after api.SupplyAwardPage
	peer.Get("/internal/v1/supply-awards?state=awarded").Want(200).Into(&before)
	id := func(path string) string { return path[strings.LastIndex(path, "/")+1:] }
	for _, sealed := range []bool{false, true} {
		in := inputFor(api.Supply, api.Open)
		in.Sealed = &sealed
		path := w.openFor(t, in, w.now().Add(time.Hour))
		valid := w.now().Add(240 * time.Hour)
		first, second := put(t, w.http.As("sme0"), path, answerFor(api.Supply, valid)), put(t, w.http.As("sme1"), path, answerFor(api.Supply, valid))
		var d api.SupplyDemand
		peer.Get(all + id(path)).Want(200).Into(&d)
		if want := map[bool]int{false: 2, true: 0}[sealed]; len(d.Quotes) != want || d.IssuerId != "leader" {
			t.Errorf("sealed %v: %d quotes", sealed, len(d.Quotes))
		}
		w.pass(2 * time.Hour)
		peer.Get(all + id(path)).Want(200).Into(&d)
		if len(d.Quotes) != 2 || d.Quotes[0].UnitPriceFen != 1250 {
			t.Errorf("sealed %v, closed: %+v", sealed, d.Quotes)
		}
		leader.Put(path+"/award", map[string]any{"winners": []string{id(first), id(second)}, "reason": "价格与交期", "shares": []map[string]any{{"bidId": id(first), "bp": 7000}, {"bidId": id(second), "bp": 3000}}}).Want(200)
		leader.Post(path+"/award/publish", nil).Want(200)
	}
	peer.Get("/internal/v1/supply-awards?state=awarded").Want(200).Into(&after)
	if len(after.Items) != len(before.Items)+2 || len(after.Items[0].Winners) != 2 {
		t.Errorf("%d, then %d awards", len(before.Items), len(after.Items))
	}
	peer.Get("/internal/v1/supply-awards?state=awarded&issuerId=rival").Want(200).Into(&after)
	if len(after.Items) != 0 {
		t.Error("another issuer has awards")
	}
}
