package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/search/engine"
	"lianbang/search/match"
	"lianbang/search/text"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
)

// now is the tests' instant: some deadlines lie before it, some after.
var now = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

const engineName = "engine"

// house is a service over a real embedded engine.
type house struct {
	*Service
	dir     string
	engine  *engine.Engine
	network *rest.Network
	clock   atomic.Int64 // added to now, nanoseconds
	db      *docstore.DB
	// sent are the messages of saved searches, by event id, as notify would have them.
	sent   sync.Map
	stands atomic.Bool // what account says of a person
}

// openStored is open over a store in the same directory: the operator's words and saved searches are kept, and messages delivered.
func openStored(t testing.TB, dir string) *house {
	t.Helper()
	h := &house{dir: dir, network: rest.NewNetwork(nil)}
	h.stands.Store(true)
	ctx := context.Background()
	var err error
	if h.db, err = docstore.Open(ctx, docstore.Options{URL: "sqlite:" + filepath.Join(dir, "search.db"), Now: h.now, Logger: slog.New(slog.DiscardHandler), Sole: true}); err != nil {
		t.Fatal(err)
	}
	o := Options{DB: h.db, Holder: rest.NewID(time.Now()), wordsEvery: 20 * time.Millisecond, settleAfter: 50 * time.Millisecond,
		Standing: func(context.Context, access.Actor) error {
			if h.stands.Load() {
				return nil
			}
			return fault.New(fault.Unauthenticated, "", "gone")
		}}
	var errs [3]error
	if o.Audit, err = audit.Open(ctx, h.db, "search"); err != nil {
		t.Fatal(err)
	}
	o.Groups, errs[0] = docstore.NewCollection[SynonymGroup](ctx, h.db, SynonymSpec)
	o.Saved, errs[1] = docstore.NewCollection[SavedSearch](ctx, h.db, SavedSpec)
	o.Told, errs[2] = docstore.NewCollection[ToldItem](ctx, h.db, ToldSpec)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	h.start(t, o, realServer())
	relay := docstore.NewRelay(h.db, docstore.RelayOptions{Poll: 20 * time.Millisecond, Deliver: func(_ context.Context, e docstore.Event) error {
		var d digest
		if err := json.Unmarshal(e.Data, &d); err != nil {
			return err
		}
		h.sent.Store(e.ID, d)
		return nil
	}})
	h.run(t, relay.Run)
	return h
}

// run keeps a job running until the test ends; the store is closed after the last.
func (h *house) run(t testing.TB, job func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := job(ctx); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
}

// open starts an engine on a directory and a service over it. With LIANBANG_TEST_MEILI_URL (and _KEY) the service uses that
// Meilisearch instead, the product's indexes there emptied first.
func open(t testing.TB, dir string) *house {
	t.Helper()
	h := &house{dir: dir, network: rest.NewNetwork(nil)}
	h.start(t, Options{}, realServer())
	return h
}

// openEmbedded is open over the embedded engine whatever the environment says.
func openEmbedded(t testing.TB, dir string) *house {
	t.Helper()
	h := &house{dir: dir, network: rest.NewNetwork(nil)}
	h.start(t, Options{}, "")
	return h
}

// realServer is the address of a Meilisearch to test against, if there is one.
func realServer() string { return os.Getenv("LIANBANG_TEST_MEILI_URL") }

// start makes the service over the server at an address, or over an engine of its own; o says what it keeps.
func (h *house) start(t testing.TB, o Options, server string) {
	t.Helper()
	same, err := text.ReadSynonyms(strings.NewReader(synonyms))
	if err != nil {
		t.Fatal(err)
	}
	o.Now, o.Log, o.Weights, o.Synonyms = h.now, slog.New(slog.DiscardHandler), match.DefaultWeights(), same
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if server != "" {
		o.Engine = meilisearch.New(server, meilisearch.WithAPIKey(os.Getenv("LIANBANG_TEST_MEILI_KEY")))
		h.Service = New(o)
		for _, uid := range []string{liveIndex, buildIndex} {
			if err := h.drop(ctx, uid); err != nil {
				t.Fatal(err)
			}
		}
	} else {
		h.startEngine(t)
		o.Engine = meilisearch.New("http://"+engineName, meilisearch.WithAPIKey("key"), meilisearch.WithCustomClient(h.network.Client(nil)))
		h.Service = New(o)
	}
	if err := h.Open(ctx); err != nil {
		t.Fatal(err)
	}
}

func (h *house) now() time.Time { return now.Add(time.Duration(h.clock.Load())) }

