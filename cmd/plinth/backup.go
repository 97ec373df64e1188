package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"github.com/plinth-dev/plinth"
)

// backup is the command of that name: now, list, verify, base, check.
func backup(ctx context.Context, env environment, args []string) int {
	what := "now"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		what, args = args[0], args[1:]
	}
	var into string
	f, rest, err := parse(env, "backup", args, func(fs *flag.FlagSet) { fs.StringVar(&into, "into", "", "") })
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	if what == "base" && into == "" || into != "" && what != "base" && what != "verify" {
		return failed(env, usageError(nil, []string{"backup base and backup verify have --into FOLDER, the others have not"}))
	}
	bar := &steps{bar: bar{w: env.stderr, live: isTerminal(env.stderr)}}
	defer bar.end()
	var lines []string
	ok := true
	switch what {
	case "now":
		lines, err = plinth.Backup(ctx, f.Config, bar.step)
	case "list":
		lines, err = plinth.Backups(ctx, f.Config)
	case "base":
		lines, err = plinth.BaseBackup(ctx, f.Config, into, bar.step)
	case "verify":
		if into != "" {
			lines, ok, err = plinth.VerifyBase(ctx, into)
			break
		}
		lines, ok, err = plinth.VerifyBackups(ctx, f.Config, bar.step)
	case "check":
		lines, ok, err = plinth.CheckArchive(ctx, f.Config)
	default:
		return failed(env, usageError(nil, []string{"backup has now, list, verify, base and check"}))
	}
	bar.end()
	if err != nil {
		return failed(env, err)
	}
	for _, line := range lines {
		fmt.Fprintln(env.stdout, line)
	}
	if !ok {
		return 1
	}
	return 0
}

// restore makes a database of what was backed up.
func restore(ctx context.Context, env environment, args []string) int {
	var at string
	f, rest, err := parse(env, "restore", args, func(fs *flag.FlagSet) { fs.StringVar(&at, "to", "", "") })
	var to time.Time
	if err == nil && at != "" {
		if to, err = time.Parse(time.RFC3339Nano, at); err != nil {
			err = errUsage{"--to " + at + ": write a time such as 2026-01-31T12:00:00Z"}
		}
	}
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	bar := &steps{bar: bar{w: env.stderr, live: isTerminal(env.stderr)}}
	lines, err := plinth.Restore(ctx, f.Config, to, bar.step)
	bar.end()
	if err != nil {
		return failed(env, err)
	}
	for _, line := range lines {
		fmt.Fprintln(env.stdout, line)
	}
	return 0
}

// steps shows progress: in place on a terminal, else a line a step.
type steps struct {
	bar
	what string
}

func (s *steps) step(what string, done, total int64) {
	if !s.live {
		if what != s.what {
			fmt.Fprintln(s.w, what)
		}
		s.what = what
		return
	}
	if total > 0 {
		fmt.Fprintf(s.w, "\r\x1b[K%s %d/%d", what, done, total)
	} else {
		fmt.Fprintf(s.w, "\r\x1b[K%s %d", what, done)
	}
	s.open = true
}
