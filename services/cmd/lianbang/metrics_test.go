package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// TestDashboard: every metric the example dashboard names is exposed by a product that has worked a little, every metric of ours is on
// it, every panel says when to act, and no label tells anything of anybody.
func TestDashboard(t *testing.T) {
	w := newWorld(t)
	operator := w.operator()
	leader := w.organisation(operator, "链主", "91330200MA2JXURN01", "chain_leader")
	demand := leader.send("POST", "/api/v1/demands", obj{"title": "热误差补偿", "kind": "rnd"})
	leader.get("/api/v1/demands/" + demand.str("id"))
	leader.try("POST", "/api/v1/demands/nothing-like-this/submit", nil)
	w.guest().try("GET", "/api/v1/organisations/13800000101@example.com", nil)
	w.guest().try("POST", "/api/v1/auth/sign-in", obj{"login": leader.phone, "password": "wrong"})
	event := strings.NewReader(`{"id":"e1","kind":"nobody.cares","source":"demands","documentId":"d","rev":1,"at":1,"data":{}}`)
	if answer, err := w.host.Peers("demand").Post("http://notify/internal/v1/events", "application/json", event); err != nil || answer.Body.Close() != nil || answer.StatusCode != 204 {
		t.Fatal(answer, err)
	}

	exposed := map[string]bool{}
	series := 0
	answer := httptest.NewRecorder()
	w.host.MetricsHandler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	word := regexp.MustCompile(`^[a-zA-Z][a-zA-Z_.: -]*[0-9]{0,2}$|^[0-9]{3}$`) // an operation, a code, a lease; a status
	for name, family := range families {
		exposed[name] = true
		if !strings.HasPrefix(name, "lianbang_") {
			continue
		}
		for _, m := range family.Metric {
			series++
			for _, label := range m.Label {
				if !word.MatchString(label.GetValue()) {
					t.Errorf("%s carries %s=%q", name, label.GetName(), label.GetValue())
				}
			}
		}
	}
	if series > 1000 {
		t.Errorf("%d series after a few requests", series)
	}

	b, err := os.ReadFile("../../platform/host/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Type, Title, Description string
			Targets                  []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(b, &dashboard); err != nil {
		t.Fatal(err)
	}
	metric := regexp.MustCompile(`\b(?:lianbang|go|process)_[a-z_]+`)
	shown := map[string]bool{}
	for _, p := range dashboard.Panels {
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || len(p.Targets) == 0 {
			t.Errorf("the panel %s does not say when to act, or shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			names := metric.FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("the panel %s asks for no metric: %s", p.Title, target.Expr)
			}
			for _, name := range names {
				for _, suffix := range []string{"_bucket", "_count", "_sum"} {
					name = strings.TrimSuffix(name, suffix)
				}
				shown[name] = true
				if !exposed[name] {
					t.Errorf("the panel %s asks for %s, which is not exposed", p.Title, name)
				}
			}
		}
	}
	for name := range exposed {
		if strings.HasPrefix(name, "lianbang_") && !shown[name] {
			t.Errorf("%s is on no panel", name)
		}
	}
	// What an operator acts on has the right value, not only a name.
	value := func(name string, labels ...string) (sum float64) {
		for _, m := range families[name].GetMetric() {
			fits := true
			for i := 0; i < len(labels); i += 2 {
				fits = fits && slices.ContainsFunc(m.Label, func(l *dto.LabelPair) bool { return l.GetName() == labels[i] && l.GetValue() == labels[i+1] })
			}
			if fits {
				sum += m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
		return sum
	}
	for _, module := range []string{"account", "achievement", "capability", "demand", "engagement", "notice", "notify", "provider"} {
		if n := value("lianbang_lease_held", "module", module, "lease", "relay"); n != 1 {
			t.Errorf("%v processes hold the relay of %s", n, module)
		}
	}
	if n, all := value("lianbang_ready"), len(families["lianbang_ready"].GetMetric()); all < 6 || n != float64(all) {
		t.Errorf("%v of %d modules are ready", n, all)
	}
	if n := value("lianbang_http_failures_total", "operation", "signIn"); n != 1 {
		t.Errorf("%v failures of signing in", n)
	}
}
