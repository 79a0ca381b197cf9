package engine

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// child is a server in a process of its own.
type child struct {
	cmd *exec.Cmd
	url string
}

func startChild(t *testing.T, dir string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("child did not start: %v", err)
	}
	return &child{cmd: cmd, url: strings.TrimSpace(line)}
}

// kill ends the process with SIGKILL: it gets no chance to tidy up.
func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.cmd.Wait() // reports the signal
}

// post sends a write and returns the task's uid, or false once the child is gone.
func (c *child) post(method, path string, body any) (uint64, bool) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, false
	}
	req, err := http.NewRequest(method, c.url+path, bytes.NewReader(raw))
	if err != nil {
		return 0, false
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, false
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	var s taskSummary
	if err != nil || resp.StatusCode != http.StatusAccepted || json.Unmarshal(answer, &s) != nil {
		return 0, false
	}
	return s.TaskUID, true
}

// ledger remembers what one writer sent and what was acknowledged. rev 0 means
// the document must not be there.
type ledger struct {
	sent, acked map[string]int
	deleting    map[string]bool // the last write sent was a deletion
	next        int             // revs never repeat, so that a stale document shows
	tasks       []uint64
}

// TestKillLosesNothingAcknowledged kills a server again and again while
// writers write, and after every restart holds the index against what was
// acknowledged.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	rounds := 2
	if provingGround() {
		rounds = 20
	}
	r := rand.New(rand.NewPCG(7, 9))
	dir := t.TempDir()
	const writers, keys = 4, 12
	ledgers := make([]*ledger, writers)
	for w := range ledgers {
		ledgers[w] = &ledger{sent: map[string]int{}, acked: map[string]int{}, deleting: map[string]bool{}}
	}
	h := openHarnessOnce(t, dir)
	h.done("POST", "/indexes", object{"uid": "k", "primaryKey": "id"})
	if err := h.e.Close(); err != nil {
		t.Fatal(err)
	}
	writes := 0
	for range rounds {
		c := startChild(t, dir)
		budget := 20 + r.IntN(200) // acknowledgements until the kill
		acks := make(chan struct{}, 100_000)
		var wg sync.WaitGroup
		for w, l := range ledgers {
			seed := r.Uint64()
			wg.Go(func() { l.write(c, w, keys, rand.New(rand.NewPCG(seed, 1)), acks) })
		}
		for range budget {
			select {
			case <-acks:
			case <-time.After(30 * time.Second):
				t.Fatal("the child stopped acknowledging")
			}
		}
		writes += budget
		c.kill(t)
		wg.Wait()
		checkLedgers(t, dir, ledgers)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d kills, at least %d acknowledged writes", rounds, writes)
}

func (l *ledger) write(c *child, w, keys int, r *rand.Rand, acks chan<- struct{}) {
	for {
		id := fmt.Sprintf("w%d-%d", w, r.IntN(keys))
		var task uint64
		var ok bool
		switch r.IntN(6) {
		case 0:
			l.deleting[id] = true
			task, ok = c.post("DELETE", "/indexes/k/documents/"+id, nil)
			if ok {
				l.acked[id], l.deleting[id] = 0, false
				l.sent[id] = 0
			}
		case 1:
			// Settings change what is written, so this rebuilds under load.
			list := []string{"rev", "w"}[:1+r.IntN(2)]
			task, ok = c.post("PUT", "/indexes/k/settings/filterable-attributes", list)
		default:
			l.next++
			rev := l.next
			l.sent[id], l.deleting[id] = rev, false
			method := []string{"POST", "PUT"}[r.IntN(2)]
			task, ok = c.post(method, "/indexes/k/documents?primaryKey=id", []object{{"id": id, "rev": rev, "w": w}})
			if ok {
				l.acked[id] = rev
			}
		}
		if !ok {
			return
		}
		l.tasks = append(l.tasks, task)
		acks <- struct{}{}
	}
}

// checkLedgers opens the directory, lets the queue drain and compares.
func checkLedgers(t *testing.T, dir string, ledgers []*ledger) {
	t.Helper()
	h := openHarnessOnce(t, dir)
	defer func() {
		if err := h.e.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, l := range ledgers {
		for _, uid := range l.tasks {
			if v := h.ended(uid); v.Status != statusSucceeded {
				t.Errorf("task %d acknowledged, then %s: %+v", uid, v.Status, v.Error)
			}
		}
		l.tasks = nil
	}
	// What was sent last may have been accepted without the answer arriving.
	var tasks struct{ Results []taskView }
	h.ok("GET", "/tasks?limit=100", nil, &tasks)
	for _, v := range tasks.Results {
		h.ended(v.UID)
	}
	var list struct {
		Results []object
		Total   int
	}
	h.ok("POST", "/indexes/k/documents/fetch", object{"limit": 100000}, &list)
	revs := map[string]int{}
	for _, d := range list.Results {
		revs[d["id"].(string)] = int(d["rev"].(float64))
	}
	if list.Total != len(list.Results) || len(revs) != list.Total {
		t.Errorf("total %d, %d listed, %d ids", list.Total, len(list.Results), len(revs))
	}
	for _, l := range ledgers {
		for id := range l.sent {
			rev := revs[id]
			switch {
			case rev == l.acked[id], rev == l.sent[id], rev == 0 && l.deleting[id]:
			default:
				t.Errorf("%s is at %d; acknowledged %d, sent %d, deleting %v", id, rev, l.acked[id], l.sent[id], l.deleting[id])
			}
			// From here on what is there counts as acknowledged.
			l.acked[id], l.sent[id], l.deleting[id] = rev, rev, false
		}
	}
}
