package sqlite

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Script runs a migration: its statements one by one, in one transaction. The new
// catalogue is published after COMMIT.
func (d *Driver) Script(ctx context.Context, sc db.Script) ([]catalog.Notice, error) {
	if d.follows() {
		return nil, errFollows
	}
	if sc.Role == "" {
		sc.Role = db.Owner.Role
	}
	list, err := parse(sc)
	if err != nil {
		return nil, err
	}
	var notices []catalog.Notice
	err = d.writer.Alone(ctx, func(c *lite.Conn) error {
		for rebuild := false; ; rebuild = true {
			r, err := newScriptRun(d, c, sc)
			if err != nil {
				return err
			}
			r.rebuild = rebuild
			err = r.all(ctx, list)
			if notices = r.notices; !r.surprised {
				return err
			}
		}
	})
	return notices, err
}

// parse reads the whole file first, so that a late syntax error costs nothing.
func parse(sc db.Script) ([]pgsql.Located, error) {
	var list []pgsql.Located
	for loc, err := range pgsql.Script(sc.SQL) {
		if err != nil {
			return nil, located(sc, loc, err)
		}
		list = append(list, loc)
	}
	return list, nil
}

// located adds to a fault where the statement stands.
func located(sc db.Script, loc pgsql.Located, err error) error {
	if loc.SQL == "" {
		loc.SQL = sc.SQL[min(int(loc.Pos), len(sc.SQL)):]
	}
	return pgsql.Place(err, sc.File, sc.SQL, loc)
}

// scriptRun is a script under way on the writer's connection.
type scriptRun struct {
	d       *Driver
	c       *lite.Conn
	sc      db.Script
	session catalog.Session
	tx      *tx
	loc     pgsql.Located // the statement under way
	rebuild bool          // a table is made anew: foreign keys are off until the end
	// surprised says that a DO block made a table anew where nobody expected it: all of
	// the script was taken back, and is run again with foreign keys off.
	surprised bool
	trial     bool // it goes on behind a statement that fails, and says what became of each
	verdict   func(Verdict)
	refused   bool   // a statement of the trial was
	setPath   string // what select set_config('search_path', …) set last
	notices   []catalog.Notice
}

func newScriptRun(d *Driver, c *lite.Conn, sc db.Script) (*scriptRun, error) {
	t, err := d.newTx(c, d.pub.Load(), nil)
	if err != nil {
		return nil, err
	}
	t.fresh = true
	r := &scriptRun{d: d, c: c, sc: sc, tx: t, session: d.ddlSession(sc.Role)}
	t.x.Utility = r.utility
	return r, nil
}

// ddlSession is who changes the schema.
func (d *Driver) ddlSession(role string) catalog.Session {
	return catalog.Session{Role: role, SearchPath: exec.DefaultPath, Check: checker{}, Builtin: isBuiltin}
}

func (r *scriptRun) all(ctx context.Context, list []pgsql.Located) (err error) {
	r.tx.x.Done = ctx.Done()
	r.rebuild = r.rebuild || r.rebuilds(list)
	if r.rebuild {
		if err := r.c.Exec("pragma foreign_keys=off; pragma legacy_alter_table=on"); err != nil {
			return lite.Fault(err)
		}
		defer func() {
			err = errors.Join(err, lite.Fault(r.c.Exec("pragma legacy_alter_table=off; pragma foreign_keys=on")))
		}()
	}
	if err := r.c.Exec("begin immediate"); err != nil {
		return lite.Fault(err)
	}
	if err := r.inside(ctx, list); err != nil || r.surprised {
		r.tx.end()
		r.c.ReleaseAll()
		if !r.c.Autocommit() {
			_ = r.c.Exec("rollback") // the first error says more
		}
		return err
	}
	return r.commit()
}

// commit makes the script's work durable, and its catalogue the published one.
func (r *scriptRun) commit() error {
	if r.tx.x.Catalog == r.d.Catalog() {
		return lite.Fault(r.c.Exec("commit"))
	}
	return r.d.change(func() error {
		if err := r.c.Exec("commit"); err != nil {
			return lite.Fault(err)
		}
		r.d.publish(r.tx.x.Catalog)
		return nil
	})
}

func (r *scriptRun) inside(ctx context.Context, list []pgsql.Located) error {
	if err := number(r.c, r.tx.x.Now); err != nil {
		return err
	}
	for _, loc := range list {
		r.loc = loc
		if r.trial {
			if err := r.try(ctx, loc); err != nil {
				return err
			}
			continue
		}
		if err := r.statement(ctx, loc); err != nil {
			return located(r.sc, loc, err)
		}
	}
	if err := r.tx.x.Finish(); err != nil {
		return err
	}
	if r.rebuild || r.c.DeferredFKs() {
		if err := exec.Unresolved(r.c, r.tx.x.Catalog); err != nil {
			return err
		}
	}
	return r.record(ctx, list)
}

