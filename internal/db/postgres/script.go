package postgres

import (
	"context"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/address"
	"github.com/plinth-dev/plinth/internal/db/postgres/split"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// migrationTable is where the Supabase tools look for what was applied.
const migrationTable = `create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text)`

const migrationRow = `insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)`

// Script runs a migration on a connection that nobody has after it, statement by statement, in one
// transaction; only one runs in a database at a time. Then the schema is read anew,
// here, unless more follow, and, by a notification, on every other node.
func (d *Driver) Script(ctx context.Context, sc db.Script) ([]catalog.Notice, error) {
	c, err := d.pool.get(ctx, "")
	if err != nil {
		return nil, err
	}
	c.heed = true
	r := &scriptRun{d: d, c: c, sc: sc}
	err = r.all(ctx)
	d.pool.discard(c) // with whatever the script has set
	if err != nil {
		if d.pub.Load().unread {
			_ = d.Reload(ctx) // the script's own failure tells more
		}
		return r.notices, err
	}
	d.feed.Wake()
	if sc.More {
		d.loading.Lock()
		defer d.loading.Unlock()
		p := *d.pub.Load()
		p.unread = true
		d.pub.Store(&p)
		return r.notices, nil
	}
	return r.notices, d.Reload(ctx)
}

// scriptRun is a script under way.
type scriptRun struct {
	d       *Driver
	c       *conn
	sc      db.Script
	notices []catalog.Notice
	refused bool // something was not ours to make
}

func (r *scriptRun) exec(ctx context.Context, sql string) error {
	_, err := r.c.pg.Exec(ctx, sql).ReadAll()
	return toFault(ctx, err, sql)
}

func (r *scriptRun) all(ctx context.Context) error {
	list := split.Script(r.sc.SQL)
	start := "begin; select pg_advisory_xact_lock(7521962874611)"
	if r.d.cfg.Pooler {
		start += "; set local search_path = " + address.DefaultPath + "; set local timezone = 'UTC'"
	}
	if role := r.d.roleOf(r.sc.Role); r.sc.Role != "" && role != "none" {
		start += "; set role " + pgsql.QuoteIdent(role)
	}
	if err := r.exec(ctx, start); err != nil {
		return err
	}
	for _, p := range list {
		if err := r.statement(ctx, p); err != nil {
			return pgsql.Place(err, r.sc.File, r.sc.SQL, pgsql.Located{Pos: pgsql.Pos(p.Pos), SQL: p.SQL})
		}
	}
	if err := r.exec(ctx, "reset role; reset all; set constraints all immediate"); err != nil {
		return err
	}
	if err := r.record(ctx, list); err != nil {
		return err
	}
	if err := r.exec(ctx, "select plinth.sync_log()"); err != nil {
		return err
	}
	r.d.scripts.Store(r.c.pg.PID(), nil)
	return r.exec(ctx, "notify pgrst, 'reload schema'; commit")
}

func (r *scriptRun) statement(ctx context.Context, p split.Piece) error {
	if verb := transactional(p.SQL); verb != "" {
		if verb == "rollback" || verb == "abort" {
			return fault.SQL("0A000", "%s is not supported in a migration", strings.ToUpper(verb)).
				WithHint("A migration is one transaction; remove the statement.")
		}
		r.note(p, "00000", "a migration is one transaction; "+verb+" is ignored")
		return nil
	}
	var err error
	if r.sc.Adopt {
		err = r.adopt(ctx, p)
	} else {
		err = r.exec(ctx, p.SQL)
	}
	for _, n := range r.c.said {
		if n.Severity != "DEBUG" && n.Severity != "LOG" {
			r.note(p, n.Code, n.Message)
		}
	}
	r.c.said = nil
	return err
}

// transactional returns the verb of a statement that would end or begin a transaction.
func transactional(sql string) string {
	words := strings.Fields(strings.ToLower(sql))
	if len(words) == 0 || len(words) > 4 {
		return ""
	}
	switch words[0] {
	case "begin", "commit", "rollback", "abort", "end":
		if len(words) > 1 && (words[1] == "to" || words[1] == "prepared") {
			return ""
		}
		return words[0]
	case "start":
		return "begin"
	}
	return ""
}

func (r *scriptRun) note(p split.Piece, code, msg string) {
	r.notices = append(r.notices, catalog.Notice{Code: code, Message: msg, Pos: p.Pos + 1})
}

// record notes the migration's version.
func (r *scriptRun) record(ctx context.Context, list []split.Piece) error {
	if r.sc.Version == "" {
		return nil
	}
	if err := r.exec(ctx, "set local client_min_messages = warning; "+migrationTable); err != nil {
		return err
	}
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = p.SQL
	}
	vals, formats, err := r.d.pub.Load().types.Args([]uint32{25, 25, 1009}, []any{r.sc.Version, r.sc.Name, texts})
	if err != nil {
		return err
	}
	res := r.c.pg.ExecParams(ctx, migrationRow, vals, []uint32{25, 25, 1009}, formats, nil).Read()
	return toFault(ctx, res.Err, migrationRow)
}
