package search

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"lianbang/search/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/rest/resttest"
)

// served is the service as the product runs it: both modules, the store on disk, the real application.
func served(t *testing.T) (*host.Env, *resttest.Client) {
	t.Helper()
	e := resttest.Env(t, "search")
	resttest.Run(t, e, EngineModule())
	account := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"stands":true}`)) // asked before a decision
	})}
	go func() { _ = account.Serve(e.Network.Listen("account")) }()
	t.Cleanup(func() { _ = account.Close() })
	running := resttest.Run(t, e, Module())
	spec, err := api.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	return e, resttest.New(t, running.App, spec)
}

func TestOverHTTP(t *testing.T) {
	e, guest := served(t)
	peer := guest.As(resttest.PeerToken(t, e, "demand"))
	deadline := resttest.Start.Add(30 * 24 * time.Hour)
	demand := api.SearchDocument{Id: "0190a", Rev: 3, Projection: 1, Title: "精密减速器国产替代", Summary: "寻求谐波减速器柔轮的疲劳寿命提升方案。", Url: "/demands/0190a",
		Audience: []string{"public"}, OrgId: "issuer", OrgName: "链主企业",
		Facts: api.Facts{Kind: "rnd", Mode: "open", Chain: []string{"robotics"}, District: "lanjiang", City: "澜州市", State: "published", Deadline: deadline,
			BudgetFen: 500_000_000, PublishedAt: resttest.Start},
		Labels: map[string]string{"robotics": "机器人", "lanjiang": "澜江区"}}
	firm := api.SearchDocument{Id: "firm", Rev: 1, Title: "澜江传动有限公司", Summary: "专注谐波减速器柔轮，疲劳寿命行业领先。", Url: "/organisations/firm", Audience: []string{"public"},
		OrgId: "firm", OrgName: "澜江传动有限公司", Facts: api.Facts{Chain: []string{"robotics"}, District: "lanjiang", City: "澜州市", Tier: []string{"specialised"}},
		Match: api.MatchFacts{Verified: true}}
	peer.Put("/internal/v1/search/demand/documents", api.DocumentBatch{Documents: []api.SearchDocument{demand}, Pending: 7}).Want(http.StatusOK)
	peer.Put("/internal/v1/search/organisation/documents", api.DocumentBatch{Documents: []api.SearchDocument{firm}}).Want(http.StatusOK)
	peer.Put("/internal/v1/search/organisation/documents", api.DocumentBatch{Documents: []api.SearchDocument{firm, firm}}).
		Want(http.StatusUnprocessableEntity).Field("documents[1].id", "repeated")
	peer.Put("/internal/v1/search/nothing/documents", api.DocumentBatch{}).Want(http.StatusUnprocessableEntity)
	peer.Put("/internal/v1/search/demand/documents", map[string]any{"documents": []any{map[string]any{"id": "x"}}}).Want(http.StatusUnprocessableEntity)

	t.Run("search", func(t *testing.T) {
		var page api.SearchPage
		guest.For(t).Get("/api/v1/search?" + url.Values{"q": {"柔轮"}, "type": {"demand"}, "chain": {"robotics", "nev"}, "trl": {},
			"sort": {"deadline"}, "budgetMin": {"100"}, "deadlineBefore": {deadline.Format(time.RFC3339)}}.Encode()).Want(http.StatusOK).Into(&page)
		if page.Total != 1 || page.Hits[0].Id != "0190a" || len(page.Hits[0].Snippet.Marks) != 1 {
			t.Errorf("%+v", page)
		}
		if !page.Hits[0].Facts.Deadline.Equal(deadline) {
			t.Errorf("the deadline came back as %s", page.Hits[0].Facts.Deadline)
		}
		guest.For(t).Get("/api/v1/search?q=" + url.QueryEscape("机器人")).Want(http.StatusOK).Into(&page)
		if page.Total != 1 {
			t.Errorf("the name of a chain finds %d", page.Total)
		}
		guest.For(t).Get("/api/v1/search?page=9999&pageSize=100").Want(http.StatusUnprocessableEntity).Field("page", "too_large")
		guest.For(t).Get("/api/v1/search?sort=cheapest").Want(http.StatusUnprocessableEntity).Field("sort", "not_a_choice")
		guest.For(t).Get("/api/v1/search?" + url.Values{"q": {`"] OR audience EXISTS OR district IN ["\`}, "district": {`x"] OR audience EXISTS OR district IN ["\`}}.Encode()).
			Want(http.StatusOK).Into(&page)
		if page.Total != 0 {
			t.Errorf("a filter was written through a value: %d", page.Total)
		}
	})
	t.Run("suggest", func(t *testing.T) {
		var answer struct{ Items []api.Suggestion }
		guest.For(t).Get("/api/v1/suggest?q=" + url.QueryEscape("减速")).Want(http.StatusOK).Into(&answer)
		if len(answer.Items) != 1 || answer.Items[0].Url != "/demands/0190a" || answer.Items[0].Marks[0] != (api.Mark{Start: 2, Length: 2}) {
			t.Errorf("%+v", answer.Items)
		}
		guest.For(t).Get("/api/v1/popular-searches").Want(http.StatusOK)
	})
	issuer := access.Actor{UserID: "u1", OrgID: "issuer", Verified: true, Role: access.Admin, Capacities: []access.Capacity{access.ChainLeader}}
	t.Run("match", func(t *testing.T) {
		var list api.MatchList
		asIssuer := guest.For(t).As(resttest.Token(t, e, issuer))
		asIssuer.Get("/api/v1/matches/demand/0190a?types=organisation&types=provider").Want(http.StatusOK).Into(&list)
		if len(list.Items) != 1 || list.Items[0].Id != "firm" || list.WeightsVersion == "" {
			t.Fatalf("%+v", list)
		}
		m := list.Items[0]
		sum := 0.0
		for _, r := range m.Reasons {
			sum += r.Points
			if r.Kind == "chain" && (r.Detail != "同在机器人产业链" || !slices.Equal(r.Words, []string{"机器人"})) {
				t.Errorf("the chain is shown as %+v", r)
			}
		}
		if math.Abs(sum-m.Score) > 1e-9 {
			t.Errorf("the reasons sum to %v, the score is %v", sum, m.Score)
		}
		asFirm := guest.For(t).As(resttest.Token(t, e, member("firm")))
		asFirm.Get("/api/v1/matches/organisation/firm").Want(http.StatusOK).Into(&list)
		if len(list.Items) != 1 || list.Items[0].Score != m.Score {
			t.Errorf("from the other side: %+v", list.Items)
		}
		asFirm.Get("/api/v1/matches/organisation/issuer").Want(http.StatusNotFound)
		asFirm.Get("/api/v1/matches/demand/0190a").Want(http.StatusForbidden)
		asFirm.Get("/api/v1/matches/capability/nothing").Want(http.StatusNotFound)
		guest.For(t).Get("/api/v1/matches/demand/0190a").Want(http.StatusUnauthorized)
		var why struct {
			Score   float64
			Changes []api.MatchChange
		}
		asFirm.Get("/api/v1/matches/pair?leftType=organisation&leftId=firm&rightType=demand&rightId=0190a").Want(http.StatusOK).Into(&why)
		if why.Score != m.Score {
			t.Errorf("the pair scores %v alone and %v in the list", why.Score, m.Score)
		}
		guest.For(t).As(resttest.Token(t, e, member("other"))).Get("/api/v1/matches/pair?leftType=organisation&leftId=firm&rightType=demand&rightId=0190a").Want(http.StatusForbidden)

		guest.For(t).Post("/api/v1/match", map[string]any{"text": "澜江传动有限公司"}).Want(http.StatusOK).Into(&list)
		if list.Recognised.Id != "firm" || len(list.Items) != 1 || list.Items[0].Score != m.Score {
			t.Errorf("by its name: %+v", list)
		}
		guest.For(t).Post("/api/v1/match", map[string]any{"text": "我们做谐波减速器", "types": []string{"demand"}}).Want(http.StatusOK).Into(&list)
		if len(list.Items) != 1 || list.Items[0].Id != "0190a" {
			t.Errorf("by a sentence: %+v", list)
		}
		peer.For(t).Post("/internal/v1/search/match", map[string]any{"type": "demand", "document": demand, "verifiedOnly": true, "limit": 5}).Want(http.StatusOK).Into(&list)
		if len(list.Items) != 1 || list.Items[0].Score != m.Score {
			t.Errorf("for a peer: %+v", list)
		}
		peer.For(t).Post("/internal/v1/search/match", map[string]any{"type": "demand", "document": demand, "onlyIds": []string{"nobody"}}).Want(http.StatusOK).Into(&list)
		if len(list.Items) != 0 {
			t.Errorf("limited to nobody: %+v", list)
		}
		guest.For(t).Post("/internal/v1/search/match", map[string]any{"type": "demand", "document": demand}).Want(http.StatusUnauthorized)
		asFirm.Put("/internal/v1/search/demand/documents", api.DocumentBatch{}).Want(http.StatusForbidden)

		var page api.SearchPage
		asFirm.Get("/api/v1/search?forMe=true&type=demand").Want(http.StatusOK).Into(&page)
		if page.Hits[0].Match.Score != m.Score || page.WeightsVersion == "" {
			t.Errorf("for me: %+v", page.Hits[0].Match)
		}
	})
	t.Run("saved searches", func(t *testing.T) {
		asFirm := guest.For(t).As(resttest.Token(t, e, member("firm")))
		in := map[string]any{"name": "减速器", "every": "daily", "criteria": map[string]any{"q": "减速器", "type": "demand", "budgetMin": 100, "closes": 30, "trl": []string{"6"}}}
		var saved api.SavedSearch
		asFirm.Key("save-once-1").Post("/api/v1/saved-searches", in).Want(http.StatusCreated).Into(&saved)
		var again api.SavedSearch
		asFirm.Key("save-once-1").Post("/api/v1/saved-searches", in).Want(http.StatusCreated).Into(&again)
		if again.Id != saved.Id || saved.Url != "/search?budgetMin=100&closes=30&q=%E5%87%8F%E9%80%9F%E5%99%A8&sort=newest&trl=6&type=demand" {
			t.Errorf("%+v", saved)
		}
		asFirm.Post("/api/v1/saved-searches", in).Refused(http.StatusConflict, "search.already_saved")
		guest.For(t).Post("/api/v1/saved-searches", in).Want(http.StatusUnauthorized)
		asFirm.Post("/api/v1/saved-searches", map[string]any{"name": "x", "every": "hourly", "criteria": map[string]any{"q": "a"}}).
			Want(http.StatusUnprocessableEntity).Field("every", "not_a_choice")
		var list struct {
			Items []api.SavedSearch
			Limit int
		}
		asFirm.Get("/api/v1/saved-searches").Want(http.StatusOK).Into(&list)
		if len(list.Items) != 1 || list.Limit != maxSaved {
			t.Errorf("%+v", list)
		}
		in["paused"] = true
		path := "/api/v1/saved-searches/" + saved.Id
		asFirm.Put(path, in).Want(http.StatusPreconditionRequired)
		asFirm.IfMatch(`"1"`).Put(path, in).Want(http.StatusOK).Into(&saved)
		if !saved.Paused || saved.Rev != 2 {
			t.Errorf("%+v", saved)
		}
		guest.For(t).As(resttest.Token(t, e, member("other"))).Delete(path).Want(http.StatusNotFound)
		asFirm.Delete(path).Want(http.StatusNoContent)
		asFirm.Get("/api/v1/saved-searches").Want(http.StatusOK).Into(&list)
		if len(list.Items) != 0 {
			t.Errorf("%+v", list)
		}
	})
	t.Run("synonyms", func(t *testing.T) {
		operator := guest.For(t).As(resttest.Token(t, e, city))
		var group api.SynonymGroup
		operator.Post("/api/v1/synonyms", map[string]any{"words": []string{"柔轮", "挠性轮"}, "note": "外资图纸用语"}).Want(http.StatusCreated).Into(&group)
		path := "/api/v1/synonyms/" + group.Id
		if group.Active || group.History[0].By != "op" || group.History[0].Note == "" {
			t.Errorf("%+v", group)
		}
		operator.Post("/api/v1/synonyms", map[string]any{"words": []string{"柔轮", "，轮"}}).Want(http.StatusUnprocessableEntity).Field("words.1", "too_short")
		operator.Post("/api/v1/synonyms", map[string]any{"words": []string{"挠性轮", "柔轮"}}).Refused(http.StatusConflict, "search.synonyms_known")
		operator.IfMatch(`"1"`).Put(path, map[string]any{"words": []string{"柔轮", "挠性齿轮"}}).Want(http.StatusOK).Into(&group)
		operator.Delete(path).Want(http.StatusPreconditionRequired)
		current := func() string {
			var list struct{ Items []api.SynonymGroup }
			operator.Get("/api/v1/synonyms").Want(http.StatusOK).Into(&list)
			for _, g := range list.Items {
				if g.Id == group.Id {
					return rest.ETag(g.Rev)
				}
			}
			return ""
		}
		operator.IfMatch(current()).Delete(path).Want(http.StatusOK).Into(&group)
		if !group.Removed || len(group.History) != 3 {
			t.Errorf("%+v", group)
		}
		operator.IfMatch(current()).Post(path+"/undo", nil).Want(http.StatusOK).Into(&group)
		if group.Removed || group.Words[1] != "挠性齿轮" {
			t.Errorf("%+v", group)
		}
		var preview api.SynonymPreview
		operator.Post("/api/v1/synonym-preview", map[string]any{"words": []string{"柔轮", "挠性齿轮"}}).Want(http.StatusOK).Into(&preview)
		if len(preview.Words) != 2 || preview.Words[1].Then != 2 {
			t.Errorf("%+v", preview)
		}
		guest.For(t).As(resttest.Token(t, e, member("firm"))).Get("/api/v1/synonyms").Want(http.StatusForbidden)
		guest.For(t).Get("/api/v1/synonyms").Want(http.StatusUnauthorized)
	})
	t.Run("operations", func(t *testing.T) {
		var backlog api.SearchBacklog
		operator := guest.For(t).As(resttest.Token(t, e, city))
		resttest.Eventually(t, func() error {
			var log struct{ Items []api.AuditEntry }
			operator.Get("/api/v1/search-audit?person=" + city.UserID).Want(http.StatusOK).Into(&log)
			if !slices.ContainsFunc(log.Items, func(e api.AuditEntry) bool { return e.Operation == "undoSynonyms" }) {
				return errNotYet
			}
			return nil
		})
		operator.Get("/api/v1/search-backlog").Want(http.StatusOK).Into(&backlog)
		if !backlog.Engine.Reachable || backlog.Engine.Documents != 2 || backlog.Types[0].Pending != 6 || backlog.Types[0].Indexed != 1 {
			t.Errorf("%+v", backlog)
		}
		operator.Post("/api/v1/search-reindex", nil).Want(http.StatusAccepted)
		resttest.Eventually(t, func() error {
			operator.Get("/api/v1/search-backlog").Into(&backlog)
			if backlog.Reindex.State != api.Finished {
				return errNotYet
			}
			return nil
		})
		guest.For(t).As(resttest.Token(t, e, issuer)).Get("/api/v1/search-backlog").Want(http.StatusForbidden)
		var revs struct{ Items []api.DocumentRevision }
		peer.For(t).Get("/internal/v1/search/demand/revisions").Want(http.StatusOK).Into(&revs)
		if !slices.Equal(revs.Items, []api.DocumentRevision{{Id: "0190a", Rev: 3, Projection: 1}}) {
			t.Errorf("%+v", revs)
		}
		peer.For(t).Get("/internal/v1/search/demand/revisions?cursor=nonsense").Want(http.StatusUnprocessableEntity)
	})
	t.Run("achievements and demands", func(t *testing.T) {
		one := api.SearchDocument{Id: "a1", Rev: 1, Title: "谐波减速器柔轮疲劳寿命提升", Url: "/achievements/a1", Audience: []string{"public"}, OrgId: "uni", OrgName: "澜州大学",
			Facts: api.Facts{Chain: []string{"robotics"}, City: "澜州市", Trl: 3}}
		hidden := demand
		hidden.Id, hidden.Audience, hidden.Url = "0190b", []string{"firm"}, "/demands/0190b"
		peer.Put("/internal/v1/search/achievement/documents", api.DocumentBatch{Documents: []api.SearchDocument{one}}).Want(http.StatusOK)
		peer.Put("/internal/v1/search/demand/documents", api.DocumentBatch{Documents: []api.SearchDocument{hidden}}).Want(http.StatusOK)
		other := firm
		other.Id, other.Title, other.OrgId, other.Url, other.Facts.Capacity = "uni2", "减速器柔轮研究院", "uni2", "/organisations/uni2", []string{"university"}
		peer.Put("/internal/v1/search/organisation/documents", api.DocumentBatch{Documents: []api.SearchDocument{other}}).Want(http.StatusOK)
		var of, from api.MatchList
		guest.For(t).Get("/api/v1/matches/achievement/a1").Want(http.StatusOK).Into(&of)
		if len(of.Items) != 2 || of.Items[0].Id != "0190a" || of.Items[1].Id != "firm" {
			t.Fatalf("an achievement is for open demands and for firms, not for %+v", of.Items)
		}
		guest.For(t).Get("/api/v1/matches/demand/0190a/achievements").Want(http.StatusOK).Into(&from)
		if len(from.Items) != 1 || from.Items[0].Score != of.Items[0].Score {
			t.Fatalf("one pair, two numbers: %+v, %+v", of.Items[0], from.Items)
		}
		if i := slices.IndexFunc(from.Items[0].Reasons, func(r api.MatchReason) bool { return r.Kind == "trl" }); i < 0 || from.Items[0].Reasons[i].Gap != 3 {
			t.Errorf("a demand of research usually needs level 6: %+v", from.Items[0].Reasons)
		}
		guest.For(t).Get("/api/v1/matches/demand/0190b/achievements").Want(http.StatusNotFound)
		asFirm := guest.For(t).As(resttest.Token(t, e, member("firm")))
		asFirm.Get("/api/v1/matches/demand/0190b/achievements").Want(http.StatusOK)
		asFirm.Get("/api/v1/matches/achievement/a1").Want(http.StatusOK).Into(&of)
		if len(of.Items) != 3 || of.Items[1].Id != "0190b" && of.Items[0].Id != "0190b" {
			t.Errorf("a demand's audience finds it: %+v", of.Items)
		}
		guest.For(t).Get("/api/v1/matches/achievement/nothing").Want(http.StatusNotFound)
	})
	t.Run("personal data", func(t *testing.T) {
		who := map[string]any{"who": map[string]any{"userId": "u1", "phones": []string{"13800000000"}}}
		guest.For(t).Post("/internal/v1/personal-data", who).Refused(http.StatusUnauthorized, "unauthenticated")
		guest.As(resttest.PeerToken(t, e, "account")).For(t).Post("/internal/v1/personal-data", who).Want(http.StatusOK)
	})
	if left := guest.Unvisited(); len(left) > 0 {
		t.Errorf("no request reached %v", left)
	}
}

var errNotYet = errors.New("not yet")
