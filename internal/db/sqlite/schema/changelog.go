package schema

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// Ops of the change log.
const (
	OpInsert = 1 + iota
	OpUpdate
	OpDelete
)

// event is one of the three native triggers of a logged table.
type event struct {
	suffix, when string
	op           int
	key          string // the row that names the key
	new, old     bool
}

var events = [...]event{
	{"i", "insert", OpInsert, "new", true, false},
	{"u", "update", OpUpdate, "new", true, true},
	{"d", "delete", OpDelete, "old", false, true},
}

// logged reports whether the changes of t go into the log. Rooms' own tables do not:
// credentials and codes are never logged.
func logged(t *catalog.Table) bool {
	switch t.Schema {
	case "auth", "vault", "plinth", "extensions", "supabase_migrations":
		return false
	}
	return t.Kind == catalog.Base
}

// triggerName is stable across renames of the table.
func triggerName(t *catalog.Table, suffix string) string {
	return "_log_" + strconv.Itoa(t.ID) + "_" + suffix
}

// ChangeTriggers returns the statements that make the native triggers of t, which
// write each changed row into _changes. Images are JSON arrays of storage values in the
// order of the columns; the key is one of the primary key's, null without one.
func ChangeTriggers(t *catalog.Table) []string {
	if !logged(t) {
		return nil
	}
	var out []string
	for _, ev := range events {
		newImage, oldImage := "null", "null"
		if ev.new {
			newImage = image(t, "new", t.ColumnNames())
		}
		if ev.old {
			oldImage = image(t, "old", t.ColumnNames())
		}
		key := "null"
		if pk := t.PrimaryKey(); pk != nil {
			key = image(t, ev.key, pk.Cols)
		}
		out = append(out, "create trigger "+Quote(triggerName(t, ev.suffix))+" after "+ev.when+" on "+Quote(TableName(t))+
			" begin\n  insert into _changes (tx, at, tbl, op, key, new, old) values ((select tx from _tx), (select at from _tx), "+
			strconv.Itoa(t.ID)+", "+strconv.Itoa(ev.op)+",\n    "+key+",\n    "+newImage+",\n    "+oldImage+");\nend")
	}
	return out
}

// image is a JSON array of columns of a row.
func image(t *catalog.Table, row string, cols []string) string {
	parts := make([]string, 0, len(cols))
	for _, name := range cols {
		x := row + "." + Quote(name)
		switch Affinity(t.ColumnNamed(name).Type) {
		case "BLOB":
			x = "iif(" + x + " is null, null, lower(hex(" + x + ")))"
		case "REAL":
			x = realImage(x)
		}
		parts = append(parts, x)
	}
	return "json_array(" + strings.Join(parts, ", ") + ")"
}

// realImage keeps all digits, and names the infinities, which JSON lacks.
func realImage(x string) string {
	return "case when typeof(" + x + ") <> 'real' then " + x +
		" when " + x + " > 1.7976931348623157e308 then 'Infinity' when " + x + " < -1.7976931348623157e308 then '-Infinity'" +
		" else json(printf('%!.17g', " + x + ")) end"
}

// Bootstrap returns the statements that make the engine's own tables.
func Bootstrap() []string {
	return []string{
		`create table if not exists _changes (
  seq integer primary key autoincrement, tx integer, at integer, tbl integer not null, op integer not null,
  key text, new text, old text
)`,
		`create table if not exists _tx (one integer primary key check (one = 1), tx integer not null, at integer not null)`,
		`insert or ignore into _tx (one, tx, at) values (1, 0, 0)`,
		`create table if not exists _ddl (
  id integer primary key autoincrement, file text, pos integer, sql text not null, role text, search_path text, at integer, next_id integer
)`,
		`create table if not exists _sequences (name text primary key, last integer not null, called integer not null) without rowid`,
		`create table if not exists _meta (key text primary key, value text) without rowid`,
	}
}
