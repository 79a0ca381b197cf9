package audit

import (
	"context"
	"fmt"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// Damage is what is wrong with a log.
type Damage string

// The ways a log can have been tampered with.
const (
	Edited    Damage = "edited"    // an entry does not have the hash it says
	Removed   Damage = "removed"   // a number is missing, or what an entry followed is not there
	Reordered Damage = "reordered" // an entry is not where its number says
	Truncated Damage = "truncated" // entries that a written-down head counted are gone from the end
	Rewritten Damage = "rewritten" // the chain holds together and is not the one a head was written down of
)

// Finding is one damage and where it begins.
type Finding struct {
	Damage Damage
	Seq    int64 // the first entry concerned
	Detail string
}

// Report is what Verify found. An intact log has no findings.
type Report struct {
	Service  string
	Entries  int64
	Head     Head
	Heads    int // written-down heads it was held against
	Findings []Finding
}

// Intact says whether nothing was found.
func (r Report) Intact() bool { return len(r.Findings) == 0 }

// ErrNoLog says that a database holds no audit log.
var ErrNoLog = fault.New(fault.NotFound, "audit.no_log", "there is no audit log in this database")

// Verify reads a service's whole log and holds it to itself and to heads written down earlier. The database may be open read-only. It goes
// on after a finding, so that one edited entry does not hide another; entries after a missing one are checked among themselves.
func Verify(ctx context.Context, db *docstore.DB, service string, heads []Head) (Report, error) {
	entries, err := collection(ctx, db)
	if fault.KindOf(err) == fault.NotFound {
		return Report{}, ErrNoLog
	}
	if err != nil {
		return Report{}, err
	}
	v := verifier{Report: Report{Service: service, Heads: len(heads), Head: Head{Hash: genesis(service)}}, written: map[int64][]string{}}
	for _, h := range heads {
		v.written[h.Seq] = append(v.written[h.Seq], h.Hash)
		v.longest = max(v.longest, h.Seq)
	}
	if err := entries.Each(ctx, docstore.Query{}, v.entry); err != nil {
		return v.Report, err
	}
	if v.Head.Seq < v.longest {
		v.find(Truncated, v.Head.Seq+1, "a head was written down at entry %d, the log ends at %d", v.longest, v.Head.Seq)
	}
	return v.Report, nil
}

type verifier struct {
	Report
	written   map[int64][]string // hashes of heads by number
	longest   int64
	rewritten bool
}

func (v *verifier) find(d Damage, seq int64, format string, args ...any) {
	v.Findings = append(v.Findings, Finding{d, seq, fmt.Sprintf(format, args...)})
}

// lastFound is the entry that was last found damaged: its hash says nothing of the next one.
func (v *verifier) lastFound() int64 {
	if v.Intact() {
		return -1
	}
	return v.Findings[len(v.Findings)-1].Seq
}

// entry checks the next document in the order of ids.
func (v *verifier) entry(doc docstore.Doc[Entry]) error {
	e, want := doc.Body, v.Head.Seq+1
	v.Entries++
	var place int64
	if _, err := fmt.Sscanf(doc.ID, "%d", &place); err != nil || idOf(place) != doc.ID || place < want {
		v.find(Reordered, want, "there is an entry under the id %q", doc.ID)
		return nil
	}
	if place > want {
		v.find(Removed, want, "%s missing", span(want, place-1))
	}
	sum, err := e.sum()
	if err != nil {
		return err
	}
	switch {
	case e.Seq != place:
		v.find(Reordered, place, "in place %d is the entry that was number %d", place, e.Seq)
	case sum != e.Hash || doc.Rev != 1:
		v.find(Edited, place, "entry %d is not what was written", place)
	case place == want && e.Prev != v.Head.Hash && v.lastFound() != want-1:
		v.find(Edited, max(want-1, 1), "entry %d is not the one that entry %d was written after", want-1, want)
	}
	for _, hash := range v.written[place] {
		if hash != e.Hash && !v.rewritten && v.Intact() {
			v.rewritten = true
			v.find(Rewritten, place, "entry %d has another hash than was written down", place)
		}
	}
	v.Head = Head{Seq: place, Hash: e.Hash}
	return nil
}

func span(from, to int64) string {
	if from == to {
		return fmt.Sprintf("entry %d is", from)
	}
	return fmt.Sprintf("entries %d to %d are", from, to)
}
