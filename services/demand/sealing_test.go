package demand

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/seal"
)

// TestSealHoldsAcrossRestarts takes a sealed bid through a restart, a clock jump past the deadline and back, a change of the master key,
// and the loss of it.
func TestSealHoldsAcrossRestarts(t *testing.T) {
	w := newTown(t)
	ctx := context.Background()
	id := w.published()
	bid := w.bid(id, "sme0", true)
	draft := w.bid(id, "sme1", false)
	read := func(who, bid string) api.Bid {
		t.Helper()
		v, err := w.s.GetBid(w.as(who), bid)
		must(t, err)
		return v
	}
	stored := func() string {
		t.Helper()
		var all strings.Builder
		must(t, w.s.bids.Each(ctx, docstore.Query{}, func(doc docstore.Doc[Bid]) error {
			b, err := json.Marshal(doc.Body)
			all.Write(b)
			return err
		}))
		return all.String()
	}
	if strings.Contains(stored(), "SECRET-PLAN") {
		t.Error("a plan is stored in the clear")
	}
	w.open()
	if read("sme0", bid).Application.Plan == "" || read("sme1", draft).Application.Plan == "" {
		t.Error("restarted, the bidders do not read their own")
	}
	if v := read("leader", bid); !v.Sealed || v.Application.Plan != "" {
		t.Errorf("the issuer reads it before the deadline: %+v", v)
	}
	w.pass(time.Hour + time.Minute)
	if read("leader", bid).Application.Plan == "" {
		t.Error("after the deadline the issuer does not read it")
	}
	w.pass(-2 * time.Hour) // closing is one-way
	if v := read("leader", bid); v.Sealed || v.Application.Plan == "" || v.Digest != inManifest(t, w, id, bid).Digest {
		t.Errorf("the clock went back and so did the opening: %+v", v)
	}
	if strings.Contains(stored(), "SECRET-PLAN") {
		t.Error("opened, a plan lies in the clear")
	}

	// The master key is changed, and the former one dropped.
	w.ring = seal.Ring{sealKey(t, 2), sealKey(t, 1)}
	w.open()
	w.ring = seal.Ring{sealKey(t, 2)}
	w.open()
	if read("leader", bid).Application.Plan == "" {
		t.Error("under the new key it does not open")
	}

	// It is lost: nothing starts, until it is given up by name.
	lost := w.ring[0].ID()
	w.ring = seal.Ring{sealKey(t, 3)}
	start := func(o Options) (*Service, error) {
		t.Helper()
		db, err := docstore.Open(ctx, docstore.Options{URL: w.url, Now: w.now, Sole: true})
		must(t, err)
		t.Cleanup(func() { _ = db.Close(ctx) })
		o.DB, o.Organisations, o.Lists, o.Now, o.Log = db, w, w, w.now, quiet
		return NewService(ctx, o)
	}
	try := func(given string) error {
		_, err := start(Options{Seal: w.ring, LostSeal: given})
		return err
	}
	if err := try(""); err == nil || !strings.Contains(err.Error(), lost) || !strings.Contains(err.Error(), w.ring.Current()) {
		t.Errorf("a wrong key starts: %v", err)
	}
	if err := try("somethingelse"); err == nil {
		t.Error("another key given up lets it start")
	}
	s, err := start(Options{Seal: w.ring, LostSeal: lost})
	must(t, err)
	v, err := s.GetBid(w.as("leader"), bid)
	must(t, err)
	if !v.Sealed || v.Application.Plan != "" || v.Docking.OrganisationName == "" {
		t.Errorf("a lost bid is shown as %+v", v)
	}
	if _, err := start(Options{}); err == nil || !strings.Contains(err.Error(), "LIANBANG_SEAL_KEY") {
		t.Errorf("without a key it starts: %v", err)
	}
}

