package account

import (
	"fmt"
	"strings"
	"testing"
	"time"

	notifyapi "lianbang/services/notify/api"
	"lianbang/services/platform/rest/resttest"
)

// to is every message to a number.
func (f *fakeTexts) to(phone string) (all []notifyapi.TextMessage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.sent {
		if m.Phone == phone {
			all = append(all, m)
		}
	}
	return all
}

func (f *fakeTexts) setAway(away bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = away
}

// TestCallersAreTexted: who called is told by text message, with the link where it answers, also when the way out was closed at first; once
// for a draft, however often staff write it again within the hour, and no more once it has answered.
func TestCallersAreTexted(t *testing.T) {
	w := newWorld(t)
	orgID := w.unclaimed("澜州短信科技有限公司", 61)
	desk, caller := w.staff("platform_staff", ""), w.loner("来电人")
	path := "/api/v1/organisations/" + orgID + "/claim-drafts"
	in := map[string]any{"phone": caller.phone, "name": "来电人", "position": "厂长"}
	texts := func(n int) {
		t.Helper()
		resttest.Eventually(t, func() error {
			if got := w.texts.to(caller.phone); len(got) != n {
				return fmt.Errorf("%d messages, want %d: %+v", len(got), n, got)
			}
			return nil
		})
	}
	settled := func() { // nothing is left to send now
		t.Helper()
		resttest.Eventually(t, func() error {
			d, err := w.service.claimDrafts.Get(t.Context(), claimDraftID(orgID, caller.phone))
			if err != nil || d.Body.TextAt != 0 && d.Body.TextAt.Time().Before(w.env.Clock.Now()) {
				return fmt.Errorf("waits since %v: %w", d.Body.TextAt.Time(), err)
			}
			return nil
		})
	}
	w.texts.setAway(true)
	desk.Post(path, in).Want(201)
	settled() // tried, and put off
	texts(0)
	w.texts.setAway(false)
	w.env.Clock.Advance(claimTextRetry)
	texts(1)
	if m := w.texts.to(caller.phone)[0]; m.Link != claimPage(orgID) || !strings.Contains(m.Text, "澜州短信科技有限公司") || !strings.Contains(m.Text, "平台运营单位") {
		t.Errorf("the message is %+v", m)
	}
	settled()

	in["position"] = "总经理"
	desk.Post(path, in).Want(201)
	settled()
	texts(1)
	w.env.Clock.Advance(claimTextGap)
	texts(2)
	settled()
	w.env.Clock.Advance(30 * 24 * time.Hour) // a clock that jumps tells nobody twice
	settled()
	texts(2)

	in["position"] = "董事长"
	w.texts.setAway(true)
	w.signIn(desk.phone).Post(path, in).Want(201)
	settled()
	w.signIn(caller.phone).claims(orgID) // answered before the message went out
	w.texts.setAway(false)
	w.env.Clock.Advance(2 * claimTextRetry)
	settled()
	texts(2)
}
