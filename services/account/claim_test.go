package account

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
)

// unclaimed brings one firm in by a list and gives its organisation's id.
func (w *world) unclaimed(name string, n int) string {
	w.t.Helper()
	l := w.bring(csvList(name + "," + codeOf(n) + ",澜江区,2026-01-01,2028-12-31"))
	w.enter(l.Id)
	return w.firm(codeOf(n)).ID
}

// claims drafts a claim with evidence and files it.
func (p *person) claims(orgID string) (c api.Claim) {
	p.t.Helper()
	p.Post("/api/v1/organisations/"+orgID+"/claims", map[string]any{"position": "总经理"}).Want(201).Into(&c)
	if len(c.Evidence) == 0 {
		p.Post("/api/v1/claims/"+c.Id+"/file", nil).Refused(409, "claim.evidence_missing")
	}
	p.Upload("/api/v1/claims/"+c.Id+"/evidence", "营业执照.pdf", pdf, nil).Want(201)
	p.Post("/api/v1/claims/"+c.Id+"/file", nil).Want(200).Into(&c)
	return c
}

// TestAFirmIsClaimed goes from the list to the owner's first page, past a refusal.
func TestAFirmIsClaimed(t *testing.T) {
	w := newWorld(t)
	orgID := w.unclaimed("澜州待领科技有限公司", 31)
	var found struct{ Items []api.Organisation }
	for _, q := range []string{"澜州待领", codeOf(31)} {
		if w.guest.Get("/api/v1/unclaimed-organisations?q=" + q).Want(200).Into(&found); len(found.Items) != 1 || found.Items[0].Id != orgID {
			t.Errorf("%q finds %v", q, found.Items)
		}
	}
	var check api.CreditCodeCheck
	if w.guest.Get("/api/v1/credit-codes/" + codeOf(31)).Want(200).Into(&check); check.UnclaimedOrgId != orgID {
		t.Errorf("the code's check says %+v", check)
	}
	boss, stranger := w.loner("老板"), w.loner("路人")
	in := w.orgInput("澜州待领科技有限公司")
	in["creditCode"] = codeOf(31)
	boss.Post("/api/v1/organisations", in).Refused(409, "organisation.unclaimed").Field("creditCode", "organisation.unclaimed")

	c := boss.claims(orgID)
	path := "/api/v1/claims/" + c.Id
	stranger.Get(path).Want(404)
	stranger.Post(path+"/withdraw", nil).Want(404)
	boss.Post(path+"/approve", nil).Want(403)
	elsewhere := w.staff("district_operator", "xiwan")
	elsewhere.Get(path).Want(404)
	var queue api.ClaimPage
	if elsewhere.Get("/api/v1/claims").Want(200).Into(&queue); len(queue.Items) != 0 {
		t.Error("another district's queue holds the claim")
	}
	here := w.staff("district_operator", "lanjiang")
	if here.Get("/api/v1/claims").Want(200).Into(&queue); len(queue.Items) != 1 || queue.Items[0].DueAt.IsZero() {
		t.Errorf("the district's queue is %+v", queue.Items)
	}
	here.Get(path + "/evidence/" + queue.Items[0].Evidence[0].Id).Want(200)
	stranger.Get(path + "/evidence/" + queue.Items[0].Evidence[0].Id).Want(404)
	here.Post(path+"/refuse", map[string]any{"reason": "授权书没有盖章"}).Want(200)
	boss.Post(path+"/file", nil).Refused(409, "claim.wrong_state")
	c = boss.claims(orgID) // mended, filed again
	here.Post(path+"/approve", nil).Want(200)
	here.Post(path+"/approve", nil).Refused(409, "claim.wrong_state")

	var me api.Me
	if boss.Get("/api/v1/me").Want(200).Into(&me); len(me.Memberships) != 1 || me.Memberships[0].Role != api.RoleOwner || !me.Memberships[0].Verified {
		t.Errorf("the claimant is %+v", me.Memberships)
	}
	var mine api.ClaimPage
	if boss.Get("/api/v1/my-claims").Want(200).Into(&mine); len(mine.Items) != 1 || mine.Items[0].State != api.Approved {
		t.Errorf("own claims are %+v", mine.Items)
	}
	stranger.Post("/api/v1/organisations/"+orgID+"/claims", map[string]any{"position": "厂长"}).Refused(409, "claim.taken")

	here.Post("/api/v1/organisations/"+orgID+"/close", map[string]any{"reason": "已注销", "successorId": "nobody"}).Refused(422, "invalid").Field("successorId", "unknown")
	here.Post("/api/v1/organisations/"+orgID+"/close", map[string]any{"reason": "已注销"}).Want(200)
	var closed api.Organisation
	if w.guest.Get("/api/v1/organisations/" + orgID).Want(200).Into(&closed); closed.State != api.OrganisationStateClosed || closed.Verified {
		t.Errorf("a closed firm's page says %s", closed.State)
	}
}

