package auth

import (
	"context"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/token"
)

const (
	sqlCurrentKey = `select jwk from auth.signing_keys where status = 'current' order by created_at desc limit 1`
	sqlInsertKey  = `insert into auth.signing_keys (id, jwk, status) values ($1, $2, 'current')`
)

// SigningKey returns the project's ES256 key, making it the first time. It lives in
// the database, so that every node signs with the same.
func SigningKey(ctx context.Context, d *db.DB) (*token.Key, error) {
	var key *token.Key
	_, err := d.Write(ctx, db.Owner, func(tx *db.Tx) error {
		var err error
		if key, err = readKey(ctx, tx); err != nil || key != nil {
			return err
		}
		if key, err = token.NewES256(); err != nil {
			return err
		}
		jwk, err := key.MarshalJWK()
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlInsertKey, key.ID, string(jwk))
		return err
	})
	return key, err
}

func readKey(ctx context.Context, tx *db.Tx) (*token.Key, error) {
	rows, err := tx.Query(ctx, sqlCurrentKey)
	if err != nil {
		return nil, err
	}
	text := ""
	if rows.Next() {
		text = rows.Value(0).S
	}
	if err := closeRows(rows); err != nil || text == "" {
		return nil, err
	}
	return token.ParseJWK([]byte(text))
}
