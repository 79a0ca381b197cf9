package demand

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"lianbang/services/demand/api"
)

// TestBiddersShareOneReading has bidders step on a demand that is decoded once for all of them: none of their steps may change it, and a
// change of the demand reaches the next step.
func TestBiddersShareOneReading(t *testing.T) {
	w := newTown(t)
	id := w.published()
	ctx := context.Background()
	for i := range 3 {
		who := fmt.Sprintf("sme%d", i)
		bid := w.bid(id, who, true)
		_, _, err := w.s.AddBidAttachment(w.as(who), bid, Application, strings.NewReader("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"), "plan.pdf")
		must(t, err)
		_, err = w.s.WithdrawBid(w.as(who), bid, "")
		must(t, err)
		_, err = w.s.SubmitBid(w.as(who), bid)
		must(t, err)
	}
	shared, err := w.s.readDemand(ctx, id)
	must(t, err)
	kept, err := w.s.demands.Get(ctx, id)
	must(t, err)
	if !reflect.DeepEqual(shared, kept) {
		t.Errorf("bidding changed what all bidders read:\n%+v\nwant\n%+v", shared.Body, kept.Body)
	}

	late := w.bid(id, "sme3", false)
	_, err = w.s.TerminateDemand(w.as("leader"), id, api.ReasonInput{Reason: "项目取消"})
	must(t, err)
	if v, err := w.s.SubmitBid(w.as("sme3"), late); err == nil {
		t.Errorf("a bid on a terminated demand was taken: %s", v.State)
	}
	if shared, err = w.s.readDemand(ctx, id); err != nil || shared.Body.State != Terminated {
		t.Errorf("bidders still read a demand that is %s: %v", shared.Body.State, err)
	}
}