// TestTwoClaimsAtOnce decides rival claims at the same moment: one person owns the firm, and the other claim is over.
func TestTwoClaimsAtOnce(t *testing.T) {
	w := newWorld(t)
	for round := range 4 {
		orgID := w.unclaimed(fmt.Sprintf("澜州争领%d有限公司", round), 50+round)
		first, second := w.loner("甲"), w.loner("乙")
		ids := []string{first.claims(orgID).Id, second.claims(orgID).Id}
		var c api.Claim
		if w.city.Get("/api/v1/claims/" + ids[0]).Want(200).Into(&c); c.Rivals != 1 {
			t.Errorf("%d rivals are shown", c.Rivals)
		}
		got := atOnce(2, func(i int) int { return w.city.Post("/api/v1/claims/"+ids[i]+"/approve", nil).Status })
		if got[200] != 1 || got[409] != 1 {
			t.Errorf("two claims approved at once: %v", got)
		}
		org, err := w.service.orgs.Get(t.Context(), orgID)
		if err != nil || len(org.Body.Members) != 1 || org.Body.owners() != 1 {
			t.Errorf("the firm has the members %v (%v)", org.Body.Members, err)
		}
		states := map[api.ClaimState]int{}
		for _, id := range ids {
			w.city.Get("/api/v1/claims/" + id).Want(200).Into(&c)
			states[c.State]++
		}
		if states[api.Approved] != 1 || states[api.Overtaken] != 1 {
			t.Errorf("the claims are %v", states)
		}
	}
	orgID := w.unclaimed("澜州收回有限公司", 60)
	p := w.loner("丙")
	c := p.claims(orgID)
	p.Post("/api/v1/claims/"+c.Id+"/withdraw", nil).Want(200)
	w.city.Post("/api/v1/claims/"+c.Id+"/approve", nil).Refused(409, "claim.wrong_state")
}