func (h *house) startEngine(t testing.TB) {
	t.Helper()
	eng, err := engine.Open(h.dir, engine.Options{MasterKey: "key"})
	if err != nil {
		t.Fatal(err)
	}
	h.engine = eng
	listener := h.network.Listen(engineName)
	go func() { _ = eng.App().Listener(listener) }()
	t.Cleanup(func() {
		if err := eng.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (h *house) put(t testing.TB, kind api.DocumentType, docs ...api.SearchDocument) {
	t.Helper()
	for len(docs) > 0 {
		n := min(len(docs), 500)
		if err := h.Put(context.Background(), kind, api.DocumentBatch{Documents: docs[:n]}); err != nil {
			t.Fatal(err)
		}
		docs = docs[n:]
	}
}

// find searches as a guest, or as the actor of the ask.
func (h *house) find(t testing.TB, a Ask) api.SearchPage {
	t.Helper()
	if a.Page == 0 {
		a.Page = 1
	}
	if a.PageSize == 0 {
		a.PageSize = 20
	}
	page, err := h.Search(context.Background(), a)
	if err != nil {
		t.Fatalf("search %+v: %v", a, err)
	}
	return page
}

func ids(p api.SearchPage) []string {
	out := make([]string, len(p.Hits))
	for i, h := range p.Hits {
		out[i] = h.Id
	}
	return out
}

// The words invented documents are made of.
var (
	things    = strings.Fields("数控机床 锂电池 光学镜头 伺服电机 轴承 注塑模具 永磁材料 传感器 液压阀 密封圈 激光器 机器人 减速器 电路板 涂层 复合材料 冷却系统 视觉检测 储能变流器 丝杠")
	doings    = strings.Fields("高精度加工 表面处理 轻量化设计 在线检测 寿命预测 国产替代 低温焊接 热管理 精密成形 噪声控制 能耗优化 批量制造 可靠性试验 自动装配 回收利用")
	districts = strings.Fields("海曙区 江北区 镇海区 北仑区 鄞州区 奉化区")
	chains    = strings.Fields("汽车 机器人 新材料 光电 储能 模具")
	demandIn  = strings.Fields("rnd supply scenario project service")
	states    = strings.Fields("published bidding_closed evaluating awarded")
)

// invent makes n documents of a type, always the same for the same seed.
func invent(kind api.DocumentType, n int, seed uint64) []api.SearchDocument {
	r := rand.New(rand.NewPCG(seed, uint64(len(kind))))
	pick := func(l []string) string { return l[r.IntN(len(l))] }
	docs := make([]api.SearchDocument, n)
	for i := range docs {
		d := api.SearchDocument{
			Id: fmt.Sprintf("%s%05d", kind[:1], i), Rev: int64(1 + r.IntN(9)), Audience: []string{everybody}, Url: fmt.Sprintf("/%ss/%d", kind, i),
			Title:    pick(things) + pick(doings) + "技术第" + fmt.Sprint(i) + "项",
			Summary:  "面向" + pick(chains) + "产业，解决" + pick(things) + "的" + pick(doings) + "问题。",
			Body:     "现有工艺难以满足" + pick(things) + pick(doings) + "的要求，希望在" + fmt.Sprint(3+r.IntN(20)) + "个月内完成" + pick(doings) + "，并通过 ISO 9001 认证。",
			Keywords: []string{pick(things), pick(doings)},
			OrgId:    fmt.Sprintf("org%03d", r.IntN(80)),
			Facts: api.Facts{District: pick(districts), City: "宁波市", Chain: []string{pick(chains)}, State: pick(states),
				PublishedAt: now.Add(-time.Duration(r.IntN(1000)) * time.Hour)},
		}
		d.OrgName = "宁波" + d.OrgId + "科技有限公司"
		if r.IntN(3) > 0 {
			d.Facts.BudgetFen = int64(1+r.IntN(500)) * 1_000_000
		}
		if kind == api.DocumentTypeDemand {
			d.Facts.Kind, d.Facts.Mode = pick(demandIn), pick([]string{"open", "directed", "consortium", "race"})
			if r.IntN(5) > 0 {
				d.Facts.Deadline = now.Add(time.Duration(r.IntN(2000)-700) * time.Hour)
			}
		}
		if kind == api.DocumentTypeAchievement {
			d.Facts.Trl = 1 + r.IntN(9)
		}
		docs[i] = d
	}
	return docs
}

func member(org string) access.Actor {
	return access.Actor{UserID: "u-" + org, OrgID: org, Verified: true, Capacities: []access.Capacity{access.SME}, Role: access.Plain}
}

var city = access.Actor{UserID: "op", Staff: access.CityOperator}

func some(r *rand.Rand, words []string) string { return words[r.IntN(len(words))] }
