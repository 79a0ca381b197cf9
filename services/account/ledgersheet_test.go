package account

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lianbang/services/account/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest/resttest"
	"lianbang/services/platform/when"
)

func sheet(t *testing.T, columns []string, rows ...[]any) []byte {
	t.Helper()
	b := office.NewBook()
	var heads []office.Column
	for _, c := range columns {
		heads = append(heads, office.Column{Title: c})
	}
	var buf bytes.Buffer
	if err := b.Sheet("台账", heads, slices.Values(rows)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestTheLedgerComesAsATable: rows are held to the rules of entries, what is wrong is said at the cell and left out, and neither the same table
// nor an exported one doubles anything.
func TestTheLedgerComesAsATable(t *testing.T) {
	w := newWorld(t)
	firm, other := w.verified("台账厂"), w.verified("别人家")
	liaison := w.staff("platform_staff", "")
	var candidates struct{ Items []api.LiaisonCandidate }
	w.city.Get("/api/v1/liaisons/candidates").Want(200).Into(&candidates)
	i := slices.IndexFunc(candidates.Items, func(c api.LiaisonCandidate) bool { return c.Post == api.PlatformStaff })
	w.city.Post("/api/v1/liaisons", map[string]any{"userId": candidates.Items[i].UserId, "orgIds": []string{firm.orgID}}).Want(200)
	o, _ := firm.org()
	p, _ := other.org()
	today := string(when.DayOf(w.env.Clock.Now()))
	columns := []string{"企业名称", "服务类型", "日期", "诉求内容", "期限", "办结日期", "办理结果", "企业可见", "备注"}
	file := sheet(t, columns,
		[]any{o.Name, "走访", today, "上门走访", "", "", "", "是", "x"},
		[]any{o.CreditCode, "诉求", today, "用电容量不足", "", today, "已增容", "", ""},
		[]any{p.Name, "走访", today, "不是我的企业", "", "", "", "", ""},
		[]any{o.Name, "闲聊", "2099-01-01", "", "不是日期", "", "", "", ""},
		[]any{o.Name, "走访", today, "上门走访", "", "", "", "", ""})
	const path = "/api/v1/liaisons/import"
	firm.Upload(path, "台账.xlsx", file, nil).Want(403)
	var v api.ServiceImport
	liaison.Upload(path+"?check=true", "台账.xlsx", file, nil).Want(200).Into(&v)
	if v.Created != 2 || v.Wrong != 3 || len(v.UnknownColumns) != 1 {
		t.Fatalf("checked: %+v", v)
	}
	for n, want := range map[int]string{2: "firm not_a_choice", 3: "summary required", 4: "summary duplicate"} {
		said := ""
		for _, e := range v.Rows[n].Errors {
			said += e.Path + " " + e.Code + ";"
		}
		if !bytes.Contains([]byte(said), []byte(want)) {
			t.Errorf("row %d says %q, want %q", v.Rows[n].Row, said, want)
		}
	}
	entries := func() (seen struct{ Entries []api.ServiceEntry }) {
		liaison.Get("/api/v1/organisations/" + firm.orgID + "/services").Want(200).Into(&seen)
		return seen
	}
	if n := len(entries().Entries); n != 0 {
		t.Fatalf("a check wrote %d entries", n)
	}
	for range 2 {
		liaison.Upload(path, "台账.xlsx", file, nil).Want(200).Into(&v)
		if n := len(entries().Entries); n != 2 {
			t.Fatalf("%d entries", n)
		}
	}
	if v.Unchanged != 2 || v.Created != 0 {
		t.Errorf("the same table again: %+v", v)
	}
	book := liaison.Get("/api/v1/liaisons/export?year=" + today[:4]).Want(200).Body
	liaison.Upload(path, "导出.xlsx", book, nil).Want(200).Into(&v)
	if v.Unchanged != 2 || v.Wrong != 0 {
		t.Errorf("what was exported, again: %+v", v)
	}
	liaison.Upload(path, "台账.xlsx", sheet(t, columns, []any{o.Name, "走访", today, "上门走访", "", "", "", "否", ""}), nil).Want(200).Into(&v)
	if v.Changed != 1 || len(entries().Entries) != 2 {
		t.Errorf("changed: %+v", v)
	}
	liaison.Upload(path, "台账.xlsx", sheet(t, []string{"姓名"}, []any{"x"}), nil).Refused(422, "import.no_header")
	liaison.Get("/api/v1/liaisons/template").Want(200)
}

// TestRemindersComeOnce: the yearly word on the dossier and the liaison's due day remind exactly once, however often the clock jumps, forward or
// back; a dossier gone through is asked about a period later again. Each reminder is one write with its event, and nothing of it is kept but in
// the document, so that a start anew is another look.
func TestRemindersComeOnce(t *testing.T) {
	w := newWorld(t)
	s, at := w.service, w.env.Clock.Now()
	o := Organisation{State: Verified, VerifiedAt: when.At(at), Profile: Profile{Name: "提醒厂"}}
	if _, err := s.orgs.Insert(t.Context(), "o1", o); err != nil {
		t.Fatal(err)
	}
	entry := ServiceEntry{OrgID: "o1", OrgName: "提醒厂", UserID: "u1"}
	due := when.DayOf(at.AddDate(0, 0, 20))
	if err := entry.Write(ServiceWords{Kind: Difficulty, Summary: "融资难", DueOn: due}, "recordService", By{UserID: "u1"}, defaultRules, at); err != nil {
		t.Fatal(err)
	}
	if _, err := s.services.Insert(t.Context(), "e1", entry); err != nil {
		t.Fatal(err)
	}
	want := func(dossiers, services int64) {
		t.Helper()
		for range 2 {
			if err := s.remindOfDossiers(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		resttest.Eventually(t, func() error {
			d, err := s.orgs.Rev(t.Context(), "o1")
			e, err2 := s.services.Rev(t.Context(), "e1")
			if err := errors.Join(err, err2); err != nil || d != dossiers || e != services {
				return fmt.Errorf("the dossier was written %d times, the entry %d; want %d and %d: %w", d, e, dossiers, services, err)
			}
			return nil
		})
	}
	want(1, 1)
	w.env.Clock.Freeze(at.AddDate(0, 0, 16))
	want(1, 1)
	w.env.Clock.Freeze(at.AddDate(0, 0, 17)) // three days before
	want(1, 2)
	w.env.Clock.Freeze(at.AddDate(1, 0, 0))
	want(2, 2)
	for _, jump := range []time.Duration{0, -48 * time.Hour, 300 * 24 * time.Hour} {
		w.env.Clock.Freeze(w.env.Clock.Now().Add(jump))
		want(2, 2)
	}
	if _, err := s.orgs.Update(t.Context(), "o1", func(tx *docstore.Tx[Organisation]) error { return tx.Body.ConfirmDossier(By{UserID: "u1"}, tx.Now) }); err != nil {
		t.Fatal(err)
	}
	want(3, 2)
	w.env.Clock.Freeze(w.env.Clock.Now().AddDate(1, 0, 1))
	want(4, 2)
}

// TestRemindersOutliveARestart: a title's end and the yearly word on the dossier are told of exactly once, though the service starts anew between
// any two looks and the clock jumps on and back. Each is one event in the write that notes it; nothing else remembers.
func TestRemindersOutliveARestart(t *testing.T) {
	t.Parallel()
	e := resttest.Env(t, "account")
	begin := e.Clock.Now()
	title := func(id string, days int) Title {
		return Title{ID: id, Kind: "specialised", Issuer: "省经济和信息化厅", ValidFrom: "2020-01-01", ValidTo: when.DayOf(begin.AddDate(0, 0, days))}
	}
	young := when.At(begin.AddDate(5, 0, 0)) // nothing of the dossier is due
	firms := map[string]Organisation{
		"o1": {State: Verified, VerifiedAt: young, CreditKey: "1", Profile: Profile{Name: "提醒厂1"}, Titles: []Title{title("soon", 30), title("over", -30)}},
		"o2": {State: Verified, VerifiedAt: young, CreditKey: "2", Profile: Profile{Name: "提醒厂2"}, Titles: []Title{title("later", 200)}},
		"o3": {State: Verified, VerifiedAt: when.At(begin), CreditKey: "3", Profile: Profile{Name: "提醒厂3"}},
	}
	var told int64 // each firm is told of one thing; no relay runs here, so that the firms with an event stay countable
	for i, look := range []struct {
		at     time.Time
		events int64 // told with this look
	}{
		{begin, 1}, {begin, 0},
		{begin.AddDate(0, 0, 109), 0}, {begin.AddDate(0, 0, 110), 1}, // ninety days before the later one ends
		{begin.AddDate(0, 0, -10), 0}, {begin.AddDate(0, 0, 111), 0}, {begin.AddDate(0, 0, 210), 0},
		{begin.AddDate(1, 0, 0), 1}, {begin.AddDate(0, 6, 0), 0}, {begin.AddDate(1, 0, 1), 0}, {begin.AddDate(1, 11, 0), 0},
	} {
		e.Clock.Freeze(look.at)
		e.Metrics = prometheus.NewRegistry() // as a new process has
		var s *Service
		r, err := startInside(&s)(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			for id, o := range firms {
				if _, err := s.orgs.Insert(t.Context(), id, o); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 2 {
			if err := errors.Join(s.warnOfEnds(t.Context()), s.remindOfDossiers(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		told += look.events
		with, err := s.relay.Backlog(t.Context())
		writes := -int64(len(firms))
		for id := range firms {
			rev, failed := s.orgs.Rev(t.Context(), id)
			writes, err = writes+rev, errors.Join(err, failed)
		}
		if err != nil || with != told || writes != told {
			t.Fatalf("after look %d, at %s, %d firms were told in %d writes, not %d (%v)", i, look.at, with, writes, told, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
