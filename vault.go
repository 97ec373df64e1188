package plinth

import (
	"context"
	"fmt"
	"io"

	"github.com/plinth-dev/plinth/internal/server"
	"github.com/plinth-dev/plinth/internal/vault"
)

// NewVaultKey writes a key for PLINTH_VAULT_KEYS.
func NewVaultKey(w io.Writer) { fmt.Fprintln(w, string(vault.NewKey())) }

// RotateVault brings all secrets of the vault, and those of authenticator apps, under the
// newest key. On SQLite the server must not run.
func RotateVault(ctx context.Context, w io.Writer, cfg Config) error {
	sc, err := resolve(cfg)
	if err != nil {
		return err
	}
	done, err := server.RotateVault(ctx, sc)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d secrets and %d factors are now under the key %s\n", done.Secrets, done.Factors, done.Key)
	return nil
}
