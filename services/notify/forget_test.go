package notify

import (
	"net/http"
	"strings"
	"testing"
)

// After account erased a person, its inbox says nothing any more; others' stay.
func TestForget(t *testing.T) {
	b := start4test(t)
	b.tell("e1", "member.invited", `{"recipients":[{"userId":"li"},{"userId":"wang"}],"params":{"orgName":"乙厂","byName":"周工"}}`).Want(http.StatusNoContent)
	for range 2 {
		b.tell("e2", personErased, `{"userId":"li"}`).Want(http.StatusNoContent)
	}
	if text := string(b.user(li).Get("/api/v1/inbox").Want(http.StatusOK).Body); strings.Contains(text, "周工") || strings.Contains(text, "乙厂") {
		t.Errorf("left: %s", text)
	}
	if text := string(b.user(wang).Get("/api/v1/inbox").Want(http.StatusOK).Body); !strings.Contains(text, "乙厂") {
		t.Errorf("another person's is gone: %s", text)
	}
	b.tell("e3", personErased, `{}`).Want(http.StatusUnprocessableEntity)
}
