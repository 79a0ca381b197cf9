package engine

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// child is a server in a process of its own.
type child struct {
	cmd *exec.Cmd
	out io.Reader // it prints its address once it serves
	url string
}

func startChild(t *testing.T, dir string) *child {
	t.Helper()
	c := launchChild(t, dir)
	line, err := bufio.NewReader(c.out).ReadString('\n')
	if err != nil {
		t.Fatalf("child did not start: %v", err)
	}
	c.url = strings.TrimSpace(line)
	return c
}

// launchChild does not wait until the child serves.
func launchChild(t *testing.T, dir string) *child {
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
	return &child{cmd: cmd, out: out}
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

// operation is a write as it is sent, and what it must do.
type operation struct {
	method, path string
	body         any
	task         string // the type of its task
	index        string // of its task
	// apply does it to the model and says with which error code its task must fail; empty for success.
	apply func(m model) string
}

// model is what the indexes must hold.
type model map[string]*modelIndex

type modelIndex struct {
	docs       map[string]object
	filterable []string
}

func newModelIndex() *modelIndex {
	return &modelIndex{docs: map[string]object{}, filterable: []string{}}
}

// at is an index, made when it is not there, as an addition of documents makes it.
func (m model) at(uid string) *modelIndex {
	if m[uid] == nil {
		m[uid] = newModelIndex()
	}
	return m[uid]
}

// history is every operation that may have reached the server, by task when it was acknowledged.
type history struct {
	mu     sync.Mutex
	acked  map[uint64]operation
	flying map[int]operation // by writer: sent, no answer yet
	next   int               // numbers what is written: a stale document shows
}

func (h *history) number() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	return h.next
}

// writeDocuments invents an operation on documents of an index.
func (h *history) writeDocuments(r *rand.Rand) operation {
	uid := []string{"a", "a", "b", "b", "c"}[r.IntN(5)]
	o := operation{index: uid, task: typeDocumentAddition}
	path := "/indexes/" + uid + "/documents"
	id := func() string { return fmt.Sprintf("d%d", r.IntN(60)) }
	switch r.IntN(8) {
	case 0, 1: // fields of documents, there or not
		rev := h.number()
		docs := []object{{"id": id(), "extra": rev}, {"id": id(), "w": float64(r.IntN(3)), "extra": rev}}
		o.method, o.path, o.body = http.MethodPut, path+"?primaryKey=id", docs
		o.apply = func(m model) string {
			for _, d := range docs {
				present := m.at(uid).docs[d["id"].(string)]
				merged := object{}
				maps.Copy(merged, present)
				maps.Copy(merged, d)
				m[uid].docs[d["id"].(string)] = merged
			}
			return ""
		}
	case 2: // by id
		ids := []string{id(), id(), id()}
		o.method, o.path, o.body, o.task = http.MethodPost, path+"/delete-batch", ids, typeDocumentDeletion
		o.apply = func(m model) string {
			if m[uid] == nil {
				return "index_not_found"
			}
			for _, id := range ids {
				delete(m[uid].docs, id)
			}
			return ""
		}
	case 3: // by filter
		w := r.IntN(3)
		o.method, o.path, o.body, o.task = http.MethodPost, path+"/delete", object{"filter": fmt.Sprintf("w = %d", w)}, typeDocumentDeletion
		o.apply = func(m model) string {
			if m[uid] == nil {
				return "index_not_found"
			}
			if !slices.Contains(m[uid].filterable, "w") {
				return "invalid_document_filter"
			}
			maps.DeleteFunc(m[uid].docs, func(_ string, d object) bool { return d["w"] == float64(w) })
			return ""
		}
	default: // whole documents
		docs := make([]object, 1+r.IntN(30))
		for i := range docs {
			docs[i] = object{"id": id(), "rev": h.number(), "w": float64(r.IntN(3))}
		}
		onlyThere := r.IntN(5) == 0
		o.method, o.path, o.body = http.MethodPost, fmt.Sprintf("%s?primaryKey=id&skipCreation=%t", path, onlyThere), docs
		o.apply = func(m model) string {
			for _, d := range docs {
				if _, there := m.at(uid).docs[d["id"].(string)]; there || !onlyThere {
					m[uid].docs[d["id"].(string)] = d
				}
			}
			return ""
		}
	}
	return o
}

