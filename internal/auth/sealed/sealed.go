// Package sealed keeps the secrets of authenticator apps encrypted in their column. The
// text says by which key, so that keys can change; a text that is not sealed is one of
// before, and goes on working. The keys are somebody else's: a Keeper without any keeps
// secrets as they are.
package sealed

import (
	"context"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
)

// Keeper seals secrets by the row that they are in. Its funcs come from the vault; they
// are nil where there are no keys.
type Keeper struct {
	Seal func(row, plain string) (key, text string)
	Open func(key, row, text string) (string, error)
}

// mark begins a sealed text; base32 has no such letter.
const mark = "sealed:"

// Text is what the column keeps of a row's secret, "" for none.
func (k Keeper) Text(row, secret string) string {
	if k.Seal == nil || secret == "" {
		return secret
	}
	key, text := k.Seal(row, secret)
	return mark + key + ":" + text
}

// Secret is what the column's text stands for.
func (k Keeper) Secret(row, text string) (string, error) {
	rest, ok := strings.CutPrefix(text, mark)
	if !ok {
		return text, nil
	}
	key, body, _ := strings.Cut(rest, ":")
	if k.Open == nil {
		return "", errNoKeys
	}
	return k.Open(key, row, body)
}

const (
	atOnce   = 100
	sqlOther = `select id, secret from auth.mfa_factors where secret is not null and secret not like $1 order by id limit $2`
	sqlWrite = `update auth.mfa_factors set secret = $2 where id = $1 and secret = $3`
)

// Rotate seals every secret under the current key, those that are in the clear too, and
// returns how many they were.
func (k Keeper) Rotate(ctx context.Context, d *db.DB, current string) (n int, err error) {
	for moved := -1; moved != 0; n += moved {
		_, err := d.Write(ctx, db.Owner, func(tx *db.Tx) error {
			moved = 0
			rows, err := tx.Query(ctx, sqlOther, mark+current+":%", atOnce)
			if err != nil {
				return err
			}
			var list [][2]string
			for rows.Next() {
				v := rows.Row()
				list = append(list, [2]string{v[0].S, v[1].S})
			}
			err = rows.Err()
			if cerr := rows.Close(); err == nil {
				err = cerr
			}
			for _, row := range list {
				if err != nil {
					return err
				}
				var plain string
				if plain, err = k.Secret(row[0], row[1]); err == nil {
					_, err = tx.Exec(ctx, sqlWrite, row[0], k.Text(row[0], plain), row[1])
					moved++
				}
			}
			return err
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
