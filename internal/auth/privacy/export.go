package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

const maxRows = 10_000 // of a table in an export; more are named as left out

// ErrTooLarge says that the project holds more of the person than one answer can carry.
var ErrTooLarge = fault.New(fault.TooLarge, "export_too_large", "There is more data than one answer can carry: ask the project's administrator")

// tables groups the links by table, in their order.
func (k *Keeper) tables() (names []string, of map[string][]link) {
	of = map[string][]link{}
	for _, l := range links(k.cfg.DB.Catalog()) {
		if l.table.Schema == "storage" {
			continue // the room of files tells of them
		}
		if of[l.name()] == nil {
			names = append(names, l.name())
		}
		of[l.name()] = append(of[l.name()], l)
	}
	return names, of
}

// where selects a table's rows of the user.
func where(ls []link) string {
	var parts []string
	for _, l := range ls {
		parts = append(parts, quote(l.column)+" = $1::uuid")
	}
	return " where " + strings.Join(parts, " or ")
}

// Export returns everything of the user as a JSON object; account is what the room of
// sign-in says of him.
func (k *Keeper) Export(ctx context.Context, user string, account any) ([]byte, error) {
	head, err := json.Marshal(account)
	if err != nil {
		return nil, err
	}
	at, _ := json.Marshal(k.cfg.Now().UTC().Format(time.RFC3339)) // a string
	out := append([]byte(`{"exported_at":`), at...)
	out = append(append(out, `,"account":`...), head...)
	out = append(out, `,"tables":{`...)
	var more []string
	err = k.cfg.DB.Read(ctx, db.Owner, func(tx *db.Tx) error {
		names, of := k.tables()
		for i, name := range names {
			if i > 0 {
				out = append(out, ',')
			}
			label, _ := json.Marshal(name) // a string
			out = append(append(out, label...), ':')
			var full bool
			if out, full, err = k.rowsOf(ctx, tx, out, "select * from "+of[name][0].from()+where(of[name]), user); err != nil {
				return err
			}
			if full {
				more = append(more, name)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out = append(out, `},"files":`...)
	files := []byte("[]")
	if k.cfg.Files != nil {
		if files, err = k.cfg.Files.ExportOwner(ctx, user); err != nil {
			return nil, err
		}
	}
	out = append(out, files...)
	rest, _ := json.Marshal(append([]string{}, more...)) // strings
	out = append(append(out, `,"left_out":`...), rest...)
	if len(out) > k.cfg.MaxBytes {
		return nil, ErrTooLarge
	}
	return append(out, '}'), nil
}

// rowsOf appends a statement's rows as a JSON array; full says that there are more.
func (k *Keeper) rowsOf(ctx context.Context, tx *db.Tx, out []byte, sql, user string) (_ []byte, full bool, err error) {
	rows, err := tx.Query(ctx, sql+" limit 10001", user)
	if err != nil {
		return out, false, err
	}
	out = append(out, '[')
	n := 0
	for rows.Next() {
		if n == maxRows {
			full = true
			continue
		}
		if n > 0 {
			out = append(out, ',')
		}
		n++
		out = append(out, '{')
		for i, col := range rows.Columns() {
			if i > 0 {
				out = append(out, ',')
			}
			label, _ := json.Marshal(col.Name) // a string
			out = append(append(out, label...), ':')
			out = rows.AppendJSON(out, i)
		}
		out = append(out, '}')
		if len(out) > k.cfg.MaxBytes {
			return out, full, errors.Join(ErrTooLarge, rows.Close())
		}
	}
	return append(out, ']'), full, errors.Join(rows.Err(), rows.Close())
}