// rearrange invents an operation on whole indexes. Settings change what is written, so they rebuild under load.
func (h *history) rearrange(r *rand.Rand) operation {
	switch r.IntN(4) {
	case 0:
		return operation{method: http.MethodPost, path: "/swap-indexes", body: []object{{"indexes": []string{"a", "b"}}}, task: typeIndexSwap,
			apply: func(m model) string { m["a"], m["b"] = m["b"], m["a"]; return "" }}
	case 1:
		return operation{method: http.MethodDelete, path: "/indexes/c", task: typeIndexDeletion, index: "c", apply: func(m model) string {
			if m["c"] == nil {
				return "index_not_found"
			}
			delete(m, "c")
			return ""
		}}
	case 2:
		return operation{method: http.MethodPost, path: "/indexes", body: object{"uid": "c", "primaryKey": "id"}, task: typeIndexCreation, index: "c",
			apply: func(m model) string {
				if m["c"] != nil {
					return "index_already_exists"
				}
				m.at("c")
				return ""
			}}
	}
	uid, list := []string{"a", "b"}[r.IntN(2)], [][]string{{"w"}, {"rev", "w"}, {"rev"}}[r.IntN(3)]
	return operation{method: http.MethodPut, path: "/indexes/" + uid + "/settings/filterable-attributes", body: list, task: typeSettingsUpdate, index: uid,
		apply: func(m model) string { m[uid].filterable = list; return "" }}
}

// send makes operations of one writer until the server is gone. Only writer 0 rearranges: of what it sent last no other can
// have sent the like, and of what the others sent last the numbers in it tell whose it is.
func (h *history) send(c *child, writer int, r *rand.Rand, acks chan<- struct{}) {
	for {
		o := h.writeDocuments(r)
		if writer == 0 {
			o = h.rearrange(r)
		} else {
			separator := "?"
			if strings.Contains(o.path, "?") {
				separator = "&"
			}
			o.path += separator + "customMetadata=" + strconv.Itoa(writer)
		}
		h.mu.Lock()
		h.flying[writer] = o
		h.mu.Unlock()
		task, ok := c.post(o.method, o.path, o.body)
		if !ok {
			return
		}
		h.mu.Lock()
		h.acked[task] = o
		delete(h.flying, writer)
		h.mu.Unlock()
		acks <- struct{}{}
		if writer == 0 && r.IntN(3) > 0 { // indexes change less often than documents
			time.Sleep(time.Duration(r.IntN(10)) * time.Millisecond)
		}
	}
}

// of is the operation of a task: the acknowledged one, or the one whose answer the kill has cut off.
func (h *history) of(v taskView) (operation, bool) {
	if o, ok := h.acked[v.UID]; ok {
		delete(h.acked, v.UID)
		return o, true
	}
	writer, _ := strconv.Atoi(v.CustomMetadata)
	o, ok := h.flying[writer]
	delete(h.flying, writer)
	return o, ok && o.task == v.Type
}

// TestKillLosesNothingAcknowledged kills a server at random moments while documents are written and removed, settings change,
// and indexes are swapped, created and deleted; now and then it kills the one that recovers too. After each kill the state must
// be what the tasks make of it, done one after the other in a plain map: all those acknowledged and, of the others, only ones
// that were on the way.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	rounds := 6
	if provingGround() {
		rounds = 120
	}
	r := rand.New(rand.NewPCG(7, 9))
	dir := t.TempDir()
	h := openHarnessOnce(t, dir)
	m := model{}
	for _, uid := range []string{"a", "b"} {
		h.done("POST", "/indexes", object{"uid": uid, "primaryKey": "id"})
		m.at(uid)
	}
	if err := h.e.Close(); err != nil {
		t.Fatal(err)
	}
	past := &history{acked: map[uint64]operation{}, flying: map[int]operation{}}
	tasks, acknowledged, twice := uint64(2), 0, 0
	for range rounds {
		c := startChild(t, dir)
		budget := r.IntN(150) // acknowledgements until the kill
		acks := make(chan struct{}, 100_000)
		var wg sync.WaitGroup
		for writer := range 4 {
			seed := r.Uint64()
			wg.Go(func() { past.send(c, writer, rand.New(rand.NewPCG(seed, 1)), acks) })
		}
		for range budget {
			select {
			case <-acks:
			case <-time.After(time.Minute):
				t.Fatal("the child stopped acknowledging")
			}
		}
		time.Sleep(time.Duration(r.IntN(20_000)) * time.Microsecond) // anywhere in what it is doing
		c.kill(t)
		wg.Wait()
		acknowledged += len(past.acked)
		for r.IntN(3) == 0 { // and anywhere in its recovery
			twice++
			dying := launchChild(t, dir)
			time.Sleep(time.Duration(r.IntN(150)) * time.Millisecond)
			dying.kill(t)
		}
		tasks = m.check(t, dir, past, tasks)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d kills and %d of the recovering, %d acknowledged writes, %d tasks", rounds, twice, acknowledged, tasks)
}

