package engine

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const integrationList = "testdata/meilisearch_go_integration.txt"

// fewIntegrationTests run every time; all of the list under LIANBANG_PROVE=1.
var fewIntegrationTests = []string{
	"TestIndex_SearchFacets", "TestIndex_SearchWithFilters", "TestIndex_UpdateFilterableAttributes", "Test_SwapIndexes", "Test_GetTasks",
	"TestIndex_DeleteDocumentsByFilter", "TestGetBatches",
}

// minIntegrationPasses is how many passes the list holds; it may only rise.
const minIntegrationPasses = 103

// TestMeilisearchGoIntegration runs the tests of the client we use against the
// engine, one process per test: a test of theirs that panics ends the others.
func TestMeilisearchGoIntegration(t *testing.T) {
	t.Parallel()
	passes, known := readIntegrationList(t)
	if len(passes) < minIntegrationPasses {
		t.Errorf("%d tests pass, there were %d", len(passes), minIntegrationPasses)
	}
	binary, dir := buildIntegration(t)
	out, err := exec.Command(binary, "-test.list", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		if !known[name] {
			t.Errorf("%s is not in %s", name, integrationList)
		}
	}
	run := passes
	if !provingGround() {
		run = fewIntegrationTests
	}
	server := startChild(t, t.TempDir())
	for _, name := range run {
		if !slices.Contains(passes, name) {
			t.Errorf("%s is not among the passes", name)
		}
		cmd := exec.Command(binary, "-test.count=1", "-test.timeout=120s", "-test.run=^"+name+"$")
		cmd.Dir = dir // they read their own testdata
		cmd.Env = append(os.Environ(), "MEILISEARCH_URL="+server.url)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func readIntegrationList(t *testing.T) (passes []string, known map[string]bool) {
	t.Helper()
	f, err := os.Open(integrationList)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	known = map[string]bool{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		kind, rest, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		name, reason, _ := strings.Cut(strings.TrimSpace(rest), ":")
		switch kind {
		case "pass":
			passes = append(passes, name)
		case "out":
			if reason == "" {
				t.Errorf("%s is out of scope for no reason", name)
			}
		default:
			continue
		}
		known[name] = true
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return passes, known
}

// buildIntegration compiles the client's integration tests in its own module,
// whose test dependencies are not ours.
func buildIntegration(t *testing.T) (binary, dir string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/meilisearch/meilisearch-go").Output()
	if err != nil {
		t.Fatalf("find meilisearch-go: %v", err)
	}
	module := strings.TrimSpace(string(out))
	binary = filepath.Join(t.TempDir(), "integration.test")
	build := exec.Command("go", "test", "-c", "-o", binary, "./integration")
	build.Dir = module
	build.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "dial tcp") || strings.Contains(string(out), "module lookup disabled") {
			t.Skipf("the client's test dependencies cannot be fetched here: %s", out)
		}
		t.Fatalf("build the client's tests: %v\n%s", err, out)
	}
	return binary, filepath.Join(module, "integration")
}