// TestClaimMatrix writes down every (state × action × actor) of a claim: where it leads, or why it is refused. The file is reviewed like code;
// LIANBANG_TEST_GOLDEN=write writes it anew. The state table is held to beside it.
func TestClaimMatrix(t *testing.T) {
	states := []ClaimState{ClaimDraft, ClaimFiled, ClaimApproved, ClaimRefused, ClaimWithdrawn, ClaimOvertaken}
	claimant := []string{"claimant", "operator who claims"}
	operating := []string{"city operator", "its district's operator"}
	actors := []struct {
		name  string
		actor access.Actor
	}{
		{"guest", access.Actor{}},
		{"claimant", access.Actor{UserID: "me"}},
		{"another person", access.Actor{UserID: "other", OrgID: "o2", Role: access.Owner, Verified: true}},
		{"city operator", access.Actor{UserID: "city", Staff: access.CityOperator}},
		{"its district's operator", access.Actor{UserID: "d", Staff: access.DistrictOperator, District: "lanjiang"}},
		{"another district's operator", access.Actor{UserID: "e", Staff: access.DistrictOperator, District: "xiwan"}},
		{"operator who claims", access.Actor{UserID: "me", Staff: access.CityOperator}},
		{"operator who wrote it down", access.Actor{UserID: "desk", Staff: access.CityOperator}},
		{"platform staff", access.Actor{UserID: "pia", Staff: access.PlatformStaff}},
	}
	var b strings.Builder
	b.WriteString("# Who may do what with a claim, by state\n\nWritten by TestClaimMatrix. A claim that is open when another one of the firm is approved becomes overtaken.\n")
	for _, a := range actors {
		fmt.Fprintf(&b, "\n## %s\n\n| action |", a.name)
		for _, s := range states {
			fmt.Fprintf(&b, " %s |", s)
		}
		b.WriteString("\n|---" + strings.Repeat("|---", len(states)) + "|\n")
		for _, action := range slices.Sorted(maps.Keys(claimSteps)) {
			step := claimSteps[action]
			fmt.Fprintf(&b, "| %s |", action)
			for _, s := range states {
				c := Claim{State: s, UserID: "me", District: "lanjiang", Evidence: []Evidence{{ID: "e"}}, Drafted: &access.Drafted{UserID: "desk"}}
				err := c.Refusal(a.actor, action)
				side := claimant
				if step.operating {
					side = operating
				}
				if may := slices.Contains(side, a.name) && slices.Contains(step.from, s); may != (err == nil) {
					t.Errorf("%s by the %s while %s: %v", action, a.name, s, err)
				}
				if err != nil {
					f := fault.As(err)
					fmt.Fprintf(&b, " %d %s |", f.Kind.Status(), strings.TrimPrefix(f.Code, "claim."))
					continue
				}
				c.move(action, By{UserID: a.actor.UserID}, "", noon)
				fmt.Fprintf(&b, " ✓ %s |", c.State)
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\n## another claim of the firm is approved\n\n|")
	for _, s := range states {
		fmt.Fprintf(&b, " %s |", s)
	}
	b.WriteString("\n" + strings.Repeat("|---", len(states)) + "|\n|")
	for _, s := range states {
		c := Claim{State: s}
		c.overtake(noon)
		fmt.Fprintf(&b, " %s |", c.State)
	}
	golden(t, "claim_matrix.md", b.String()+"\n")
}

// TestAFirmNeverHasTwoOwners walks random histories of claims, lists, closings and sign-ups on one firm's organisation.
func TestAFirmNeverHasTwoOwners(t *testing.T) {
	histories := 2_000
	if os.Getenv("LIANBANG_PROVE") != "" {
		histories = 100_000
	}
	r := rand.New(rand.NewPCG(3, 5))
	code, err := ReadCreditCode(codeOf(70), "code")
	if err != nil {
		t.Fatal(err)
	}
	for range histories {
		o, err := ListUnclaimed(Profile{Name: "澜州某某有限公司", District: "lanjiang"}, code, By{UserID: "city"}, noon)
		if err != nil {
			t.Fatal(err)
		}
		given := ""
		for range 1 + r.IntN(12) {
			person := fmt.Sprint("p", r.IntN(4))
			switch r.IntN(5) {
			case 0, 1:
				if err := o.GiveTo(person, "", By{UserID: "city"}, noon); err == nil && given == "" {
					given = person
				} else if err == nil && person != given {
					t.Fatalf("%s was given what %s had", person, given)
				}
			case 2:
				_ = o.Close("", "注销", By{UserID: "city"}, noon)
			case 3:
				_ = o.Decide([]string{"suspendOrganisation", "reinstateOrganisation", "rejectOrganisation"}[r.IntN(3)], "原因", By{UserID: "city"}, noon)
			case 4:
				o.Rename(fmt.Sprint("澜州新名", r.IntN(3), "有限公司"), "approveClaim", By{UserID: "city"}, noon)
			}
			if len(o.Members) > 1 || given == "" && len(o.Members) != 0 || given != "" && o.RoleOf(given) != access.Owner {
				t.Fatalf("given to %q, the members are %v", given, o.Members)
			}
		}
	}
}

// TestStaffWriteAClaimDown: the caller alone, signed in with the phone it called from, takes it up or refuses it; whoever wrote it down decides
// on no claim that came of it.
func TestStaffWriteAClaimDown(t *testing.T) {
	w := newWorld(t)
	orgID := w.unclaimed("澜州来电科技有限公司", 47)
	desk, elsewhere, here := w.staff("platform_staff", ""), w.staff("district_operator", "xiwan"), w.staff("district_operator", "lanjiang")
	caller, stranger := w.loner("来电人"), w.loner("路人")
	path := "/api/v1/organisations/" + orgID + "/claim-drafts"
	in := map[string]any{"phone": caller.phone, "name": "来电人", "position": "办公室主任"}
	stranger.Post(path, in).Want(403)
	elsewhere.Post(path, in).Want(403)
	var draft api.ClaimDraft
	here.Post(path, in).Want(201).Into(&draft)
	var mine struct{ Items []api.ClaimDraft }
	if stranger.Get("/api/v1/my-claim-drafts").Want(200).Into(&mine); len(mine.Items) != 0 {
		t.Errorf("a stranger reads %v", mine.Items)
	}
	stranger.Post("/api/v1/claim-drafts/"+draft.Id+"/decline", map[string]any{"reason": "不是我"}).Want(404)
	if caller.Get("/api/v1/my-claim-drafts").Want(200).Into(&mine); len(mine.Items) != 1 || mine.Items[0].Drafted.Office == "" {
		t.Fatalf("the caller reads %+v", mine.Items)
	}
	c := caller.claims(orgID)
	if c.Drafted.State != api.Confirmed || c.Drafted.AnsweredBy != "来电人" {
		t.Errorf("the claim says of its draft: %+v", c.Drafted)
	}
	here.Post("/api/v1/claims/"+c.Id+"/approve", nil).Want(403)
	var page api.DraftedPage
	if here.Get("/api/v1/drafted-claims").Want(200).Into(&page); len(page.Items) != 1 || page.Items[0].State != api.Confirmed {
		t.Errorf("the desk reads %+v", page.Items)
	}

	second := w.unclaimed("澜州误记科技有限公司", 48)
	desk.Post("/api/v1/organisations/"+second+"/claim-drafts", in).Want(201).Into(&draft)
	caller.Post("/api/v1/claim-drafts/"+draft.Id+"/decline", map[string]any{"reason": "不是我的企业"}).Want(200)
	if caller.Get("/api/v1/my-claim-drafts").Want(200).Into(&mine); len(mine.Items) != 0 {
		t.Errorf("answered, and still asked: %v", mine.Items)
	}
	if desk.Get("/api/v1/drafted-claims").Want(200).Into(&page); len(page.Items) != 1 || page.Items[0].Reason != "不是我的企业" {
		t.Errorf("the desk reads %+v", page.Items)
	}
}