// check opens the directory, lets the queue drain, does the new tasks to the model and compares. It returns the next task's uid.
func (m model) check(t *testing.T, dir string, past *history, from uint64) uint64 {
	t.Helper()
	h := openHarnessOnce(t, dir)
	defer func() {
		if err := h.e.Close(); err != nil {
			t.Error(err)
		}
	}()
	var list struct{ Results []taskView }
	h.ok("GET", fmt.Sprintf("/tasks?reverse=true&limit=100000&from=%d", from), nil, &list)
	for _, v := range list.Results {
		if v.UID != from {
			t.Fatalf("task %d is missing", from)
		}
		from++
		v = h.ended(v.UID)
		o, ok := past.of(v)
		if !ok {
			t.Fatalf("nobody sent task %d: %+v", v.UID, v)
		}
		code := ""
		if v.Error != nil {
			code = v.Error.Code
		}
		if want := o.apply(m); code != want || (v.Status == statusSucceeded) != (want == "") {
			t.Errorf("task %d, %s %s: %s %q, want %q", v.UID, o.method, o.path, v.Status, code, want)
		}
	}
	for uid := range past.acked {
		t.Errorf("task %d was acknowledged and is lost", uid)
	}
	clear(past.flying) // what no task came of never arrived
	var there struct{ Results []indexView }
	h.ok("GET", "/indexes", nil, &there)
	if len(there.Results) != len(m) {
		t.Errorf("indexes %+v, want %d", there.Results, len(m))
	}
	for uid, want := range m {
		var got struct {
			Results []object
			Total   int
		}
		h.ok("POST", "/indexes/"+uid+"/documents/fetch", object{"limit": 100000}, &got)
		docs := map[string]object{}
		for _, d := range got.Results {
			docs[d["id"].(string)] = d
		}
		if got.Total != len(got.Results) || got.Total != len(docs) || !reflect.DeepEqual(docs, plain(t, want.docs)) {
			t.Errorf("index %s holds %d documents\n%v\nwant\n%v", uid, got.Total, docs, want.docs)
		}
		var filterable []string
		h.ok("GET", "/indexes/"+uid+"/settings/filterable-attributes", nil, &filterable)
		if !reflect.DeepEqual(filterable, want.filterable) {
			t.Errorf("index %s: filterable %v, want %v", uid, filterable, want.filterable)
		}
		if !slices.Contains(filterable, "w") {
			continue
		}
		counts := map[string]int{}
		for _, d := range want.docs {
			if w, ok := d["w"]; ok {
				counts[fmt.Sprint(w)]++
			}
		}
		found := h.search(uid, object{"facets": []string{"w"}})
		if *found.EstimatedTotalHits != len(want.docs) || !maps.Equal(found.FacetDistribution["w"], counts) {
			t.Errorf("index %s: %d found, counts %v, want %d, %v", uid, *found.EstimatedTotalHits, found.FacetDistribution["w"], len(want.docs), counts)
		}
	}
	return from
}

// plain is the documents as JSON gives them back.
func plain(t *testing.T, docs map[string]object) map[string]object {
	t.Helper()
	raw, err := json.Marshal(docs)
	out := map[string]object{}
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}
