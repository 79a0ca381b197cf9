package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/host"
)

// TestAuditLog follows operators' and issuers' decisions into the log: over HTTP, then with `lianbang audit verify`, before and after somebody
// changed the database behind the product's back.
func TestAuditLog(t *testing.T) {
	w := newWorld(t)
	operator := w.operator()
	leader := w.organisation(operator, "链主", "91330200MA2JXURN01", "chain_leader")
	me := operator.get("/api/v1/me").obj("user").str("id")

	texts := w.texts()
	demand := leader.send("POST", "/api/v1/demands", obj{"title": texts[0].title, "kind": "rnd"}).str("id")
	leader.send("POST", "/api/v1/demands/"+demand+"/withdraw", obj{"reason": "不再需要"})
	settings := operator.get("/api/v1/demand-settings")
	change := obj{"reason": "本市文件"}
	for _, k := range []string{"noticeWorkingDays", "minPublishDays", "reviewWorkingDays", "correctionWorkingDays", "pushLimit", "maxWinners", "criteria", "unverified"} {
		change[k] = settings[k]
	}
	change["noticeWorkingDays"] = 7
	operator.edit("/api/v1/demand-settings", settings.num("rev"), change)
	staff := operator.send("POST", "/api/v1/staff", obj{"phone": w.phone(), "name": "区县经办", "password": "a-good-password", "post": "platform_staff"})
	operator.send("DELETE", "/api/v1/staff/"+staff.str("userId"), nil)

	// Every decision is there, once, with who, what, why and how it ended.
	var demands, accounts []obj
	w.eventually("the log", func() bool {
		demands, accounts = operator.get("/api/v1/demand-audit?limit=200").list("items"), operator.get("/api/v1/account-audit?limit=200").list("items")
		return len(demands) == 2 && len(accounts) == 5
	})
	for _, want := range []obj{
		{"operation": "withdrawDemand", "subject": demand, "outcome": "withdrawn", "reason": "不再需要", "orgId": leader.get("/api/v1/me").obj("organisation").str("orgId"), "role": "owner"},
		{"operation": "editDemandSettings", "subject": "city", "reason": "本市文件", "userId": me, "staff": "city_operator"},
		{"operation": "addStaffInternal", "outcome": "city_operator", "service": "test"},
		{"operation": "submitOrganisation", "outcome": "submitted"},
		{"operation": "verifyOrganisation", "outcome": "verified", "userId": me},
		{"operation": "addStaff", "subject": staff.str("userId"), "outcome": "platform_staff", "userId": me},
		{"operation": "removeStaff", "subject": staff.str("userId"), "userId": me},
	} {
		e := find(append(demands, accounts...), "operation", want.str("operation"))
		for k, v := range want {
			if e[k] != v {
				t.Errorf("%s: %s is %v, not %v", want.str("operation"), k, e[k], v)
			}
		}
		if e.str("hash") == "" || e.str("at") == "" || want["service"] == nil && e.str("requestId") == "" {
			t.Errorf("%s is incomplete: %v", want.str("operation"), e)
		}
	}
	if found := operator.get("/api/v1/demand-audit?subject=" + url.QueryEscape(demand)).list("items"); len(found) != 1 || found[0].str("operation") != "withdrawDemand" {
		t.Errorf("by subject: %v", found)
	}
	if status, _ := leader.try("GET", "/api/v1/demand-audit", nil); status != http.StatusForbidden {
		t.Errorf("an issuer reads the log: %d", status)
	}

	// Beside the running product, and at a directory where somebody was at work.
	data := []string{"-data", w.data}
	var out output
	if err := run(t.Context(), &host.Clock{}, append([]string{"audit", "verify"}, data...), nil, &out); err != nil || strings.Count(out.String(), "intact") != len(specs) {
		t.Errorf("%v\n%s", err, out.String())
	}
	w.stop()
	away := filepath.Join(t.TempDir(), "account.jsonl")
	heads, err := os.ReadFile(audit.HeadsFile(w.data, "account"))
	if err == nil {
		err = os.WriteFile(away, heads, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(w.data, "account.db"))
	if err == nil {
		_, err = db.ExecContext(t.Context(), `UPDATE audit_log SET body = json_set(body, '$.actor.userId', 'somebody') WHERE id LIKE '%3'`)
	}
	if err != nil {
		t.Fatal(err)
	}
	out = output{}
	if err := run(t.Context(), &host.Clock{}, append([]string{"audit", "verify"}, data...), nil, &out); err == nil || !strings.Contains(out.String(), "BROKEN at entry 3, edited") {
		t.Errorf("%v\n%s", err, out.String())
	}
	_, err = db.ExecContext(t.Context(), `DELETE FROM audit_log`)
	if err := errors.Join(err, db.Close(), os.RemoveAll(filepath.Join(w.data, audit.HeadsDir))); err != nil {
		t.Fatal(err)
	}
	out = output{}
	if err := run(t.Context(), &host.Clock{}, append([]string{"audit", "verify", away}, data...), nil, &out); err == nil || !strings.Contains(out.String(), "BROKEN at entry 1, truncated") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if err := run(t.Context(), &host.Clock{}, []string{"audit", "verify", "-data", t.TempDir()}, nil, &output{}); err == nil || !strings.Contains(err.Error(), "no audit log") {
		t.Errorf("an empty directory: %v", err)
	}
}

// edit puts a body at the revision that was read.
func (p *person) edit(path string, rev int, body obj) {
	p.w.t.Helper()
	p.get("/api/v1/me") // with a token that still lasts
	b, err := json.Marshal(body)
	if err != nil {
		p.w.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(p.w.t.Context(), http.MethodPut, p.w.origin+path, bytes.NewReader(b))
	if err != nil {
		p.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("If-Match", fmt.Sprintf("%q", fmt.Sprint(rev)))
	r.Header.Set("Authorization", "Bearer "+p.token)
	if status, answer := ask(p.w.t, r); status >= 300 {
		p.w.t.Fatalf("PUT %s: %d %s", path, status, answer)
	}
}

// TestEveryOperatorsDecisionIsRecorded holds the table to what the log is for: whatever an operator may do that changes something is marked
// as deciding, so that it is recorded, except what is named here.
func TestEveryOperatorsDecisionIsRecorded(t *testing.T) {
	notDecisions := map[string]bool{
		"accountRetryParkedEvent": true, "achievementRetryParkedEvent": true, "capabilityRetryParkedEvent": true, "demandRetryParkedEvent": true, "engagementRetryParkedEvent": true, "noticeRetryParkedEvent": true, "notifyRetryParkedEvent": true, "providerRetryParkedEvent": true, // deliver again what was decided
		"reindex": true, "previewSynonyms": true, "previewReference": true, "previewAudience": true, "previewRewardRules": true, "previewProviderSettings": true, "previewEngagementSettings": true, "previewAchievementSettings": true, "previewDemandSettings": true, // build the same index anew; change nothing
		"recordService": true, "importServices": true, "editService": true, // a diary of what was done
		"draftDemand": true, "draftAchievement": true, "draftAdmission": true, "draftClaim": true, // what the firm has to confirm
		"askDemandConfirmation": true, "askAchievementConfirmation": true, "askAdmissionConfirmation": true,
		"editDemand": true, "addDemandAttachment": true, "removeDemandAttachment": true, "editAchievement": true, "addAchievementAttachment": true, "removeAchievementAttachment": true,
		"editAdmission": true, "addAdmissionFile": true, "removeAdmissionFile": true,
		"lookForFalling":  true,                                                                       // the city's rule, which runs by itself every month
		"uploadTitleList": true, "mapTitleList": true, "editTitleRow": true, "discardTitleList": true, // until commitTitleList nothing is entered
	}
	city := access.Actor{UserID: "u", Staff: access.CityOperator}
	person := access.Actor{UserID: "u"}
	for _, op := range operations(t) {
		if op.method == http.MethodGet || notDecisions[op.id] || access.Check(city, op.id) != nil || access.Check(person, op.id) == nil {
			continue
		}
		if !access.Policy[op.id].Decision {
			t.Errorf("%s is an operator's and is not marked as deciding", op.id)
		}
	}
}
