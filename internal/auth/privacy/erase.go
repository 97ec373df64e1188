package privacy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/job"
)

// Kind is the name of the jobs.
const Kind = "auth.erase"

// Receipt is what a person gets for an erasure.
type Receipt struct {
	ID       string           `json:"id"`
	User     string           `json:"user_id,omitempty"` // not in what is kept
	At       time.Time        `json:"erased_at"`
	Deleted  map[string]int64 `json:"deleted"`  // rows, by table
	Detached map[string]int64 `json:"detached"` // rows that stay, and refer to nobody any more
	Files    string           `json:"files"`
	Log      string           `json:"change_log"`
}

// Person is who is erased.
type Person struct {
	ID string
	To []string // addresses and numbers
}

const sqlKeep = `insert into auth.erasures (id, user_digest, receipt, created_at) values ($1, $2, $3, $4)`

// Erase counts and prepares in tx what the deletion of the user's row will take along,
// keeps the receipt under id, and leaves the rest to a job. The caller deletes the row in
// the same transaction.
func (k *Keeper) Erase(ctx context.Context, tx *db.Tx, p Person, id string) (*Receipt, error) {
	tx = tx.As(db.Owner)
	r := &Receipt{
		ID: id, At: k.cfg.Now().UTC(), Deleted: map[string]int64{}, Detached: map[string]int64{},
		Files: "erased with the account", Log: "erased within minutes",
	}
	names, of := k.tables()
	for _, name := range names {
		for _, l := range of[name] {
			if err := l.release(ctx, tx, p.ID, r); err != nil {
				return nil, err
			}
		}
	}
	if k.cfg.Letters != nil {
		if err := k.cfg.Letters(ctx, tx, p.To); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(p.ID))
	if _, err := tx.Exec(ctx, sqlKeep, id, hex.EncodeToString(sum[:]), string(text), r.At); err != nil {
		return nil, err
	}
	r.User = p.ID
	return r, job.Enqueue(ctx, tx, job.Job{Kind: Kind, Args: rest{User: p.ID}, Key: p.ID})
}

// release counts a column's rows, and frees those whose foreign key would forbid the
// deletion: it detaches them where the column may be empty, and deletes them else.
func (l link) release(ctx context.Context, tx *db.Tx, user string, r *Receipt) error {
	cond := " where " + quote(l.column) + " = $1::uuid"
	rows, err := tx.Query(ctx, "select count(*) from "+l.from()+cond, user)
	if err != nil {
		return err
	}
	var n int64
	if rows.Next() {
		n = rows.Value(0).I
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || n == 0 {
		return err
	}
	kept := l.action == "set null" || l.action == "set default"
	if l.action == "no action" || l.action == "restrict" {
		sql := "delete from " + l.from() + cond
		if kept = l.null; kept {
			sql = "update " + l.from() + " set " + quote(l.column) + " = null" + cond
		}
		if _, err := tx.Exec(ctx, sql, user); err != nil {
			return err
		}
	}
	if kept {
		r.Detached[l.name()] += n
	} else {
		r.Deleted[l.name()] += n
	}
	return nil
}

// rest is a job's arguments: the files of a user, then the change log up to a position.
type rest struct {
	User string      `json:"user,omitempty"`
	UpTo db.Position `json:"up_to"`
}

// Job is the keeper's entry in a queue.
func (k *Keeper) Job() job.Kind {
	return job.Kind{Handle: func(ctx context.Context, run *job.Run) error {
		var a rest
		if err := run.Args(&a); err != nil {
			return err
		}
		if a.User == "" {
			return k.cfg.DB.Forget(ctx, a.UpTo)
		}
		if k.cfg.Files != nil {
			n, err := k.cfg.Files.ForgetOwner(ctx, a.User)
			if err != nil {
				return err
			}
			k.cfg.Log.Info("privacy: files were erased", "files", n)
		}
		at, err := k.cfg.DB.Position(ctx)
		if err != nil {
			return err
		}
		_, err = k.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
			if err := job.Enqueue(ctx, tx, job.Job{Kind: Kind, Args: rest{UpTo: at}, Delay: k.cfg.Settle}); err != nil {
				return err
			}
			return run.Finish(ctx, tx)
		})
		return err
	}}
}
