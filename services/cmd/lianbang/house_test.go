package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "lianbang/"

// TestHouse holds every import to the layout of the house: who may import whom, and which third-party packages have one door.
func TestHouse(t *testing.T) {
	seen := 0
	for file, imports := range importsOf(t) {
		for _, imported := range imports {
			if why := refused(file, imported); why != "" {
				t.Errorf("%s imports %s: %s", file, imported, why)
			}
			seen++
		}
	}
	if seen < 500 {
		t.Fatalf("only %d imports were read; the walk is broken", seen)
	}
}

// TestHouseRefuses shows that the rules bite.
func TestHouseRefuses(t *testing.T) {
	for file, imported := range map[string]string{
		"services/demand/service.go":          "lianbang/services/account",
		"services/demand/demand.go":           "github.com/gofiber/fiber/v2",
		"services/demand/store.go":            "lianbang/search",
		"services/platform/rest/app.go":       "lianbang/services/demand",
		"services/platform/fault/fault.go":    "lianbang/gateway",
		"search/engine/server.go":             "lianbang/services/platform/fault",
		"search/query.go":                     "lianbang/services/demand/api",
		"gateway/gateway.go":                  "lianbang/services/account/api",
		"seed/load.go":                        "lianbang/services/demand",
		"services/account/store.go":           "modernc.org/sqlite",
		"services/notify/service.go":          "github.com/meilisearch/meilisearch-go",
		"search/text/token.go":                "lianbang/services/platform/docstore",
		"services/platform/docstore/mongo.go": "github.com/meilisearch/meilisearch-go",
		"services/platform/rest/network.go":   "go.opentelemetry.io/otel",
	} {
		if refused(file, imported) == "" {
			t.Errorf("%s may import %s", file, imported)
		}
	}
}

// refused says why a file may not import a package; empty when it may.
func refused(file, imported string) string {
	dir, name := path.Dir(file), path.Base(file)
	test := strings.HasSuffix(name, "_test.go")
	switch {
	case strings.HasPrefix(imported, "go.mongodb.org/"), strings.HasPrefix(imported, "modernc.org/sqlite"):
		if !strings.HasPrefix(dir, "services/platform/docstore") {
			return "only docstore knows the databases"
		}
	case strings.HasPrefix(imported, "github.com/meilisearch/"):
		if dir != "search" && (!test || dir != "search/engine") {
			return "only search speaks to the search server"
		}
	case strings.HasPrefix(imported, "go.opentelemetry.io/"):
		if dir != "services/platform/trace" && !test {
			return "only trace knows OpenTelemetry"
		}
	case strings.HasPrefix(imported, "github.com/gofiber/"), strings.HasPrefix(imported, "github.com/valyala/fasthttp"):
		rooms := []string{"services/platform/rest", "services/platform/rest/resttest", "services/platform/host", "gateway", "search/engine"}
		if !slices.Contains(rooms, dir) && name != "http.go" && !strings.HasSuffix(name, ".gen.go") && !test {
			return "only the HTTP side of a room knows Fiber"
		}
	case strings.HasPrefix(imported, module):
		return refusedRoom(dir, strings.TrimPrefix(imported, module), test)
	}
	return ""
}

func refusedRoom(dir, imported string, test bool) string {
	platform := strings.HasPrefix(imported, "services/platform/")
	contract := strings.HasPrefix(imported, "services/") && strings.HasSuffix(imported, "/api") || imported == "search/api"
	language := imported == "search/text" // pure functions on Chinese text: what is folded alike in search is folded alike everywhere
	within := func(room string) bool { return dir == room || strings.HasPrefix(dir, room+"/") }
	own := func(room string) bool { return imported == room || strings.HasPrefix(imported, room+"/") }
	switch {
	case within("services/cmd"):
		return ""
	case within("services/platform"):
		if !platform {
			return "the kernel knows no room"
		}
	case within("services"):
		room := strings.Join(strings.SplitN(dir, "/", 3)[:2], "/")
		if !platform && !contract && !language && !own(room) {
			return "a service knows the kernel, the language and the others' contracts, never their insides"
		}
	case within("search/engine"):
		if !own("search/engine") {
			return "the engine knows nothing of ours"
		}
	case within("search/text"), within("search/match"), within("search/cmd"):
		if !own("search") {
			return "text and matching are pure"
		}
	case within("search"):
		if !platform && !own("search") {
			return "search knows the kernel and itself"
		}
	case within("gateway"):
		if !platform && !own("gateway") {
			return "the edge knows the kernel only"
		}
	case within("seed"):
		if !contract && !own("seed") && (!test || !platform) {
			return "demo content goes through the public API"
		}
	case within("frontend"):
		return "the front end imports no Go of ours"
	default:
		return "there is no such room in the house"
	}
	return ""
}

// importsOf reads the imports of every Go file of the module, by its path from the module's root.
func importsOf(t *testing.T) map[string][]string {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, nested := os.Stat(filepath.Join(p, "go.mod"))
			if d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") || p != root && nested == nil {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(p) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			all[filepath.ToSlash(rel)] = append(all[filepath.ToSlash(rel)], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
