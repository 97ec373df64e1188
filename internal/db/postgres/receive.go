package postgres

import (
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Receiver fills a migrated database with the rows of another. While it does, foreign
// keys, indexes and triggers are away; plinth.move holds the statements that bring them
// back, so that a receiver that died can be followed by another.
type Receiver struct {
	d *Driver
	c *pgconn.PgConn
}

// Row is a row's values as text; nil is NULL. It is valid until the next one.
type Row = [][]byte

// Begun reports whether a move into the database began and did not end.
func (d *Driver) Begun() bool {
	s := d.Catalog().Schemas["plinth"]
	return s != nil && s.Tables["move"] != nil
}

// Receive makes the database ready: the tables are emptied and freed of what would slow
// rows down or act on them.
func (d *Driver) Receive(ctx context.Context, tables []*catalog.Table) (*Receiver, error) {
	c, err := pgconn.ConnectConfig(ctx, d.login)
	if err != nil {
		return nil, toFault(ctx, err, "")
	}
	r := &Receiver{d: d, c: c}
	if err := r.prepare(ctx, tables); err != nil {
		return nil, errors.Join(err, c.Close(ctx))
	}
	return r, nil
}

// Close ends the connection; what was begun can be begun again.
func (r *Receiver) Close(ctx context.Context) error { return r.c.Close(ctx) }

func (r *Receiver) exec(ctx context.Context, sql string) error {
	_, err := r.c.Exec(ctx, sql).ReadAll()
	return toFault(ctx, err, sql)
}

// pairs returns the first two columns of each row.
func (r *Receiver) pairs(ctx context.Context, sql string, args ...[]byte) ([][2]string, error) {
	res := r.c.ExecParams(ctx, sql, args, nil, nil, nil).Read()
	if res.Err != nil {
		return nil, toFault(ctx, res.Err, sql)
	}
	var out [][2]string
	for _, row := range res.Rows {
		out = append(out, [2]string{string(row[0]), string(row[1])})
	}
	return out, nil
}

// away lists the things that stand in the way of rows of the tables $1, as what takes
// them away and what brings them back. The house's own log triggers are among them.
var away = []struct{ kind, sql string }{
	{"fkey", `select format('alter table %s drop constraint %I', conrelid::regclass, conname),
  format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid) || case when convalidated then ' not valid' else '' end)
  from pg_constraint where contype = 'f' and conparentid = 0 and conrelid = any($1::regclass[])`},
	{"validate", `select 'select 1', format('alter table %s validate constraint %I', conrelid::regclass, conname)
  from pg_constraint where contype = 'f' and convalidated and conparentid = 0 and conrelid = any($1::regclass[])`},
	{"index", `select format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
  from pg_index i where indrelid = any($1::regclass[]) and not indisreplident
  and not exists (select 1 from pg_constraint where conindid = i.indexrelid)`},
	{"trigger", `select format('alter table %s disable trigger %I', tgrelid::regclass, tgname), format('alter table %s enable trigger %I', tgrelid::regclass, tgname)
  from pg_trigger where not tgisinternal and tgenabled = 'O' and tgrelid = any($1::regclass[])`},
	{"force", `select format('alter table %s no force row level security', oid::regclass), format('alter table %s force row level security', oid::regclass)
  from pg_class where relforcerowsecurity and oid = any($1::regclass[])`},
}

func (r *Receiver) prepare(ctx context.Context, tables []*catalog.Table) error {
	sql := []string{"begin"}
	if !r.d.Begun() {
		sql = append(sql, `create table plinth.move (step integer generated always as identity primary key, kind text not null, sql text not null)`)
		for _, a := range away {
			list, err := r.pairs(ctx, a.sql, regclasses(tables))
			if err != nil {
				return err
			}
			for _, s := range list {
				sql = append(sql, s[0], `insert into plinth.move (kind, sql) values (`+pgsql.QuoteLiteral(a.kind)+`, `+pgsql.QuoteLiteral(s[1])+`)`)
			}
		}
	}
	sql = append(sql, "truncate "+names(tables), "commit")
	if err := r.exec(ctx, strings.Join(sql, ";\n")); err != nil {
		return err
	}
	return r.d.Reload(ctx)
}

func regclasses(tables []*catalog.Table) []byte {
	keys := make([][]string, len(tables))
	for i, t := range tables {
		keys[i] = []string{tableName(t)}
	}
	return textArray(keys, 0)
}

func names(tables []*catalog.Table) string {
	list := make([]string, len(tables))
	for i, t := range tables {
		list[i] = tableName(t)
	}
	return strings.Join(list, ", ")
}

func tableName(t *catalog.Table) string { return pgsql.Ident{Schema: t.Schema, Name: t.Name}.String() }

func columnList(cols []string) string {
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = pgsql.QuoteIdent(c)
	}
	return strings.Join(list, ", ")
}

// Columns are the columns of t that rows have: those that are not generated.
func (r *Receiver) Columns(t *catalog.Table) []string {
	var out []string
	for _, c := range t.Columns {
		if c.Generated == nil {
			out = append(out, c.Name)
		}
	}
	return out
}

// Load copies rows into a table, in the order of Columns.
func (r *Receiver) Load(ctx context.Context, t *catalog.Table, rows iter.Seq2[Row, error]) (int64, error) {
	sql := "copy " + tableName(t) + " (" + columnList(r.Columns(t)) + ") from stdin"
	next, stop := iter.Pull2(rows)
	defer stop()
	src := &copyText{next: next}
	tag, err := r.c.CopyFrom(ctx, src, sql)
	if src.err != nil {
		err = src.err
	}
	return tag.RowsAffected(), toFault(ctx, err, sql)
}

