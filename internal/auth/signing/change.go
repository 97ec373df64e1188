package signing

import (
	"context"

	"github.com/plinth-dev/plinth/internal/db"
)

// List returns all keys, the newest first.
func (k *Keeper) List(ctx context.Context) ([]Info, error) {
	if k.cfg.File != nil {
		return nil, ErrFile
	}
	var all []row
	err := k.cfg.DB.Read(ctx, db.Owner, func(tx *db.Tx) (err error) {
		all, err = read(ctx, tx)
		return err
	})
	out := []Info{}
	for _, r := range all {
		out = append(out, r.Info)
	}
	return out, err
}

// Prepare makes a standby key of an algorithm, "" for the project's; it takes the place
// of the standby key that there is.
func (k *Keeper) Prepare(ctx context.Context, alg string) (Info, error) {
	if alg == "" {
		alg = k.cfg.Alg
	}
	var made Info
	err := k.change(ctx, func(tx *db.Tx, all []row) error {
		if old := find(all, Standby); old != nil {
			if _, err := tx.Exec(ctx, sqlRevoke, old.ID); err != nil {
				return err
			}
		}
		var err error
		made, err = add(ctx, tx, alg, Standby)
		return err
	})
	return made, err
}

// Rotate makes the standby key current and returns it; another one stands by.
func (k *Keeper) Rotate(ctx context.Context) (Info, error) {
	var next Info
	err := k.change(ctx, func(tx *db.Tx, all []row) error {
		standby, current := find(all, Standby), find(all, Current)
		if standby == nil || current == nil {
			return ErrNoKey
		}
		if _, err := tx.Exec(ctx, sqlStatus, current.ID, Previous); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlStatus, standby.ID, Current); err != nil {
			return err
		}
		next = standby.Info
		next.Status = Current
		_, err := add(ctx, tx, standby.Alg, Standby)
		return err
	})
	return next, err
}

// Revoke ends a key, and all that it signed. Its private part is forgotten.
func (k *Keeper) Revoke(ctx context.Context, id string) error {
	return k.change(ctx, func(tx *db.Tx, all []row) error {
		for _, r := range all {
			if r.ID != id {
				continue
			}
			if r.Status == Current {
				return ErrCurrent
			}
			if _, err := tx.Exec(ctx, sqlRevoke, id); err != nil || r.Status != Standby {
				return err
			}
			_, err := add(ctx, tx, r.Alg, Standby)
			return err
		}
		return ErrNoKey
	})
}

func (k *Keeper) change(ctx context.Context, fn func(*db.Tx, []row) error) error {
	if k.cfg.File != nil {
		return ErrFile
	}
	_, err := k.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlLock); err != nil {
			return err
		}
		all, err := read(ctx, tx)
		if err != nil {
			return err
		}
		return fn(tx, all)
	})
	if err != nil {
		return err
	}
	return k.Reload(ctx)
}
