package vault

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
)

// SettingName is the setting that shows the ring to the schema's functions.
const SettingName = "plinth.vault_keys"

// Refused is the code with which a pooler refuses a connection that brings the ring.
const Refused = "08P01"

// Address adds the ring to a database's address, so that every connection begins with it.
func Address(address string, r *Ring) string {
	if r == nil {
		return address
	}
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		sep := "?"
		if strings.Contains(address, "?") {
			sep = "&"
		}
		return address + sep + url.QueryEscape(SettingName) + "=" + url.QueryEscape(r.Setting())
	}
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(r.Setting())
	return address + " " + SettingName + "='" + quoted + "'"
}

const (
	rotateAtOnce = 100
	sqlOlder     = `select id, key_id, secret from vault.secrets where key_id <> $1 order by id limit $2`
	sqlReseal    = `update vault.secrets set secret = $2, key_id = $3, updated_at = updated_at where id = $1 and secret = $4`
)

// Rotate brings every secret under the current key, some at a time, and returns how many
// they were. It may be broken off and run again; others may write meanwhile.
func (r *Ring) Rotate(ctx context.Context, d *db.DB) (n int, err error) {
	for {
		moved := 0
		_, err := d.Write(ctx, db.Owner, func(tx *db.Tx) error {
			moved = 0
			rows, err := tx.Query(ctx, sqlOlder, r.Current(), rotateAtOnce)
			if err != nil {
				return err
			}
			var list [][3]string
			for rows.Next() {
				v := rows.Row()
				list = append(list, [3]string{v[0].S, v[1].S, v[2].S})
			}
			err = rows.Err()
			if cerr := rows.Close(); err == nil {
				err = cerr
			}
			if err != nil {
				return err
			}
			for _, row := range list {
				plain, err := r.Open(row[1], row[0], row[2])
				if err != nil {
					return fmt.Errorf("secret %s: %w", row[0], err)
				}
				key, sealed := r.Seal(row[0], plain)
				if _, err := tx.Exec(ctx, sqlReseal, row[0], sealed, key, row[2]); err != nil {
					return err
				}
				moved++
			}
			return nil
		})
		if err != nil || moved == 0 {
			return n, err
		}
		n += moved
	}
}
