package account

import (
	"bytes"
	"context"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

func salt(n byte) []byte { return bytes.Repeat([]byte{n}, 16) }

func TestRotation(t *testing.T) {
	s, first, err := openSession("s1", "u1", "o1", noon)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := readRefreshToken(first.String()); err != nil || back.String() != first.String() {
		t.Fatalf("%v: %v", back, err)
	}
	second, reused, err := s.Rotate(first, salt(1), noon)
	if err != nil || reused || second.generation != 2 {
		t.Fatalf("%+v %v %v", second, reused, err)
	}
	// Another tab comes with the first token within ten seconds: it gets the very same second one, whatever salt it brings.
	before := s
	twin, reused, err := s.Rotate(first, salt(9), noon.Add(TabGrace))
	if err != nil || reused || twin.String() != second.String() || s != before {
		t.Fatalf("the second tab got %v, %v, %v", twin, reused, err)
	}
	third, reused, err := s.Rotate(second, salt(2), noon.Add(time.Minute))
	if err != nil || reused || third.generation != 3 || s.LastUsed != when.At(noon.Add(time.Minute)) {
		t.Fatalf("%+v %v %v", third, reused, err)
	}
	// Later it has been in two hands.
	if _, reused, err = s.Rotate(first, salt(3), noon.Add(time.Minute)); err != nil || !reused || s.Why != whyReuse {
		t.Fatalf("%v %v %+v", reused, err, s)
	}
	if _, _, err = s.Rotate(third, salt(3), noon.Add(time.Minute)); fault.KindOf(err) != fault.Unauthenticated {
		t.Fatalf("the newest token works after the session ended: %v", err)
	}
}

func TestReuseOfThePredecessorAfterGrace(t *testing.T) {
	s, first, _ := openSession("s1", "u1", "", noon)
	if _, _, err := s.Rotate(first, salt(1), noon); err != nil {
		t.Fatal(err)
	}
	if _, reused, err := s.Rotate(first, salt(2), noon.Add(TabGrace+time.Millisecond)); !reused || err != nil || s.Open(noon) {
		t.Fatalf("%v %v", reused, err)
	}
}

func TestForgeriesDoNotEndASession(t *testing.T) {
	s, first, _ := openSession("s1", "u1", "", noon)
	_, other, _ := openSession("s1", "u2", "", noon)
	before := s
	forged := []refreshToken{other, {session: "s1", generation: 1, family: other.family, secret: first.secret}, {session: "s1", generation: 7, family: salt(0), secret: make([]byte, 32)}}
	for _, f := range forged {
		if _, reused, err := s.Rotate(f, salt(1), noon); reused || fault.KindOf(err) != fault.Unauthenticated || s != before {
			t.Errorf("%+v: %v, %v", f, reused, err)
		}
	}
	// With the family key the caller held a token of ours once: a wrong secret or a generation that never was ends the session.
	for _, f := range []refreshToken{{session: "s1", generation: 1, family: first.family, secret: other.secret}, {session: "s1", generation: 2, family: first.family, secret: first.secret}} {
		s := before
		if _, reused, err := s.Rotate(f, salt(1), noon); !reused || err != nil {
			t.Errorf("%+v: %v, %v", f, reused, err)
		}
	}
}

func TestSessionsExpire(t *testing.T) {
	s, token, _ := openSession("s1", "u1", "", noon)
	now := noon
	var err error
	for range 1000 { // used daily, it ends all the same
		now = now.Add(24 * time.Hour)
		if token, _, err = s.Rotate(token, salt(1), now); err != nil {
			break
		}
	}
	if err == nil || now.Sub(noon) > SessionLife || now.Sub(noon) < SessionLife-24*time.Hour {
		t.Errorf("ended after %s: %v", now.Sub(noon), err)
	}
	s, token, _ = openSession("s1", "u1", "", noon)
	if _, _, err := s.Rotate(token, salt(1), noon.Add(SessionIdle)); err == nil {
		t.Error("an idle session was refreshed")
	}
}

// TestRotationModel walks random histories of an honest browser with several tabs and of a thief: the newest token always works until
// somebody comes with an old one late, and from then on none does.
func TestRotationModel(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	for range 500 {
		s, token, _ := openSession("s", "u", "", noon)
		all := []refreshToken{token}
		now, ended := noon, false
		for step := range 30 {
			now = now.Add(time.Duration(random.IntN(20)) * time.Second)
			i := len(all) - 1
			if random.IntN(4) == 0 {
				i = random.IntN(len(all))
			}
			rotated := s.Rotated.Time()
			next, reused, err := s.Rotate(all[i], salt(byte(step)), now)
			newest, justBefore := i == len(all)-1, i == len(all)-2 && now.Sub(rotated) <= TabGrace
			switch {
			case ended:
				if err == nil || reused {
					t.Fatal("an ended session answered")
				}
			case newest:
				if err != nil || reused {
					t.Fatalf("the newest token: %v %v", reused, err)
				}
				all = append(all, next)
			case justBefore:
				if err != nil || reused || next.String() != all[len(all)-1].String() {
					t.Fatalf("the second tab: %v %v", reused, err)
				}
			default:
				if !reused {
					t.Fatal("an old token was not noticed")
				}
				ended = true
			}
		}
	}
}

func FuzzReadRefreshToken(f *testing.F) {
	_, token, _ := openSession("0192aaaa-0000-7000-8000-000000000000", "u", "", noon)
	for _, s := range []string{token.String(), "", "...", "a.1.b.c", strings.Repeat(".", 300), "a.-1." + strings.Repeat("A", 22) + "." + strings.Repeat("A", 43)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		token, err := readRefreshToken(s)
		if err == nil && token.String() != s {
			t.Fatalf("%q has two spellings: %q", s, token)
		}
		if err != nil && fault.KindOf(err) != fault.Unauthenticated {
			t.Fatalf("%q: %v", s, err)
		}
	})
}

func TestPasswords(t *testing.T) {
	p := newPasswords(testCost)
	hash, err := p.Hash(t.Context(), "correct horse 电池")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("%s %v", hash, err)
	}
	twin, _ := p.Hash(t.Context(), "correct horse 电池")
	if twin == hash {
		t.Error("two hashes of one password are alike")
	}
	harder := newPasswords(cost{memory: 128, time: 2}) // a hash keeps the cost it was made with
	for password, want := range map[string]bool{"correct horse 电池": true, "correct horse 电": false, "": false} {
		if same, err := harder.Check(t.Context(), password, hash); err != nil || same != want {
			t.Errorf("%q: %v %v", password, same, err)
		}
	}
	if same, err := p.Check(t.Context(), "", ""); same || err != nil {
		t.Errorf("nobody's password: %v %v", same, err)
	}
	if _, err := p.Check(t.Context(), "x", "$2a$10$abc"); err == nil {
		t.Error("a hash of another kind was read")
	}
}

func TestHashingIsBounded(t *testing.T) {
	p := newPasswords(testCost)
	var now, most atomic.Int32
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() {
			err := p.bounded(t.Context(), func() {
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				runtime.Gosched()
				now.Add(-1)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if int(most.Load()) > cap(p.slots) {
		t.Errorf("%d at once, %d slots", most.Load(), cap(p.slots))
	}
	gone, cancel := context.WithCancel(t.Context())
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	cancel()
	if err := p.bounded(gone, func() { t.Error("ran") }); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a caller that went away: %v", err)
	}
}

func BenchmarkServerCost(b *testing.B) {
	p := newPasswords(serverCost)
	for b.Loop() {
		if _, err := p.Hash(b.Context(), "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
}
