// Package contract finds the steps of migrations that break apps which are still out
// there: an old version of an app goes on asking for the columns that it knows. Such a
// step belongs into a later release than the one that stops using them.
package contract

import (
	"fmt"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Step is a statement that takes something away.
type Step struct {
	File      string
	Line, Col int
	What      string // "drops the column todos.title"
	Hint      string
}

const (
	hintDrop   = "Old versions of the app ask for it. Drop it when none of them is in use."
	hintRename = "Old versions of the app ask for the old name. Add the new one, fill it by a trigger, and drop the old one later."
	hintNarrow = "Old versions of the app may write what no longer fits."
)

// reader gathers the steps of files that belong together.
type reader struct {
	made  map[string]bool // tables that these files make: nobody knows them yet
	steps []Step
	file  string
	text  string
	pos   int
}

// File is a migration that is not released yet.
type File struct{ Path, SQL string }

// Of returns the steps of the files, in order. Files that cannot be read are left to
// whoever runs them.
func Of(files []File) []Step {
	r := &reader{made: map[string]bool{}}
	for _, f := range files {
		r.file, r.text = f.Path, f.SQL
		for st, err := range pgsql.Script(f.SQL) {
			if err != nil {
				break
			}
			r.pos = int(st.Pos)
			r.statement(st)
		}
	}
	return r.steps
}

func (r *reader) add(n pgsql.Node, hint, format string, args ...any) {
	line, col := pgsql.LineCol(r.text, r.pos+int(n.Position()))
	r.steps = append(r.steps, Step{File: r.file, Line: line, Col: col, What: fmt.Sprintf(format, args...), Hint: hint})
}

func (r *reader) statement(st pgsql.Located) {
	switch s := st.Stmt.(type) {
	case *pgsql.CreateTable:
		r.made[s.Name.String()] = true
	case *pgsql.Drop:
		switch s.What {
		case "table", "view", "materialized view", "function", "procedure", "type", "domain", "schema":
			for _, name := range s.Names {
				if !r.made[name.String()] {
					r.add(s, hintDrop, "drops the %s %s", s.What, name)
				}
			}
		}
	case *pgsql.AlterTable:
		if !r.made[s.Name.String()] {
			for i := range s.Actions {
				r.action(s, &s.Actions[i])
			}
		}
	case *pgsql.AlterType:
		switch s.Do {
		case "rename":
			r.add(s, hintRename, "renames the %s %s to %s", s.What, s.Name, s.NewVal)
		case "rename value":
			r.add(s, hintRename, "renames the label %s of %s", s.Val, s.Name)
		case "add constraint", "set not null":
			r.add(s, hintNarrow, "narrows the domain %s", s.Name)
		}
	}
}

func (r *reader) action(s *pgsql.AlterTable, a *pgsql.AlterAction) {
	col := s.Name.String() + "." + pgsql.QuoteIdent(a.Name)
	switch a.Do {
	case "drop column":
		r.add(s, hintDrop, "drops the column %s", col)
	case "rename column":
		r.add(s, hintRename, "renames the column %s to %s", col, pgsql.QuoteIdent(a.NewName))
	case "rename":
		r.add(s, hintRename, "renames %s to %s", s.Name, pgsql.QuoteIdent(a.NewName))
	case "set schema":
		r.add(s, hintRename, "moves %s to the schema %s", s.Name, pgsql.QuoteIdent(a.NewName))
	case "set type":
		if !widening(a.Type) {
			r.add(s, hintNarrow, "changes the type of %s to %s", col, a.Type)
		}
	case "set not null":
		r.add(s, hintNarrow, "forbids null in %s", col)
	case "drop default":
		r.add(s, hintNarrow, "takes the default of %s away", col)
	case "add constraint":
		if a.Constraint.Kind != "primary key" {
			r.add(s, hintNarrow, "adds a %s to %s", a.Constraint.Kind, s.Name)
		}
	case "add column":
		if c := a.Column; required(c) {
			r.add(s, hintNarrow, "adds the column %s.%s, which every insert must give", s.Name, pgsql.QuoteIdent(c.Name))
		}
	}
}

// widening: every old value fits into text, whatever the type was.
func widening(tn pgsql.TypeName) bool {
	t, err := (&catalog.Catalog{}).Type(nil, tn)
	return err == nil && (t.Kind == value.Text || t.Kind == value.Int8 || t.Kind == value.Numeric && t.Mod == 0)
}

// required: a column without a value of its own that may not be null.
func required(c *pgsql.ColumnDef) bool {
	notNull := c.NotNull
	for _, k := range c.Constraints {
		notNull = notNull || k.Kind == "primary key"
	}
	return notNull && c.Default == nil && c.Generated == nil && c.Identity == "" && !c.Serial
}
