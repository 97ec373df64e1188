package main

import (
	"context"
	"fmt"

	"github.com/plinth-dev/plinth"
)

// test runs SQL tests and prints them as TAP does, failures with what was had and
// wanted.
func test(ctx context.Context, env environment, args []string) int {
	f, paths, err := parse(env, "test", args)
	if err != nil {
		return failed(env, usageError(err, nil))
	}
	results, err := plinth.Test(ctx, f.Config, paths)
	if err != nil {
		return failed(env, err)
	}
	tests, bad := 0, 0
	for _, r := range results {
		bad += printResult(env, r)
		tests += len(r.Tests)
	}
	fmt.Fprintf(env.stdout, "%d tests in %d files, %d failed\n", tests, len(results), bad)
	if bad > 0 {
		return 1
	}
	return 0
}

// printResult returns how many things went wrong.
func printResult(env environment, r *plinth.TestResult) (bad int) {
	state := "ok"
	if r.Failed() {
		state = "not ok"
	}
	fmt.Fprintf(env.stdout, "%-6s %s (%d tests)\n", state, r.File, len(r.Tests))
	for i, t := range r.Tests {
		if t.OK || t.Todo {
			continue
		}
		bad++
		fmt.Fprintf(env.stdout, "  not ok %d - %s\n    at %s:%d\n", i+1, t.Name, r.File, t.Line)
		for _, d := range t.Diag {
			fmt.Fprintf(env.stdout, "    %s\n", d)
		}
	}
	if r.Err != nil {
		fmt.Fprintf(env.stdout, "  ended early: %s\n", plinth.Explain(r.Err))
		return bad + 1
	}
	if r.Plan >= 0 && r.Plan != len(r.Tests) {
		fmt.Fprintf(env.stdout, "  planned %d tests and ran %d\n", r.Plan, len(r.Tests))
		bad++
	}
	return bad
}
