package account

import (
	"fmt"
	"testing"
	"time"

	"lianbang/services/platform/fault"
)

func TestThrottleSlowsGuessing(t *testing.T) {
	now := noon
	th := newThrottle(func() time.Time { return now })
	keys := map[pace]string{pairPace: "13800138000 10.0.0.1", loginPace: "13800138000", addressPace: "10.0.0.1"}
	tries := 0
	for end := noon.Add(24 * time.Hour); now.Before(end); {
		_, err := th.Begin(keys)
		if err == nil {
			tries++
			continue
		}
		f := fault.As(err)
		if f.Kind != fault.TooMany || f.Code != "auth.too_many_attempts" || f.RetryAfter < 1 {
			t.Fatalf("%+v", f)
		}
		now = now.Add(time.Duration(f.RetryAfter) * time.Second)
	}
	if tries < 50 || tries > 150 {
		t.Errorf("a patient guesser had %d tries in a day", tries)
	}
}

func TestThrottleForgives(t *testing.T) {
	now := noon
	th := newThrottle(func() time.Time { return now })
	keys := map[pace]string{pairPace: "x", loginPace: "y", addressPace: "z"}
	for range 1000 { // somebody who knows the password is never held up
		begun, err := th.Begin(keys)
		if err != nil {
			t.Fatal(err)
		}
		begun.Forgive()
	}
	for range pairPace.free + 1 {
		if _, err := th.Begin(keys); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := th.Begin(keys); err == nil {
		t.Fatal("not slowed after the free failures")
	}
	now = now.Add(pairPace.forget + time.Minute)
	for range pairPace.free {
		if _, err := th.Begin(keys); err != nil {
			t.Fatalf("not forgotten after an hour: %v", err)
		}
	}
}

// One account guessed at from many addresses still slows down, and its own person waits a minute at most.
func TestThrottleManyAddresses(t *testing.T) {
	now := noon
	th := newThrottle(func() time.Time { return now })
	tries := 0
	for i := range 100000 {
		address := fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)
		if _, err := th.Begin(map[pace]string{pairPace: "victim " + address, loginPace: "victim", addressPace: address}); err == nil {
			tries++
		}
		now = now.Add(100 * time.Millisecond)
	}
	if tries > 250 { // 10,000 s are 167 minutes, and the free ones
		t.Errorf("%d tries from 100,000 addresses", tries)
	}
	if wait := th.keys["login:victim"].Value.(*failures).until.Sub(now); wait > time.Minute {
		t.Errorf("its person waits %s", wait)
	}
}

func TestThrottleIsBounded(t *testing.T) {
	th := newThrottle(func() time.Time { return noon })
	th.most = 1000
	for i := range 10000 {
		if _, err := th.Begin(map[pace]string{pairPace: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(th.keys) != 1000 || th.used.Len() != 1000 {
		t.Errorf("%d keys, %d in order", len(th.keys), th.used.Len())
	}
	if _, ok := th.keys["pair:9999"]; !ok {
		t.Error("the newest was forgotten")
	}
}

func TestThrottleRefusalCountsNothing(t *testing.T) {
	now := noon
	th := newThrottle(func() time.Time { return now })
	for range pairPace.free + 3 {
		_, _ = th.Begin(map[pace]string{pairPace: "x"})
	}
	until := th.keys["pair:x"].Value.(*failures).until
	for range 100 {
		_, _ = th.Begin(map[pace]string{pairPace: "x"})
	}
	if got := th.keys["pair:x"].Value.(*failures).until; !got.Equal(until) {
		t.Errorf("being refused made it longer: %s, then %s", until, got)
	}
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{"10.0.0.1": "10.0.0.1", "::ffff:10.0.0.1": "10.0.0.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1": "2001:db8:1:2::/64", "somewhere": "somewhere", "": ""} {
		if got := network(address); got != want {
			t.Errorf("%q is %q, want %q", address, got, want)
		}
	}
}
