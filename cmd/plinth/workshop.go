package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/plinth-dev/plinth"
)

func database(ctx context.Context, env environment, args []string) int {
	if len(args) == 0 {
		return failed(env, usageError(nil, []string{"db needs diff, dump, reset or seed"}))
	}
	var rows bool
	f, rest, err := parse(env, "db", args[1:], func(fs *flag.FlagSet) { fs.BoolVar(&rows, "rows", false, "") })
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	switch args[0] {
	case "diff":
		return printed(env)(plinth.Diff(ctx, f.Config))
	case "dump":
		return said(env)(nil, plinth.Dump(ctx, f.Config, rows, env.stdout))
	case "reset":
		return said(env)(plinth.Reset(ctx, f.Config))
	case "seed":
		return said(env)(plinth.Seed(ctx, f.Config))
	}
	return failed(env, usageError(nil, args[:1]))
}

func printed(env environment) func(text string, err error) int {
	return func(text string, err error) int {
		if err != nil {
			return failed(env, err)
		}
		fmt.Fprint(env.stdout, text)
		return 0
	}
}

func generate(ctx context.Context, env environment, args []string) int {
	if len(args) == 0 || args[0] != "types" {
		return failed(env, usageError(nil, []string{"gen needs types"}))
	}
	var lang, schemas string
	var live bool
	f, rest, err := parse(env, "gen", args[1:], func(fs *flag.FlagSet) {
		fs.StringVar(&lang, "lang", "typescript", "")
		fs.StringVar(&schemas, "schema", "", "")
		fs.BoolVar(&live, "live", false, "")
	})
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	var list []string
	if schemas != "" {
		list = strings.Split(schemas, ",")
	}
	return printed(env)(plinth.Types(ctx, f.Config, lang, list, live))
}

func initProject(env environment, args []string) int {
	var ci string
	f, rest, err := parse(env, "init", args, func(fs *flag.FlagSet) { fs.StringVar(&ci, "ci", "", "") })
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	dir := f.Project
	if dir == "" {
		dir = "."
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return failed(env, err)
	}
	return said(env)(plinth.Init(dir, ci))
}
