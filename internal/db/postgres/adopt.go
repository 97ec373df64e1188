package postgres

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/plinth-dev/plinth/internal/db/postgres/split"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// A script that adopts keeps what exists where a statement would make it. A table that
// was there belongs to somebody else from then on, in later scripts too: nothing is
// added to it.
const (
	sqlAdopted  = `create schema if not exists plinth; create table plinth.adopted (name text primary key)`
	sqlIsKept   = `select exists (select from plinth.adopted where name = any ($1::text[]))`
	sqlKeep     = `insert into plinth.adopted values (lower($1)) on conflict do nothing`
	sqlIsAbsent = `select to_regclass($1) is null`
)

var (
	// created is the table that a statement makes, of a schema of ours.
	created = regexp.MustCompile(`(?i)^create table (?:if not exists )?(\w+\.\w+)`)
	// changing are statements about tables that may be there, about the tables that
	// aboutTable finds.
	changing   = regexp.MustCompile(`(?i)^(?:alter table|create (?:unique )?index|create (?:constraint )?trigger|create policy|grant|revoke|comment on table) `)
	aboutTable = regexp.MustCompile(`(?i)(?:\bon|\btable|,)(?: table)?(?: only)? (\w+\.\w+)`)
)

// adopt runs a statement of such a script.
func (r *scriptRun) adopt(ctx context.Context, p split.Piece) error {
	if kept, err := r.isKept(ctx, p.SQL); kept || err != nil {
		if kept {
			r.note(p, "00000", "left as it is: "+pgsql.FirstLine(p.SQL))
		}
		return err
	}
	if err := r.exec(ctx, "savepoint adopt"); err != nil {
		return err
	}
	err := r.exec(ctx, p.SQL)
	code := fault.CodeOf(err)
	switch {
	case code == "":
		return r.exec(ctx, "release adopt")
	case code == "42883" && r.refused: // a right to a function that was not ours to make
	case code != "42501" && !isDuplicate(code):
		return err
	}
	if err := r.exec(ctx, "rollback to adopt; release adopt"); err != nil {
		return err
	}
	if m := created.FindStringSubmatch(p.SQL); m != nil {
		// The right to make a table is asked for before its name is looked up.
		rows, lerr := r.c.ask(ctx, sqlIsAbsent, m[1])
		if lerr != nil || rows[0][0] == "t" {
			return errors.Join(err, lerr)
		}
		if _, err := r.c.ask(ctx, sqlKeep, m[1]); err != nil {
			return err
		}
	}
	r.refused = r.refused || code == "42501"
	r.note(p, "00000", "kept as it is: "+fault.From(err).Message)
	return nil
}

// isKept reports whether a statement would change a table that is somebody else's.
func (r *scriptRun) isKept(ctx context.Context, sql string) (bool, error) {
	if !changing.MatchString(sql) {
		return false, nil
	}
	var names []string
	for _, m := range aboutTable.FindAllStringSubmatch(sql, -1) {
		names = append(names, strings.ToLower(m[1]))
	}
	if names == nil {
		return false, nil
	}
	rows, err := r.c.ask(ctx, sqlIsKept, "{"+strings.Join(names, ",")+"}")
	return err == nil && rows[0][0] == "t", err
}

// isDuplicate reports that an object of the name exists.
func isDuplicate(code string) bool {
	switch code {
	case "42P06", "42P07", "42710", "42723", "42701":
		return true
	}
	return false
}
