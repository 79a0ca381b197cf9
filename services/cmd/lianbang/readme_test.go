package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lianbang/services/platform/host"
)

// TestReadmeListsEverySetting holds the README's configuration table to the program's own list.
func TestReadmeListsEverySetting(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), host.Describe()) {
		t.Error("the configuration table of README.md is not what `lianbang settings` prints")
	}
}

// TestChineseReadmeListsEverySetting: the same settings in the same order, explained in Chinese.
func TestChineseReadmeListsEverySetting(t *testing.T) {
	readme, err := os.ReadFile("../../../README.zh-CN.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "<!-- settings -->")
	table, _, _ = strings.Cut(table, "<!-- /settings -->")
	row := regexp.MustCompile("(?m)^\\| `(LIANBANG_[A-Z0-9_]+)` \\|")
	names := func(table string) (all []string) {
		for _, m := range row.FindAllStringSubmatch(table, -1) {
			all = append(all, m[1])
		}
		return all
	}
	if got, want := names(table), names(host.Describe()); !slices.Equal(got, want) {
		t.Errorf("README.zh-CN.md explains %v, the settings are %v", got, want)
	}
}
