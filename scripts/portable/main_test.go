package main

import "testing"

// TestPageIsFresh: docs/portable-sql.md is what the engine's tables say.
func TestPageIsFresh(t *testing.T) {
	t.Chdir("../..")
	if err := run(true); err != nil {
		t.Error(err)
	}
}