// copyText is COPY's text format as a reader.
type copyText struct {
	next func() (Row, error, bool)
	buf  []byte
	off  int
	err  error
	done bool
}

// copyChunk is how much is gathered before it is sent.
const copyChunk = 64 << 10

func (c *copyText) Read(p []byte) (int, error) {
	if c.off == len(c.buf) {
		c.fill()
	}
	if c.off == len(c.buf) {
		if c.err != nil {
			return 0, c.err
		}
		return 0, io.EOF
	}
	n := copy(p, c.buf[c.off:])
	c.off += n
	return n, nil
}

func (c *copyText) fill() {
	c.buf, c.off = c.buf[:0], 0
	for !c.done && len(c.buf) < copyChunk {
		row, err, ok := c.next()
		if !ok || err != nil {
			c.err, c.done = err, true
			return
		}
		for i, v := range row {
			if i > 0 {
				c.buf = append(c.buf, '\t')
			}
			c.buf = appendCopy(c.buf, v)
		}
		c.buf = append(c.buf, '\n')
	}
}

func appendCopy(dst, v []byte) []byte {
	if v == nil {
		return append(dst, '\\', 'N')
	}
	for _, b := range v {
		switch b {
		case '\\':
			dst = append(dst, '\\', '\\')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

// Replace makes the rows of the keys those given: what is not given is gone.
func (r *Receiver) Replace(ctx context.Context, t *catalog.Table, keys [][]string, rows iter.Seq2[Row, error]) error {
	if err := r.exec(ctx, "begin"); err != nil {
		return err
	}
	err := r.remove(ctx, t, keys)
	if err == nil {
		_, err = r.Load(ctx, t, rows)
	}
	if err != nil {
		return errors.Join(err, r.exec(ctx, "rollback"))
	}
	return r.exec(ctx, "commit")
}

// maxKeyColumns bounds a primary key that Replace works with.
const maxKeyColumns = 32

func (r *Receiver) remove(ctx context.Context, t *catalog.Table, keys [][]string) error {
	pk := t.PrimaryKey().Cols
	if len(pk) > maxKeyColumns {
		return fault.SQL("0A000", "the primary key of %s has too many columns to be moved", t.Name)
	}
	names, casts, params := make([]string, len(pk)), make([]string, len(pk)), make([]string, len(pk))
	args := make([][]byte, len(pk))
	for i, col := range pk {
		n := strconv.Itoa(i + 1)
		names[i], params[i] = "k"+n, "$"+n+"::text[]"
		casts[i] = names[i] + "::" + t.ColumnNamed(col).Type.String()
		args[i] = textArray(keys, i)
	}
	sql := "delete from " + tableName(t) + " where (" + columnList(pk) + ") in (select " + strings.Join(casts, ", ") +
		" from unnest(" + strings.Join(params, ", ") + ") as u (" + strings.Join(names, ", ") + "))"
	return toFault(ctx, r.c.ExecParams(ctx, sql, args, nil, nil, nil).Read().Err, sql)
}

// textArray writes column i of the keys as an array literal.
func textArray(keys [][]string, i int) []byte {
	out := []byte{'{'}
	for n, k := range keys {
		if n > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		for _, b := range []byte(k[i]) {
			if b == '"' || b == '\\' {
				out = append(out, '\\')
			}
			out = append(out, b)
		}
		out = append(out, '"')
	}
	return append(out, '}')
}

// Empty removes all rows of tables that are loaded once more.
func (r *Receiver) Empty(ctx context.Context, tables []*catalog.Table) error {
	return r.exec(ctx, "truncate "+names(tables))
}

// Index builds the indexes again.
func (r *Receiver) Index(ctx context.Context) error { return r.restore(ctx, "index") }

// Guard brings foreign keys, triggers and forced row security back, at once.
func (r *Receiver) Guard(ctx context.Context) error {
	return r.restore(ctx, "fkey", "trigger", "force")
}

// Validate looks whether all rows satisfy the foreign keys, and ends the move.
func (r *Receiver) Validate(ctx context.Context) error {
	if err := r.restore(ctx, "validate"); err != nil {
		return err
	}
	if err := r.exec(ctx, "drop table plinth.move; analyze"); err != nil {
		return err
	}
	return r.d.Reload(ctx)
}

// restore runs the statements of the kinds and forgets them, in one transaction.
func (r *Receiver) restore(ctx context.Context, kinds ...string) error {
	sql := []string{"begin"}
	for _, k := range kinds {
		list, err := r.pairs(ctx, `select sql, kind from plinth.move where kind = $1 order by step`, []byte(k))
		if err != nil {
			return err
		}
		for _, s := range list {
			sql = append(sql, s[0])
		}
		sql = append(sql, `delete from plinth.move where kind = `+pgsql.QuoteLiteral(k))
	}
	return r.exec(ctx, strings.Join(append(sql, "commit"), ";\n"))
}

// SetSequence sets where a sequence goes on.
func (r *Receiver) SetSequence(ctx context.Context, name string, last int64, called bool) error {
	sql := `select setval($1::regclass, $2::bigint, $3::boolean)`
	args := [][]byte{[]byte(name), strconv.AppendInt(nil, last, 10), strconv.AppendBool(nil, called)}
	return toFault(ctx, r.c.ExecParams(ctx, sql, args, nil, nil, nil).Read().Err, sql)
}
