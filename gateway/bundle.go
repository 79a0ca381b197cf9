package gateway

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lianbang/services/platform/rest"
)

// Bundle joins the services' specifications into the one document outsiders read. Internal paths are left out. A component
// that two services define differently gets the second service's name before it.
func Bundle(specs map[string][]byte) ([]byte, error) {
	paths, tags := map[string]any{}, []any{}
	merged := map[string]map[string]any{} // kind → name → definition
	for _, service := range slices.Sorted(maps.Keys(specs)) {
		var doc struct {
			Paths      map[string]map[string]any `json:"paths"`
			Components map[string]map[string]any `json:"components"`
		}
		if err := json.Unmarshal(specs[service], &doc); err != nil {
			return nil, fmt.Errorf("gateway: the specification of %s: %w", service, err)
		}
		tags = append(tags, map[string]any{"name": service})
		renames := clashes(service, doc.Components, merged)
		for path, item := range doc.Paths {
			if strings.HasPrefix(path, "/internal/") {
				continue
			}
			for _, op := range item {
				if op, ok := op.(map[string]any); ok && op["operationId"] != nil {
					op["tags"] = []any{service}
					if id, ok := op["operationId"].(string); ok && id != "" {
						op["operationId"] = rest.OperationID(id)
					}
				}
			}
			paths[path] = pointed(item, renames)
		}
		for kind, named := range doc.Components {
			if merged[kind] == nil {
				merged[kind] = map[string]any{}
			}
			for name, def := range named {
				if renamed, ok := renames[ref(kind, name)]; ok {
					name = renamed[strings.LastIndex(renamed, "/")+1:]
				}
				merged[kind][name] = pointed(def, renames)
			}
		}
	}
	return json.Marshal(map[string]any{"openapi": "3.0.3",
		"info": map[string]any{"title": "Lianbang 链榜", "version": "1",
			"description": "The open API of Lianbang: demand lists, 揭榜, provider pool, search and matching. What is public is readable without signing in."},
		"servers": []any{map[string]any{"url": "/"}}, "tags": tags, "paths": paths, "components": merged})
}

func ref(kind, name string) string { return "#/components/" + kind + "/" + name }

// clashes maps the references of one service's components that must be renamed: those another service defines differently,
// and, until nothing changes, those that point at one of these.
func clashes(service string, own, merged map[string]map[string]any) map[string]string {
	renames := map[string]string{}
	for again := true; again; {
		again = false
		for kind, named := range own {
			for name, def := range named {
				other, taken := merged[kind][name]
				if _, done := renames[ref(kind, name)]; !taken || done || same(pointed(def, renames), other) {
					continue
				}
				renames[ref(kind, name)] = ref(kind, strings.ToUpper(service[:1])+service[1:]+name)
				again = true
			}
		}
	}
	return renames
}

// pointed is a copy of a JSON value with its $ref strings renamed.
func pointed(v any, renames map[string]string) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			if target, ok := item.(string); ok && k == "$ref" {
				if to, renamed := renames[target]; renamed {
					item = to
				}
			}
			out[k] = pointed(item, renames)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = pointed(item, renames)
		}
		return out
	default:
		return v
	}
}

func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
