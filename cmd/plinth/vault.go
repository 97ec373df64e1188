package main

import (
	"context"

	"github.com/plinth-dev/plinth"
)

// vault is the command vault.
func vault(ctx context.Context, env environment, args []string) int {
	if len(args) == 0 {
		return failed(env, usageError(nil, []string{"vault needs key or rotate"}))
	}
	f, rest, err := parse(env, "vault", args[1:])
	switch {
	case err != nil || len(rest) > 0:
		err = usageError(err, rest)
	case args[0] == "key":
		plinth.NewVaultKey(env.stdout)
	case args[0] == "rotate":
		err = plinth.RotateVault(ctx, env.stdout, f.Config)
	default:
		err = errUsage{"vault has key and rotate"}
	}
	if err != nil {
		return failed(env, err)
	}
	return 0
}
