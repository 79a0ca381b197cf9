package provider

import (
	"slices"
	"testing"

	"lianbang/services/platform/docstore"
	"lianbang/services/provider/api"
)

// TestInCommon: planted pairs are found, with their reason; honest ones are not. What nobody filled in is nothing in common.
func TestInCommon(t *testing.T) {
	of := func(edit func(*Application), members []string, files ...File) []trait {
		a := Application{LegalPerson: "高远", Address: "澜州高新区创智路1号", ContactPhone: "0570-88120001"}
		edit(&a)
		return traits(a, files, members)
	}
	base := of(func(*Application) {}, []string{"u1", "u2"}, File{SHA256: "s1", Name: "合同.pdf"}, File{SHA256: "s2", Name: "报表.pdf"})
	other := func(a *Application) {
		a.LegalPerson, a.Address, a.ContactPhone = "白露", "澜江区滨江路8号", "0570-99990000"
	}
	for name, c := range map[string]struct {
		second []trait
		kind   FlagKind
		same   []string
	}{
		"one legal person":                {of(func(a *Application) { other(a); a.LegalPerson = " 高 远" }, nil), RelatedApplicants, []string{"legal_person"}},
		"one address, written otherwise":  {of(func(a *Application) { other(a); a.Address = "澜州高新区 创智路１号" }, nil), RelatedApplicants, []string{"address"}},
		"one phone":                       {of(func(a *Application) { other(a); a.ContactPhone = "057088120001" }, nil), RelatedApplicants, []string{"phone"}},
		"one member":                      {of(other, []string{"u9", "u2"}), RelatedApplicants, []string{"member"}},
		"one file":                        {of(other, nil, File{SHA256: "s2", Name: "审计.pdf"}), SameEvidence, []string{"报表.pdf"}},
		"honest: nothing":                 {of(other, []string{"u9"}, File{SHA256: "s9", Name: "合同.pdf"}), "", nil},
		"honest: both left things empty":  {of(func(a *Application) { *a = Application{} }, nil, File{Name: "合同.pdf"}), "", nil},
		"honest: one street, two numbers": {of(func(a *Application) { other(a); a.Address = "澜州高新区创智路11号" }, nil), "", nil},
	} {
		found := inCommon(base, c.second)
		if c.kind == "" && len(found) > 0 || c.kind != "" && (len(found) != 1 || !slices.Equal(found[c.kind], c.same)) {
			t.Errorf("%s: found %v", name, found)
		}
	}
	if found := inCommon(of(func(a *Application) { *a = Application{} }, nil), of(func(a *Application) { *a = Application{} }, nil)); len(found) > 0 {
		t.Errorf("two empty applications share %v", found)
	}
}

// TestFlagsAreContestable: two applicants that share an address and a file are flagged once to the office; each sees what it shares, not
// with whom, and may explain; the office decides with a reason; their applications go on all the while.
func TestFlagsAreContestable(t *testing.T) {
	w := newTown(t)
	w.submitted("shuzhi")
	ctx := w.as("rival")
	_, err := w.s.StartAdmission(ctx)
	must(t, err)
	_, err = w.s.members.Update(ctx, "rival", func(tx *docstore.Tx[Membership]) error {
		a := goodApplication()
		a.LegalPerson, a.ContactPhone = "另一人", "0570-9"
		must(t, tx.Body.Edit(as(Applicant), tx.Now, a))
		first, err := w.s.members.Get(ctx, "shuzhi")
		must(t, err)
		return tx.Body.Attach(as(Applicant), tx.Now, first.Body.Files[0])
	})
	must(t, err)
	_, err = w.s.SubmitAdmission(ctx, "rival")
	must(t, err)
	for range 2 { // finding it again changes nothing
		doc, err := w.s.members.Get(ctx, "rival")
		must(t, err)
		must(t, w.s.inspect(ctx, &doc.Body))
	}
	var all, own struct{ Items []api.AdmissionFlag }
	w.http.As("district").Get("/api/v1/admission-flags?state=open").Want(200).Into(&all)
	w.http.As("rival").Get("/api/v1/admissions/rival/flags").Want(200).Into(&own)
	w.http.As("shuzhi").Get("/api/v1/admissions/rival/flags").Refused(404, "not_found")
	w.http.As("other").Get("/api/v1/admissions/rival/flags").Refused(404, "not_found")
	if len(all.Items) != 2 || len(own.Items) != 2 {
		t.Fatalf("%d flags, the applicant sees %d", len(all.Items), len(own.Items))
	}
	if names := own.Items[0].OrgNames; len(names) != 1 || names[0] != "澜州rival" || !own.Items[0].MayContest {
		t.Errorf("the applicant sees %+v", own.Items[0])
	}
	path := "/api/v1/admission-flags/" + own.Items[0].Id
	w.http.As("sme").Post(path+"/contest", map[string]any{"reason": "与我无关"}).Refused(404, "not_found")
	w.http.As("shuzhi").Post(path+"/contest", map[string]any{"reason": "同一园区的集中办公地址"}).Want(200)
	w.http.As("rival").Post(path+"/contest", map[string]any{"reason": "再说一遍"}).Refused(409, "flag.wrong_state")
	w.http.As("other").Post(path+"/decide", map[string]any{"uphold": true, "reason": "属实"}).Refused(404, "not_found")
	w.http.As("district").Post(path+"/decide", map[string]any{"uphold": false, "reason": "园区证明属实"}).Want(200)
	w.http.As("district").Post(path+"/decide", map[string]any{"uphold": true, "reason": "改判"}).Refused(409, "flag.wrong_state")
	if m, err := w.s.GetAdmission(w.as("rival"), "rival"); err != nil || m.State != "submitted" {
		t.Errorf("the flag moved the application to %s %v", m.State, err)
	}
}
