package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"github.com/plinth-dev/plinth"
)

// files is the command storage.
func files(ctx context.Context, env environment, args []string) int {
	if len(args) == 0 || args[0] != "check" {
		return failed(env, usageError(nil, []string{"storage needs check"}))
	}
	var repair bool
	var grace time.Duration
	f, rest, err := parse(env, "storage check", args[1:], func(fs *flag.FlagSet) {
		fs.BoolVar(&repair, "repair", false, "")
		fs.DurationVar(&grace, "grace", time.Hour, "")
	})
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	report, err := plinth.CheckFiles(ctx, f.Config, repair, grace)
	if err != nil {
		return failed(env, err)
	}
	for _, line := range report.Lines {
		fmt.Fprintln(env.stdout, line)
	}
	if !report.Agree {
		return 1
	}
	return 0
}
