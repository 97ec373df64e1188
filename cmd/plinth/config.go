package main

import (
	"flag"

	"github.com/plinth-dev/plinth"
)

// configuration is the command config.
func configuration(env environment, args []string) int {
	if len(args) == 0 {
		return failed(env, usageError(nil, []string{"config needs check, diff or print"}))
	}
	all := false
	f, rest, err := parse(env, "config", args[1:], func(fs *flag.FlagSet) { fs.BoolVar(&all, "effective", false, "") })
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	switch args[0] {
	case "check":
		ok, err := plinth.CheckConfig(env.stdout, f.Config)
		if err != nil {
			return failed(env, err)
		}
		if !ok {
			return 1
		}
		return 0
	case "diff":
		err = plinth.DiffConfig(env.stdout, f.Config)
	case "print":
		err = plinth.PrintConfig(env.stdout, f.Config, all)
	default:
		err = errUsage{"config has check, diff and print"}
	}
	if err != nil {
		return failed(env, err)
	}
	return 0
}
