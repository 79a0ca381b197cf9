package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"lianbang/services/platform/seal"
)

func key(t *testing.T, fill byte) seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatIsSealedOpensInItsPlaceAlone(t *testing.T) {
	ring := seal.Ring{key(t, 1)}
	box, wrapped, err := ring.NewBox("demand 1")
	if err != nil {
		t.Fatal(err)
	}
	content := []byte("a price nobody may know yet")
	sealed := box.Seal(content, "bid", "plan")
	if again := box.Seal(content, "bid", "plan"); bytes.Equal(sealed, again) {
		t.Error("the same content is sealed alike twice: a reader could tell that nothing changed")
	}
	if bytes.Contains(sealed, content[:8]) {
		t.Error("the content can be read")
	}
	same, err := ring.Box("demand 1", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := same.Open(sealed, "bid", "plan"); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%q %v", got, err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, try := range map[string]func() error{
		"another place":  func() error { _, err := same.Open(sealed, "bid", "price"); return err },
		"another bid":    func() error { _, err := same.Open(sealed, "other", "plan"); return err },
		"a changed byte": func() error { _, err := same.Open(changed, "bid", "plan"); return err },
		"nothing":        func() error { _, err := same.Open(nil, "bid", "plan"); return err },
		"another demand": func() error { _, err := ring.Box("demand 2", wrapped); return err },
		"another key's":  func() error { _, err := seal.Ring{key(t, 2)}.Box("demand 1", wrapped); return err },
		"a forged key id": func() error {
			w := wrapped
			w.KeyID = key(t, 2).ID()
			_, err := seal.Ring{key(t, 2)}.Box("demand 1", w)
			return err
		},
	} {
		if err := try(); !errors.Is(err, seal.ErrSealed) && !errors.Is(err, seal.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if box.Blind("x") != same.Blind("x") || box.Blind("x") == box.Blind("y") {
		t.Error("a blinded fingerprint does not tell contents apart")
	}
}

func TestMasterKeysAreChanged(t *testing.T) {
	before, after := key(t, 1), key(t, 2)
	box, wrapped, err := seal.Ring{before}.NewBox("d")
	if err != nil {
		t.Fatal(err)
	}
	sealed := box.Seal([]byte("kept"), "bid")
	moved, err := seal.Ring{after, before}.Rewrap("d", wrapped)
	if err != nil || moved.KeyID != after.ID() {
		t.Fatalf("%+v %v", moved, err)
	}
	if _, err := (seal.Ring{before}).Box("d", moved); !errors.Is(err, seal.ErrKey) {
		t.Errorf("the former key still opens: %v", err)
	}
	box, err = seal.Ring{after}.Box("d", moved)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := box.Open(sealed, "bid"); err != nil || string(got) != "kept" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := seal.NewKey([]byte("short")); err == nil {
		t.Error("a short key is taken")
	}
	if (seal.Key{}).Zero() == after.Zero() {
		t.Error("no key looks like one")
	}
}
