package account

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest/resttest"
	"lianbang/services/platform/when"
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

// TestClaimHistories walks random histories of one firm: rival claims through all their steps, days that pass, closings, suspensions and renamings.
// However they go, the firm has one owner at most, the one whose claim was approved, and no deadline passes unanswered without one escalation.
func TestClaimHistories(t *testing.T) {
	histories := 1_000
	if os.Getenv("LIANBANG_PROVE") != "" {
		histories = 100_000
	}
	code, err := ReadCreditCode(codeOf(70), "code")
	if err != nil {
		t.Fatal(err)
	}
	owned, escalated := 0, 0
	for seed := range histories {
		h := claimHistory{r: rand.New(rand.NewPCG(uint64(seed), 5)), now: noon, heard: map[string]int{}}
		if h.org, err = ListUnclaimed(Profile{Name: "澜州某某有限公司", District: "lanjiang"}, code, city, noon); err != nil {
			t.Fatal(err)
		}
		for i := range h.claims {
			h.claims[i] = Claim{State: ClaimDraft, UserID: fmt.Sprint("p", i), District: "lanjiang", Evidence: []Evidence{{ID: "e"}}}
		}
		for range 5 + h.r.IntN(25) {
			h.step()
			if err := h.holds(); err != nil {
				t.Fatalf("history %d: %v\n%s", seed, err, h.log)
			}
		}
		owned += len(h.org.Members)
		for _, n := range h.heard {
			escalated += n
		}
	}
	if owned < histories/10 || escalated < histories/10 {
		t.Errorf("of %d histories %d gave the firm to somebody, and %d deadlines passed: that proves little", histories, owned, escalated)
	}
}

var city = By{UserID: "city"}

// claimHistory is one random history of a firm and the claims on it.
type claimHistory struct {
	r      *rand.Rand
	now    time.Time
	org    Organisation
	claims [4]Claim
	winner string         // whose claim the model saw approved
	heard  map[string]int // escalations of the deadlines, by claimant and deadline
	log    string
}

// step lets up to three days pass and then tries one thing, as the service does it; what the rules refuse does not happen.
func (h *claimHistory) step() {
	h.now = h.now.Add(time.Duration(h.r.IntN(72)) * time.Hour)
	for i := range h.claims {
		for c := &h.claims[i]; c.escalate(h.now); {
			h.heard[fmt.Sprint(c.UserID, c.DueAt)]++
		}
	}
	c := &h.claims[h.r.IntN(len(h.claims))]
	action := []string{"claimOrganisation", "fileClaim", "fileClaim", "withdrawClaim", "approveClaim", "refuseClaim", "close", "decide", "rename"}[h.r.IntN(9)]
	actor := access.Actor{UserID: c.UserID}
	if claimSteps[action].operating {
		actor = access.Actor{UserID: "city", Staff: access.CityOperator}
	}
	h.log += fmt.Sprintf("%s %s %s, %s\n", h.now, action, c.UserID, c.State)
	switch action {
	case "close":
		if h.r.IntN(4) == 0 {
			_ = h.org.Close("", "注销", city, h.now)
		}
		return
	case "decide":
		_ = h.org.Decide([]string{"suspendOrganisation", "reinstateOrganisation", "rejectOrganisation"}[h.r.IntN(3)], "原因", city, h.now)
		return
	case "rename":
		h.org.Rename(fmt.Sprint("澜州新名", h.r.IntN(3), "有限公司"), "approveClaim", city, h.now)
		return
	}
	if c.Refusal(actor, action) != nil || action == "claimOrganisation" && h.org.State != Unclaimed {
		return
	}
	switch action {
	case "fileClaim":
		c.file(By{UserID: c.UserID}, h.now, defaultRules, when.Default)
	case "approveClaim":
		if h.org.GiveTo(c.UserID, "", city, h.now) != nil {
			return
		}
		if h.winner == "" {
			h.winner = c.UserID
		}
		c.move(action, city, "", h.now)
		if h.r.IntN(3) == 0 {
			return // cut off before the others hear of it
		}
		for i := range h.claims {
			if &h.claims[i] != c {
				h.claims[i].overtake(h.now)
			}
		}
	default:
		c.move(action, city, "", h.now)
	}
}

func (h *claimHistory) holds() error {
	switch {
	case len(h.org.Members) > 1:
		return fmt.Errorf("the members are %v", h.org.Members)
	case h.winner == "" && len(h.org.Members) != 0, h.winner != "" && h.org.RoleOf(h.winner) != access.Owner:
		return fmt.Errorf("approved was %q, the members are %v", h.winner, h.org.Members)
	}
	for i := range h.claims {
		c := &h.claims[i]
		if c.State == ClaimApproved && c.UserID != h.winner {
			return fmt.Errorf("the claim of %s is approved, and the firm is %s's", c.UserID, h.winner)
		}
		if n := h.heard[fmt.Sprint(c.UserID, c.DueAt)]; c.State == ClaimFiled && when.At(h.now) >= c.DueAt && when.At(h.now) > c.FiledAt && n != 1 {
			return fmt.Errorf("the claim of %s is unanswered past its deadline, and was escalated %d times", c.UserID, n)
		} else if n > 1 {
			return fmt.Errorf("one deadline of %s was escalated %d times", c.UserID, n)
		}
	}
	return nil
}

// TestAnOverdueClaimIsEscalatedOnce lets the operator's clock run out, over a jump of the clock back and forth, and files anew after a refusal.
func TestAnOverdueClaimIsEscalatedOnce(t *testing.T) {
	w := newWorld(t)
	id := w.loner("丙").claims(w.unclaimed("澜州久候有限公司", 61)).Id
	late := func(want int) {
		t.Helper()
		resttest.Eventually(t, func() error {
			c, err := w.service.claims.Get(t.Context(), id)
			if err == nil && (len(c.Body.Escalations) != want || want > 0 && c.Body.EscalateAt != 0) {
				err = fmt.Errorf("escalated at %v, next %d", c.Body.Escalations, c.Body.EscalateAt)
			}
			return err
		})
	}
	late(0)
	begin := w.env.Clock.Now()
	for _, days := range []int{15, 2, 40} {
		w.env.Clock.Freeze(begin.AddDate(0, 0, days))
		late(1)
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