func inManifest(t *testing.T, w *town, demandID, bid string) Entry {
	t.Helper()
	doc, err := w.s.demands.Get(context.Background(), demandID)
	must(t, err)
	for _, e := range doc.Body.Manifest {
		if e.BidID == bid {
			return e
		}
	}
	t.Fatalf("%s is not in", bid)
	return Entry{}
}

// TestNothingSealedIsWrittenOpen holds the store's gate: a bid that would go in with its content beside the seal does not go in.
func TestNothingSealedIsWrittenOpen(t *testing.T) {
	w := newTown(t)
	ctx := context.Background()
	bid := w.bid(w.published(), "sme0", true)
	_, err := w.s.bids.Update(ctx, bid, func(tx *docstore.Tx[Bid]) error {
		tx.Body.Offer.Application.Plan = "beside the seal"
		return nil
	})
	if fault.KindOf(err) != fault.Internal {
		t.Errorf("written: %v", err)
	}
	_, err = w.s.bids.Update(ctx, bid, func(tx *docstore.Tx[Bid]) error {
		tx.Body.Closed = nil
		return nil
	})
	if fault.KindOf(err) != fault.Internal {
		t.Errorf("a seal was taken off: %v", err)
	}
	// What was not touched is not sealed anew: a write that changes nothing stays none.
	before, err := w.s.bids.Get(ctx, bid)
	must(t, err)
	after, err := w.s.bids.Update(ctx, bid, func(tx *docstore.Tx[Bid]) error { return w.s.bids.unseal(ctx, tx.Body) })
	must(t, err)
	if after.Rev != before.Rev || after.Body.Offer.Application.Plan == "" {
		t.Errorf("%d became %d, %+v", before.Rev, after.Rev, after.Body.Offer)
	}
	// A bid's seal does not open as another's.
	other := after.Body
	other.ID, other.Closed, other.opened = "another", before.Body.Closed, nil
	if err := w.s.bids.unseal(ctx, &other); err == nil {
		t.Error("a sealed part opens in another bid")
	}
}

// TestSealedFiles: a file of the sealed part is sealed in the blob store, one of the interest form is not.
func TestSealedFiles(t *testing.T) {
	w := newTown(t)
	id := w.published()
	bid := w.bid(id, "sme0", false)
	pdf := []byte("%PDF-1.4\n% MARK-IN-FILE\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
	c := w.http.As("sme0").For(t)
	path := "/api/v1/bids/" + bid
	var plan, open api.Attachment
	c.Upload(path+"/attachments", "MARK-IN-NAME.pdf", pdf, nil).Want(201).Into(&plan)
	if plan.Name != "MARK-IN-NAME.pdf" || plan.Size != int64(len(pdf)) || plan.ContentType != "application/pdf" {
		t.Errorf("%+v", plan)
	}
	if found := under(t, w.files, "MARK-IN"); found != "" {
		t.Errorf("in the clear: %s", found)
	}
	c.Upload(path+"/attachments?part=docking", "执照.pdf", pdf, nil).Want(201).Into(&open)
	if under(t, w.files, "MARK-IN-FILE") == "" {
		t.Error("the interest form's file is not there to be found")
	}
	c.Upload(path+"/attachments", "x.exe", []byte("MZ\x90\x00\x03"), nil).Refused(415, "file_type")
	c.Upload(path+"/attachments", "x.pdf", nil, nil).Refused(422, "file_empty")
	if got := c.Get(path + "/attachments/" + plan.Id).Want(200).Body; !bytes.Equal(got, pdf) {
		t.Errorf("%q", got)
	}
	var v api.Bid
	c.Get(path).Want(200).Into(&v)
	if len(v.Attachments) != 2 {
		t.Errorf("%+v", v.Attachments)
	}
	c.Delete(path + "/attachments/" + plan.Id).Want(200)
	c.Get(path+"/attachments/"+plan.Id).Refused(404, "not_found")
}

// under finds text in a directory's files.
func under(t *testing.T, dir, text string) (found string) {
	t.Helper()
	must(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, path))
		if bytes.Contains(b, []byte(text)) {
			found = path
		}
		return err
	}))
	return found
}
