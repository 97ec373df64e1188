package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"

	"github.com/plinth-dev/plinth"
)

// migrateCheck reports statement by statement what of a project runs on SQLite; its
// exit code is 1 where something does not.
func migrateCheck(ctx context.Context, env environment, args []string) int {
	var asJSON, strict bool
	f, rest, err := parse(env, "migrate", args, func(fs *flag.FlagSet) {
		fs.BoolVar(&asJSON, "json", false, "")
		fs.BoolVar(&strict, "fail-on-contract", false, "")
	})
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	list, err := plinth.Check(ctx, f.Config)
	if err != nil {
		return failed(env, err)
	}
	steps, err := plinth.Contracts(ctx, f.Config)
	if err != nil {
		return failed(env, err)
	}
	code := 0
	if strict && len(steps) > 0 {
		code = 1
	}
	for _, v := range list {
		if !v.Runs() {
			code = 1
		}
	}
	for _, s := range steps {
		list = append(list, plinth.Verdict{File: s.File, Line: s.Line, Column: s.Col, State: "contract", Message: s.What, Hint: s.Hint})
	}
	if asJSON {
		enc := json.NewEncoder(env.stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if list == nil {
			list = []plinth.Verdict{}
		}
		if err := enc.Encode(list); err != nil {
			return failed(env, err)
		}
		return code
	}
	report(env, list)
	return code
}

// report prints what does not run, and what runs with a note.
func report(env environment, list []plinth.Verdict) {
	count := map[string]int{}
	for _, v := range list {
		count[v.State]++
		switch {
		case v.State == "contract":
			fmt.Fprintf(env.stdout, "contract: %s:%d:%d: %s\n  hint: %s\n", v.File, v.Line, v.Column, v.Message, v.Hint)
		case v.State == "note":
			fmt.Fprintf(env.stdout, "note: %s:%d:%d: %s\n", v.File, v.Line, v.Column, v.Message)
		case !v.Runs():
			fmt.Fprintf(env.stderr, "%s %s:%d:%d: %s (%s)\n  %s\n", v.State, v.File, v.Line, v.Column, v.Message, v.Code, v.Statement)
			if v.Hint != "" {
				fmt.Fprintf(env.stderr, "  hint: %s\n", v.Hint)
			}
		}
	}
	total := len(list) - count["contract"]
	if count["ok"]+count["note"] == total {
		fmt.Fprintf(env.stdout, "all migrations apply: %d statements\n", total)
		return
	}
	fmt.Fprintf(env.stdout, "%d of %d statements run on SQLite; %d refused, %d follow from that, %d failed\n",
		count["ok"]+count["note"], total, count["refused"], count["follows"], count["failed"])
}
