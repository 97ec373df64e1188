package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/plinth-dev/plinth/internal/auth/sealed"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/token"
	secret "github.com/plinth-dev/plinth/internal/vault"
)

// vaultFile is where dev keeps the vault's keys.
const vaultFile = "vault.keys"

// vaultKeys returns the keys of the vault: those that the environment gives, else those
// of the data folder, which dev makes the first time. A server whose data may be restored
// or taken over elsewhere must not depend on a file that nobody knows of, so serve makes
// none.
func (c Config) vaultKeys() (token.Secret, error) {
	if c.VaultKeys != "" || c.Database != "" && !c.Dev {
		return c.VaultKeys, nil
	}
	path := filepath.Join(c.Data, vaultFile)
	text, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return token.Secret(text), err
	}
	if _, err := os.Stat(c.Data); err != nil || !c.Dev {
		return "", nil
	}
	key := secret.NewKey()
	return key, writeKeys(path, key)
}

// writeKeys replaces the file as a whole: half of it would be a lost vault.
func writeKeys(path string, keys token.Secret) error {
	f, err := os.CreateTemp(filepath.Dir(path), vaultFile+".*") // readable by its owner alone
	if err != nil {
		return err
	}
	_, err = f.WriteString(string(keys) + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// vaultRing returns the ring for a use, nil where there are no keys.
func (c Config) vaultRing(use string) (*secret.Ring, error) {
	keys, err := c.vaultKeys()
	if err != nil || keys == "" {
		return nil, err
	}
	r, err := secret.Parse(keys, use)
	if err != nil {
		return nil, fmt.Errorf("PLINTH_VAULT_KEYS: %w", err)
	}
	return r, nil
}

// vaultSettings shows a ring to SQLite's functions; a database that is thrown away has a
// key that is, too.
func vaultSettings(r *secret.Ring) map[string]string {
	if r == nil {
		return nil
	}
	return map[string]string{secret.SettingName: r.Setting()}
}

func throwAway() *secret.Ring {
	r, err := secret.Parse(secret.NewKey(), secret.ForSQL)
	if err != nil {
		panic(err) // it was made just now
	}
	return r
}

// factorKeeper encrypts the secrets of authenticator apps.
func (c Config) factorKeeper() (sealed.Keeper, error) {
	r, err := c.vaultRing(secret.ForTOTP)
	if err != nil || r == nil {
		return sealed.Keeper{}, err
	}
	return sealed.Keeper{Seal: r.Seal, Open: r.Open}, nil
}

// Rotated says what became of a rotation.
type Rotated struct {
	Key              string // the name of the key that encrypts from now on
	Secrets, Factors int
}

// RotateVault brings all secrets under the first key: one that is made now, where the
// keys are the data folder's.
func RotateVault(ctx context.Context, cfg Config) (out Rotated, err error) {
	keys, err := cfg.vaultKeys()
	if err != nil {
		return out, err
	}
	if keys == "" {
		return out, errors.New("there are no keys: set PLINTH_VAULT_KEYS or PLINTH_VAULT_KEYS_FILE, the new key first")
	}
	e, err := cfg.open(ctx, true) // which refuses where a server has the file
	if err != nil {
		return out, err
	}
	if cfg.VaultKeys == "" {
		cfg.VaultKeys = secret.NewKey() + "\n" + keys
		if err := writeKeys(filepath.Join(cfg.Data, vaultFile), cfg.VaultKeys); err != nil {
			return out, errors.Join(err, e.Close())
		}
	}
	out, err = cfg.rotate(ctx, e.DB)
	return out, errors.Join(err, e.Close())
}

func (c Config) rotate(ctx context.Context, d *db.DB) (out Rotated, err error) {
	r, err := c.vaultRing(secret.ForSQL)
	if err != nil {
		return out, err
	}
	out.Key = r.Current()
	if out.Secrets, err = r.Rotate(ctx, d); err != nil {
		return out, err
	}
	k, err := c.factorKeeper()
	if err != nil {
		return out, err
	}
	out.Factors, err = k.Rotate(ctx, d, r.Current())
	return out, err
}
