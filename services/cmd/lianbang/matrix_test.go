package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/host"
)

// TestMatrixOverHTTP asks every public operation through the gateway as every identity of the reviewed role × operation matrix, and
// holds the answers to it: where the matrix has no mark, the policy refuses (401 a guest, 403 anybody else); where it has one,
// whatever else may stand in the way, it is not the policy. Peers' operations are not to be reached at all.
func TestMatrixOverHTTP(t *testing.T) {
	seed := base64.StdEncoding.EncodeToString([]byte("matrix-test-matrix-test-matrix-1"))
	c := host.Config{Target: "all", Data: t.TempDir(), TokenKey: seed}
	clock := &host.Clock{}
	h, err := host.New(c, clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	modules := everything(c, edge{ready: h.Ready})
	if err := h.Start(t.Context(), modules, modules); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = h.Serve("gateway", listener) }()

	decoded, err := base64.StdEncoding.DecodeString(seed)
	if err != nil {
		t.Fatal(err)
	}
	key, err := access.KeyFromSeed(decoded)
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{"guest": ""}
	for name, actor := range matrixIdentities {
		// One person per identity and operation would be no different: what is asked is the role.
		if tokens[name], _, err = access.Sign(key, actor, clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	columns, rows := matrix(t)
	asked := 0
	for _, op := range operations(t) {
		marks, ok := rows[op.id]
		if !ok {
			t.Errorf("%s has no row in the matrix", op.id)
			continue
		}
		for i, who := range columns {
			token, known := tokens[who]
			if !known { // peers are tested where they are reached
				continue
			}
			r, err := http.NewRequestWithContext(t.Context(), op.method, "http://"+listener.Addr().String()+op.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			status, body := ask(t, r)
			refused := status == http.StatusUnauthorized && token == "" && strings.Contains(body, "sign in to do this") ||
				status == http.StatusForbidden && strings.Contains(body, "may not call "+op.id)
			if refused == marks[i] {
				t.Errorf("%s as %s: the matrix says %v, the answer is %d %.200s", op.id, who, marks[i], status, body)
			}
			asked++
		}
	}
	if asked < 900 {
		t.Errorf("only %d answers were read", asked)
	}
}

var matrixIdentities = map[string]access.Actor{
	"person":            {UserID: "m-person"},
	"member":            {UserID: "m-member", OrgID: "m-org", Capacities: []access.Capacity{access.SME}, Role: access.Plain},
	"verified member":   {UserID: "m-verified", OrgID: "m-org", Capacities: []access.Capacity{access.SME}, Role: access.Plain, Verified: true},
	"admin":             {UserID: "m-admin", OrgID: "m-org", Capacities: []access.Capacity{access.ChainLeader}, Role: access.Admin, Verified: true},
	"owner":             {UserID: "m-owner", OrgID: "m-org", Capacities: []access.Capacity{access.University, access.Provider}, Role: access.Owner, Verified: true},
	"expert":            {UserID: "m-expert", Staff: access.ExpertStaff},
	"platform staff":    {UserID: "m-platform", Staff: access.PlatformStaff},
	"district operator": {UserID: "m-district", Staff: access.DistrictOperator, District: "m-district"},
	"city operator":     {UserID: "m-city", Staff: access.CityOperator},
}

// ask sends a request, waiting politely where the edge says so, and reads the answer's beginning: a stream does not end.
func ask(t testing.TB, r *http.Request) (int, string) {
	t.Helper()
	for {
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode == http.StatusTooManyRequests {
			_ = answer.Body.Close()
			time.Sleep(200 * time.Millisecond) // the edge's own limit is not what is tested here
			continue
		}
		var b []byte
		if !strings.Contains(answer.Header.Get("Content-Type"), "event-stream") {
			if b, err = io.ReadAll(io.LimitReader(answer.Body, 4096)); err != nil {
				t.Fatal(err)
			}
		}
		_ = answer.Body.Close()
		return answer.StatusCode, string(b)
	}
}

// matrix reads the reviewed table: the identities, and for each operation who may.
func matrix(t *testing.T) (columns []string, rows map[string][]bool) {
	t.Helper()
	table, err := os.ReadFile("../../platform/access/testdata/matrix.golden.md")
	if err != nil {
		t.Fatal(err)
	}
	rows = map[string][]bool{}
	for line := range strings.Lines(string(table)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 5 || strings.HasPrefix(cells[0], "---") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[0] == "operation" {
			columns = cells[1 : len(cells)-1]
			continue
		}
		for _, mark := range cells[1 : len(cells)-1] {
			rows[cells[0]] = append(rows[cells[0]], mark != "")
		}
	}
	return columns, rows
}

type publicOperation struct{ id, method, path, template string }

// queries are the parameters without which an operation cannot be read at all, which is answered before anybody is asked who they are.
var queries = map[string]string{"explainMatch": "?leftType=demand&leftId=2&rightType=organisation&rightId=2", "addAdmissionFile": "?kind=other", "listWatchRows": "?measure=marks&from=2026-01&to=2026-06",
	"draftDemand": "?onBehalfOf=2", "draftAchievement": "?onBehalfOf=2", "draftAdmission": "?onBehalfOf=2",
	"prefillSelfReport": "?year=2026", "listOfferings": "?orgId=2", "listEvaluationRows": "?orgId=2",
	"getBidForm": "?part=docking", "exportBidForm": "?part=docking", "getCooperationReport": "?month=2026-01", "exportCooperationReport": "?month=2026-01"}

var parameter = regexp.MustCompile(`\{[^}]+\}`)

// operations lists what the edge offers, from the bundle of all specifications.
func operations(t *testing.T) []publicOperation {
	t.Helper()
	var out strings.Builder
	if err := writeSpecs(&out); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal([]byte(out.String()), &doc); err != nil {
		t.Fatal(err)
	}
	var all []publicOperation
	for path, item := range doc.Paths {
		for method, raw := range item {
			var op struct {
				ID string `json:"operationId"`
			}
			if json.Unmarshal(raw, &op) != nil || op.ID == "" {
				continue // parameters shared by the path
			}
			id := strings.ToLower(op.ID[:1]) + op.ID[1:]
			all = append(all, publicOperation{id, strings.ToUpper(method), parameter.ReplaceAllString(path, "2") + queries[id], path})
		}
	}
	if len(all) == 0 {
		t.Fatal(fmt.Errorf("the bundle has no operation"))
	}
	return all
}
