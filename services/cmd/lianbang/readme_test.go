package main

import (
	"os"
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
