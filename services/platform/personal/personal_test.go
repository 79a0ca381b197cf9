package personal

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/docstore"
)

var li = Who{UserID: "u1", Names: []string{"李明", "欧阳问渠"}, Phones: []string{"13800138000"}, Emails: []string{"li@example.com"}, Organisations: []string{"o1"}}

func TestTake(t *testing.T) {
	for name, c := range map[string]struct{ in, out string }{
		"nothing of the person":                 {`{"a":"李明","n":12345678901234567}`, ``},
		"its name beside its id, which stays":   {`{"history":[{"by":"u1","name":"李明","n":12345678901234567}]}`, `{"history":[{"by":"u1","n":12345678901234567,"name":"已注销用户"}]}`},
		"its name in its organisation":          {`{"contact":{"name":"李明","phone":"0574-1"},"orgId":"o1"}`, `{"contact":{"name":"已注销用户","phone":"0574-1"},"orgId":"o1"}`},
		"its name in another's":                 {`{"contact":{"name":"李明"},"orgId":"o2"}`, ``},
		"a contact that is its number":          {`{"contact":{"name":"小李","phone":"13800138000","email":"x@y.cn"}}`, `{"contact":{"email":"","name":"","phone":""}}`},
		"an organisation's name beside a phone": {`{"name":"甲公司","orgId":"o9","contactName":"小李","contactPhone":"13800138000"}`, `{"contactName":"","contactPhone":"","name":"甲公司","orgId":"o9"}`},
		"within words":                          {`{"text":"电话 138 0013-8000，Li@Example.com <找李明>","by":"u1"}`, `{"by":"u1","text":"电话 ［已删除］，［已删除］ <找李明>"}`},
		"a name that is no word, in prose":      {`{"text":"找欧阳问渠","by":"u1"}`, `{"by":"u1","text":"找已注销用户"}`},
		"not within a longer number":            {`{"code":"9138001380001","by":"u1"}`, ``},
		"inside JSON kept as text":              {`{"audience":"o:o1","params":"{\"userName\":\"李明\",\"n\":3}"}`, `{"audience":"o:o1","params":"{\"n\":3,\"userName\":\"已注销用户\"}"}`},
	} {
		got, err := Take(li, json.RawMessage(c.in))
		if err != nil || string(got) != c.out {
			t.Errorf("%s:\n got %s %v\nwant %s", name, got, err, c.out)
		}
		if c.out != "" {
			if again, err := Take(li, got); again != nil || err != nil {
				t.Errorf("%s: taken out twice: %s %v", name, again, err)
			}
		}
	}
}

func TestFind(t *testing.T) {
	found, err := Find(li, json.RawMessage(`{"history":[{"by":"u1","name":"李明","action":"publish"}],"contact":{"phone":"13800138000"}}`))
	var all []string
	for _, f := range found {
		all = append(all, f.Path+"="+f.Value)
	}
	if want := []string{`contact.phone=13800138000`, `history[0].by={"action":"publish"}`, `history[0].name=李明`}; err != nil || !slices.Equal(all, want) {
		t.Errorf("%q %v", all, err)
	}
}

// The sweep reaches every collection, goes on where it stopped, leaves the log of decisions alone and takes names out of events not yet told.
func TestSweep(t *testing.T) {
	type note struct {
		By   string `json:"by"`
		Name string `json:"name"`
	}
	db, err := docstore.Open(t.Context(), docstore.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "s.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(t.Context()) })
	open := func(name string) *docstore.Collection[note] {
		c, err := docstore.NewCollection[note](t.Context(), db, docstore.Spec{Name: name, Version: 1, Searchable: name == "b"})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first, second, decisions := open("a"), open("b"), open(log)
	planted := note{By: "u1", Name: "李明"}
	for _, c := range []*docstore.Collection[note]{first, second} {
		if _, err := c.Insert(t.Context(), "1", planted, docstore.Emit("noted", planted)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := decisions.Insert(t.Context(), "1", planted); err != nil {
		t.Fatal(err)
	}
	var others []string
	for i := range docstore.MaxSweep {
		others = append(others, fmt.Sprintf("x%04d", i))
	}
	if err := docstore.Together(others, func(id string) error {
		_, err := first.Insert(t.Context(), id, note{Name: "别人"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	stretches, changed, listed := 0, 0, 0
	for _, erase := range []bool{false, true, true} {
		r := Request{Who: li, Erase: erase}
		for {
			a, err := Sweep(t.Context(), db, r)
			if err != nil {
				t.Fatal(err)
			}
			stretches, changed, listed = stretches+1, changed+a.Changed, listed+len(a.Items)
			if r.After = a.Next; r.After == "" {
				break
			}
		}
	}
	if stretches != 6 || changed != 2 || listed != 8 {
		t.Errorf("%d stretches, %d changed, %d listed", stretches, changed, listed)
	}
	if d, err := second.Get(t.Context(), "1"); err != nil || d.Body != (note{By: "u1", Name: Erased}) || d.Rev != 2 {
		t.Errorf("%+v %v", d, err)
	}
	if d, err := decisions.Get(t.Context(), "1"); err != nil || d.Body.Name != "李明" {
		t.Errorf("the log was touched: %+v %v", d, err)
	}
	// What was still to be told of the two documents is told without the name.
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	told := make(chan string, 8)
	relay := docstore.NewRelay(db, docstore.RelayOptions{Poll: time.Millisecond, Deliver: func(_ context.Context, e docstore.Event) error { told <- string(e.Data); return nil }})
	done := make(chan error, 1)
	go func() { done <- relay.Run(ctx) }()
	for range 2 {
		select {
		case data := <-told:
			if strings.Contains(data, "李明") {
				t.Errorf("an event still says %s", data)
			}
		case <-ctx.Done():
			t.Fatal("the events were not told")
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