// statement runs one statement of the script.
func (r *scriptRun) statement(ctx context.Context, loc pgsql.Located) error {
	r.tx.end()
	if ctx.Err() != nil {
		return lite.Ended(ctx)
	}
	switch st := loc.Stmt.(type) {
	case *pgsql.Select, *pgsql.Insert, *pgsql.Update, *pgsql.Delete, *pgsql.CallProc, *pgsql.Do, *pgsql.Truncate,
		*pgsql.Refresh:
		return r.data(st)
	case *pgsql.Set:
		return r.set(st, loc)
	case *pgsql.Transaction:
		if st.Do == "begin" || st.Do == "commit" {
			r.note(loc, "00000", "a migration is one transaction; "+st.Do+" is ignored")
			return nil
		}
		return unsupported(st.Do, "A migration is one transaction; remove the statement.")
	case *pgsql.Notify:
		r.note(loc, "00000", strings.ToUpper(st.Verb)+" has no effect on SQLite; changes reach clients through realtime")
		return nil
	}
	return r.define(loc)
}

func unsupported(what, hint string) error {
	return fault.SQL("0A000", "%s is not supported on SQLite", what).WithHint(hint)
}

func (r *scriptRun) note(loc pgsql.Located, code, msg string) {
	r.notices = append(r.notices, catalog.Notice{Code: code, Message: msg, Pos: int(loc.Pos) + 1})
}

// define applies DDL to the working catalogue and to the file.
func (r *scriptRun) define(loc pgsql.Located) error {
	old := r.tx.x.Catalog
	next, notices, err := ddl.Apply(old, &r.session, loc.Stmt, loc.SQL)
	for _, n := range notices {
		n.Pos += int(loc.Pos)
		r.notices = append(r.notices, n)
	}
	if err != nil || next == old || next.Version == old.Version {
		return err // "if not exists" changed nothing
	}
	m := &migration{r: r, old: old, next: next, st: loc.Stmt}
	if err := m.run(); err != nil {
		return err
	}
	if err := r.forgetImages(old, next); err != nil {
		return err
	}
	r.tx.x.Catalog, r.tx.x.Cache = next, exec.NewCache()
	if err := r.fillNew(old); err != nil {
		return err
	}
	if err := r.holdDomain(loc.Stmt); err != nil {
		return err
	}
	if st, ok := loc.Stmt.(*pgsql.CreateTable); ok && st.As != nil && !st.NoData {
		if _, had := old.Table(r.session.SearchPath, st.Name); had {
			return nil // if not exists
		}
		if err := r.data(&pgsql.Insert{At: st.At, Table: st.Name, Query: st.As}); err != nil {
			return err
		}
	}
	return remember(r.c, &r.session, definition{file: r.sc.File, loc: loc, nextID: old.NextID})
}

// utility is what a function or DO block that the script runs does to the schema.
func (r *scriptRun) utility(a *exec.Actor, st pgsql.Stmt) error {
	if _, ok := st.(*pgsql.Refresh); ok {
		return r.tx.utility(a, st)
	}
	outer := r.session
	r.session.Role, r.session.SearchPath = a.Role, a.Path
	defer func() { r.session = outer }()
	return r.define(pgsql.Located{Stmt: st, SQL: pgsql.Print(st), Pos: r.loc.Pos})
}

// actor acts as the script's role under a catalogue.
func (r *scriptRun) actor(cat *catalog.Catalog) *exec.Actor {
	x := *r.tx.x
	x.Catalog, x.Cache = cat, exec.NewCache()
	return x.Actor(&db.Session{Role: r.session.Role}, r.session.SearchPath)
}

// rebuilds reports whether a statement of the script rebuilds a table, which it tries
// out on the catalogue alone. What fails here fails again, and is reported then.
func (r *scriptRun) rebuilds(list []pgsql.Located) bool {
	if !slices.ContainsFunc(list, func(loc pgsql.Located) bool { return mayRebuild(loc.Stmt) }) {
		return false
	}
	cat, session := r.tx.x.Catalog, r.session
	session.Check = checker{replayed: true}
	for _, loc := range list {
		if st, ok := loc.Stmt.(*pgsql.Set); ok && st.Name == "search_path" {
			session.SearchPath = exec.DefaultPath
			if !st.Reset {
				session.SearchPath = splitPath(st.Val)
			}
		}
		if !ddl.IsDDL(loc.Stmt) {
			continue
		}
		next, _, err := ddl.Apply(cat, &session, loc.Stmt, loc.SQL)
		if err != nil {
			return false
		}
		steps, err := schema.Diff(cat, next, nil)
		if err == nil && schema.Rebuilds(steps) {
			return true
		}
		cat = next
	}
	return false
}

