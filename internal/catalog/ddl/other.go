package ddl

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// other deals with what the parser keeps as text. Statements about the server, which
// change no answer, are accepted with a notice; so a dump of a project runs.
func (e *editor) other(st *pgsql.Other) error {
	if err := catalog.Refused(st); err != nil {
		return err
	}
	switch st.Kind {
	case "alter schema":
		return e.alterSchema(st)
	case "alter trigger":
		return e.alterTrigger(st)
	case "create cast":
		return e.createCast(st)
	default:
		e.notice(catalog.Notice{
			Code: "01000", Message: st.Kind + " has no effect here", Hint: "The statement may stay for Postgres.",
		})
		return nil
	}
}

// words splits a statement at white space outside quotes.
func words(s string) []string {
	var out []string
	word, quoted := "", false
	for _, r := range s + " " {
		switch {
		case r == '"':
			quoted = !quoted
			word += `"`
		case !quoted && (r == ' ' || r == '\t' || r == '\n' || r == '\r'):
			if word != "" {
				out = append(out, word)
			}
			word = ""
		default:
			word += string(r)
		}
	}
	return out
}

func name(word string) string { return scope.ParseName(word).Name }

// alterSchema is ALTER SCHEMA s OWNER TO r.
func (e *editor) alterSchema(st *pgsql.Other) error {
	w := words(st.Text)
	if len(w) != 6 {
		return fault.SQL("42601", "syntax error in ALTER SCHEMA")
	}
	s := e.schema(name(w[2]))
	switch {
	case s == nil:
		return errNoSchema(name(w[2]))
	case name(w[3]) != "owner":
		return errUnsupported("Create the schema under its new name and move the tables (alter table … set schema).", "renaming a schema is not supported")
	case !e.isOwner(s.Owner):
		return fault.SQL("42501", "must be owner of schema %s", s.Name)
	}
	owner, err := e.roleNamed(name(w[5]))
	if err != nil {
		return err
	}
	s.Owner = owner
	return nil
}

// alterTrigger is ALTER TRIGGER a ON t RENAME TO b.
func (e *editor) alterTrigger(st *pgsql.Other) error {
	w := words(st.Text)
	if len(w) != 8 || name(w[5]) != "rename" {
		return errUnsupported("Drop the trigger and create it again.", "ALTER TRIGGER is supported for RENAME only")
	}
	t, err := e.owned(scope.ParseName(w[4]))
	if err != nil {
		return err
	}
	tr, to := t.Trigger(name(w[2])), name(w[7])
	if tr == nil {
		return fault.SQL("42704", "trigger \"%s\" for table \"%s\" does not exist", name(w[2]), t.Name)
	}
	if t.Trigger(to) != nil {
		return fault.SQL("42710", "trigger \"%s\" for relation \"%s\" already exists", to, t.Name)
	}
	tr.Name = to
	sortTriggers(t)
	return nil
}
