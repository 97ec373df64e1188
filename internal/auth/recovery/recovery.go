// Package recovery keeps the codes that stand for a second factor on the day on which it
// is lost: 50 bits each, kept as digests, good once. Only the room of sign-in calls it.
package recovery

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
)

const (
	count   = 10
	length  = 10
	sqlAdd  = `insert into auth.recovery_codes (code_hash, user_id) values ($1, $2)`
	sqlUse  = `update auth.recovery_codes set used_at = now() where code_hash = $1 and user_id = $2 and used_at is null`
	sqlLeft = `select count(*) from auth.recovery_codes where user_id = $1 and used_at is null`
	sqlDrop = `delete from auth.recovery_codes where user_id = $1`
)

// Make gives the user new codes; the old ones end.
func Make(ctx context.Context, tx *db.Tx, user string) ([]string, error) {
	if err := Drop(ctx, tx, user); err != nil {
		return nil, err
	}
	var out []string
	for range count {
		var b [8]byte
		rand.Read(b[:]) // never fails
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:])[:length])
		if _, err := tx.Exec(ctx, sqlAdd, digest(user, text), user); err != nil {
			return nil, err
		}
		out = append(out, text[:length/2]+"-"+text[length/2:])
	}
	return out, nil
}

// Drop ends all codes of the user.
func Drop(ctx context.Context, tx *db.Tx, user string) error {
	_, err := tx.Exec(ctx, sqlDrop, user)
	return err
}

// Use spends a code, and says whether it was good.
func Use(ctx context.Context, tx *db.Tx, user, code string) (bool, error) {
	n, err := tx.Exec(ctx, sqlUse, digest(user, code), user)
	return n == 1, err
}

// Left is how many codes are good.
func Left(ctx context.Context, tx *db.Tx, user string) (n int64, err error) {
	rows, err := tx.Query(ctx, sqlLeft, user)
	if err != nil {
		return 0, err
	}
	if rows.Next() {
		n = rows.Value(0).I
	}
	return n, errors.Join(rows.Err(), rows.Close())
}

// Like tells a recovery code from a factor's digits.
func Like(s string) bool { return len(plain(s)) == length }

func digest(user, code string) string {
	sum := sha256.Sum256([]byte(user + plain(code)))
	return hex.EncodeToString(sum[:])
}

// plain returns a code as people may write it in one form.
func plain(s string) string { return strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(s)) }
