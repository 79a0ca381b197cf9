package achievement

import (
	"testing"

	"lianbang/services/achievement/api"
)

// wonHTTP takes a won bid to the contract, without typing again what the bid said.
func wonHTTP(t *testing.T, w *town) {
	c := w.http
	peer, uni, firm, rival := c.As("peer"), c.As("uni"), c.As("firm1"), c.As("firm2")
	p := goodProfile()
	p.Ways, p.Name = []Way{Transfer}, "揭榜用的成果"
	id := w.published(p)
	var named api.NamedAchievement
	peer.For(t).Get("/internal/v1/achievements/" + id).Want(200).Into(&named)
	if named.Name != p.Name || named.OrgId != "uni" || named.Trl != p.TRL {
		t.Errorf("%+v", named)
	}
	uni.For(t).Get("/internal/v1/achievements/"+id).Refused(403, "forbidden")
	draft, err := w.s.CreateAchievement(w.as("uni"), input(t, p))
	must(t, err)
	peer.For(t).Get("/internal/v1/achievements/"+draft.Id).Refused(404, "not_found")

	won := map[string]any{"achievementId": id, "sellerId": "uni", "firmId": "firm1", "demandId": "d1", "demand": "主轴轴颈修复", "way": "joint", "priceFen": 88_000_000, "months": 14,
		"requiredTrl": 9, "contactName": "王工", "contactPhone": "1"}
	path := "/internal/v1/won-bids/d1:1:uni/deal"
	firm.For(t).Put(path, won).Refused(403, "forbidden")
	won["sellerId"] = "other"
	peer.For(t).Put(path, won).Refused(422, "invalid").Field("achievementId", "not_a_choice")
	won["sellerId"] = "uni"
	var first, again struct{ DealId string }
	peer.For(t).Put(path, won).Want(200).Into(&first)
	peer.For(t).Put(path, won).Want(200).Into(&again)
	if first.DealId == "" || first != again {
		t.Fatalf("told twice, it is %v and %v", first, again)
	}
	deal := "/api/v1/achievement-deals/" + first.DealId
	rival.For(t).Get(deal).Refused(404, "not_found")
	var d api.Deal
	firm.For(t).Get(deal).Want(200).Into(&d)
	if d.State != "talks" || d.Won.Demand != "主轴轴颈修复" || d.Won.PriceFen != 88_000_000 || d.Won.Months != 14 || d.Firm != "甬江精密" || d.Interest.Way != "joint" {
		t.Errorf("%+v", d)
	}
	// Joint R&D is not among the achievement's ways, but it is what the bid offered; it needs no pricing, approval or notice.
	uni.For(t).Post(deal+"/terms", map[string]any{"way": "joint", "exclusive": false, "related": false, "priceFen": d.Won.PriceFen, "months": d.Won.Months}).Want(200)
	firm.For(t).Post(deal+"/agree", map[string]any{"version": 1, "related": false}).Want(200)
	uni.For(t).Post(deal+"/sign", map[string]any{"number": "JK-1"}).Want(200)
	firm.For(t).Post(deal+"/sign", map[string]any{}).Want(200).Into(&d)
	if d.State != "signed" || d.Contract.Kind != "development" || d.Contract.PriceFen != 88_000_000 {
		t.Errorf("%s %+v", d.State, d.Contract)
	}
	var a api.Achievement
	c.For(t).Get("/api/v1/achievements/" + id).Want(200).Into(&a)
	if a.State != "published" {
		t.Errorf("joint work leaves the achievement on offer, not %s", a.State)
	}

	// Where the two talk already, the bid is noted on that deal.
	open := w.interest("firm2", id)
	won["firmId"] = "firm2"
	peer.For(t).Put("/internal/v1/won-bids/d2:1:uni/deal", won).Want(200).Into(&again)
	if rival.For(t).Get("/api/v1/achievement-deals/" + open).Want(200).Into(&d); again.DealId != open || d.Won.BidId != "d2:1:uni" {
		t.Errorf("noted on %s: %+v", again.DealId, d.Won)
	}
	must(t, func() error { _, err := w.s.WithdrawAchievement(w.as("uni"), id, "收回"); return err }())
	peer.For(t).Put("/internal/v1/won-bids/d3:1:uni/deal", won).Refused(409, "achievement.wrong_state")
}
