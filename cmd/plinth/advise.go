package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/plinth-dev/plinth"
)

// advise prints findings; its exit code is 1 where one is as bad as --fail-on says.
func advise(ctx context.Context, env environment, args []string) int {
	var failOn, path string
	var asJSON, live bool
	f, rest, err := parse(env, "advise", args, func(fs *flag.FlagSet) {
		fs.StringVar(&failOn, "fail-on", "error", "")
		fs.BoolVar(&asJSON, "json", false, "")
		fs.BoolVar(&live, "live", false, "")
		fs.StringVar(&path, "log-file", "", "")
	})
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	worst, err := plinth.ParseLevel(failOn)
	if err != nil {
		return failed(env, errUsage{err.Error()})
	}
	var log io.Reader
	if path != "" {
		file, err := os.Open(path)
		if err != nil {
			return failed(env, err)
		}
		defer file.Close()
		log = file
	}
	list, err := plinth.Advise(ctx, f.Config, live, log)
	if err != nil {
		return failed(env, err)
	}
	code := 0
	for _, found := range list {
		if found.Level >= worst {
			code = 1
		}
	}
	if asJSON {
		if list == nil {
			list = []plinth.Finding{}
		}
		enc := json.NewEncoder(env.stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(list); err != nil {
			return failed(env, err)
		}
		return code
	}
	for _, found := range list {
		fmt.Fprintf(env.stdout, "%-8s %s: %s (%s)\n", found.Level, found.Object, found.Message, found.Rule)
		if found.Fix != "" {
			fmt.Fprintf(env.stdout, "         %s;\n", found.Fix)
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(env.stdout, "nothing to do better")
	}
	return code
}
