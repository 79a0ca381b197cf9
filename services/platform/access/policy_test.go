package access

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// specifications are the OpenAPI files of all services; an operation of theirs without a policy row is refused to everybody, and a row
// without an operation opens nothing.
func specifications(t *testing.T) []string {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	services, err := filepath.Glob(filepath.Join(root, "services", "*", "api", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	others, err := filepath.Glob(filepath.Join(root, "*", "api", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(services) < 3 || len(others) < 1 {
		t.Fatalf("found %v and %v", services, others)
	}
	return append(services, others...)
}

func TestPolicyIsComplete(t *testing.T) {
	where := map[string]string{} // operation id → file
	for _, file := range specifications(t) {
		spec, err := openapi3.NewLoader().LoadFromFile(file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for path, item := range spec.Paths.Map() {
			for method, op := range item.Operations() {
				id := op.OperationID
				if other, twice := where[id]; twice {
					t.Errorf("%s is in %s and in %s", id, other, file)
				}
				where[id] = file
				row, ok := Policy[id]
				if !ok {
					t.Errorf("%s %s (%s) has no policy row", method, path, id)
					continue
				}
				internal := strings.HasPrefix(path, "/internal/")
				open := func(a Actor) bool { return slices.ContainsFunc(row.Who, func(w Who) bool { return w(a) }) }
				if internal != (open(Actor{Service: "s"}) && !open(identities["owner"]) && !open(identities["city operator"])) {
					t.Errorf("%s %s: internal paths are for peers alone, and only those", method, path)
				}
				// The specification's own word on signing in must fit the table: documentation and rule are one.
				anonymous := op.Security != nil && slices.ContainsFunc(*op.Security, func(s openapi3.SecurityRequirement) bool { return len(s) == 0 })
				if anonymous != open(Actor{}) {
					t.Errorf("%s %s: the specification says anonymous %v, the table %v", method, path, anonymous, open(Actor{}))
				}
			}
		}
	}
	for id := range Policy {
		if where[id] == "" {
			t.Errorf("%s has a policy row and no operation", id)
		}
	}
}

// columns are the identities the matrix shows, in order.
var columns = []string{"guest", "person", "member", "verified member", "admin", "owner", "expert", "platform staff", "district operator", "city operator", "peer"}

// TestMatrix writes the table out, role by operation, as people read it. The file is reviewed like code; run with
// LIANBANG_TEST_GOLDEN=write to write it anew.
func TestMatrix(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("# Who may call what\n\nWritten by TestMatrix from policy.go. ✓: the operation may be called; what it reaches is the last column, and the service that\n" +
		"holds the thing enforces it. Member: of a chain-leader-less SME; admin: of a chain leader; owner: of a verified university and provider.\n\n| operation |")
	for _, c := range columns {
		b.WriteString(" " + c + " |")
	}
	b.WriteString(" on |\n|---|" + strings.Repeat("---|", len(columns)+1) + "\n")
	for _, op := range slices.Sorted(maps.Keys(Policy)) {
		b.WriteString("| " + op + " |")
		for _, c := range columns {
			mark := ""
			if Check(identities[c], op) == nil {
				mark = "✓"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		fmt.Fprintf(&b, " %s |\n", Policy[op].On)
	}
	path := filepath.Join("testdata", "matrix.golden.md")
	if os.Getenv("LIANBANG_TEST_GOLDEN") == "write" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s does not say what is; if the change is meant, write it anew with LIANBANG_TEST_GOLDEN=write and read the difference", path)
	}
}