// mayRebuild is false for what never makes a table anew; a statement that does so all the
// same lets the script start again.
func mayRebuild(st pgsql.Stmt) bool {
	switch st := st.(type) {
	case *pgsql.AlterTable:
		return slices.ContainsFunc(st.Actions, func(a pgsql.AlterAction) bool { return !strings.HasSuffix(a.Do, " rls") })
	case *pgsql.CreateTable, *pgsql.CreateIndex, *pgsql.CreateView, *pgsql.CreateFunction, *pgsql.CreatePolicy,
		*pgsql.CreateTrigger, *pgsql.CreateSchema, *pgsql.CreateType, *pgsql.CreateExtension, *pgsql.CreatePublication,
		*pgsql.AlterPublication, *pgsql.CreateRole, *pgsql.DefaultPrivileges, *pgsql.Grant, *pgsql.Comment:
		return false
	}
	return ddl.IsDDL(st)
}

// data runs a statement on rows as the script's role.
func (r *scriptRun) data(st pgsql.Stmt) error {
	s := &db.Session{Role: r.session.Role, Settings: map[string]string{"search_path": strings.Join(r.session.SearchPath, ",")}}
	p, err := r.tx.compileStmt(s, st)
	if err != nil {
		return err
	}
	cur, err := r.tx.run(s, p, nil, nil)
	if err != nil {
		return err
	}
	for cur.Next() {
	}
	err = cur.Err()
	_ = cur.Close() // it was read to its end
	if path := r.tx.Setting("search_path"); path != r.setPath {
		r.session.SearchPath, r.setPath = splitPath(path), path
	}
	return err
}

// set carries out SET and RESET of what a migration may set.
func (r *scriptRun) set(st *pgsql.Set, loc pgsql.Located) error {
	switch {
	case st.Show:
		return nil
	case st.Name == "search_path" && st.Reset:
		r.session.SearchPath = exec.DefaultPath
	case st.Name == "search_path":
		r.session.SearchPath = splitPath(st.Val)
	case st.Name == "role" || st.Name == "session_authorization" || st.Name == "session authorization":
		return r.setRole(st)
	case st.Name == "check_function_bodies":
		off := strings.EqualFold(st.Val, "off") || strings.EqualFold(st.Val, "false")
		r.session.Check = checker{noBodies: off && !st.Reset}
	case st.Name == "all" && st.Reset:
		r.session.SearchPath, r.session.Role = exec.DefaultPath, r.sc.Role
	default:
		r.note(loc, "00000", "the setting "+st.Name+" has no effect on SQLite")
	}
	return nil
}

func (r *scriptRun) setRole(st *pgsql.Set) error {
	role := strings.Trim(st.Val, `"'`)
	if st.Reset || role == "none" || role == "default" {
		role = r.sc.Role
	}
	if r.tx.x.Catalog.Roles[role] == nil {
		return fault.SQL("22023", "role \"%s\" does not exist", role)
	}
	r.session.Role = role
	return nil
}

const (
	migrationTable = `create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text not null primary key, name text, statements text[])`
	migrationRow = `insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)`
)

// record enters the script as a migration where it has a version.
func (r *scriptRun) record(ctx context.Context, list []pgsql.Located) error {
	if r.sc.Version == "" {
		return nil
	}
	if err := r.migrationTable(); err != nil {
		return err
	}
	texts := make([]string, len(list))
	for i, loc := range list {
		texts[i] = loc.SQL
	}
	_, err := r.tx.Query(ctx, &db.Owner, migrationRow, []any{r.sc.Version, r.sc.Name, texts})
	r.tx.end()
	return err
}

// migrationTable makes the table of migrations where it is missing.
func (r *scriptRun) migrationTable() error {
	if s := r.tx.x.Catalog.Schemas["supabase_migrations"]; s != nil && s.Tables["schema_migrations"] != nil {
		return nil
	}
	r.session = r.d.ddlSession(db.Owner.Role)
	for loc, err := range pgsql.Script(migrationTable) {
		if err != nil {
			return err
		}
		if err := r.define(loc); err != nil {
			return err
		}
	}
	return nil
}
