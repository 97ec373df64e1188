package ddl

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// comment is COMMENT ON. Of the kinds that the model has no place for, only the
// existence of the object is checked.
func (e *editor) comment(st *pgsql.Comment) error {
	switch st.What {
	case "table", "view", "materialized view":
		t, err := e.owned(st.Name)
		if err != nil {
			return err
		}
		if t.KindName() != st.What {
			article := "a "
			return fault.SQL("42809", "\"%s\" is not %s%s", t.Name, article, st.What)
		}
		t.Comment = st.Text
	case "column":
		t, err := e.owned(st.Name)
		if err != nil {
			return err
		}
		col := t.ColumnNamed(st.Column)
		if col == nil {
			return errNoColumn(st.Column, t.Name)
		}
		col.Comment = st.Text
	case "schema":
		s := e.schema(st.Name.Name)
		if s == nil {
			return errNoSchema(st.Name.Name)
		}
		s.Comment = st.Text
	case "function", "procedure", "routine":
		f, err := e.function(st.What, st.Name, st.Args, true)
		if err != nil {
			return err
		}
		n := *f
		n.Comment = st.Text
		e.setFunction(f, &n)
	case "type", "domain":
		u, schema := e.c.FindType(e.s.SearchPath, st.Name)
		if u == nil {
			return errNoType(written(st.Name))
		}
		n := *u
		n.Comment = st.Text
		e.schema(schema).Types[st.Name.Name] = &n
	default:
		return e.commentElsewhere(st)
	}
	return nil
}

func (e *editor) commentElsewhere(st *pgsql.Comment) error {
	switch st.What {
	case "constraint", "policy", "trigger":
		t, err := e.relation(st.On)
		if err != nil {
			return err
		}
		name := st.Name.Name
		known := t.HasConstraint(name)
		if st.What == "policy" {
			known = t.Policy(name) != nil
		} else if st.What == "trigger" {
			known = t.Trigger(name) != nil
		}
		if !known {
			return fault.SQL("42704", "%s \"%s\" for table \"%s\" does not exist", st.What, name, t.Name)
		}
	case "index", "sequence":
		if is, _, _ := e.relationKind(st.Name); is != st.What {
			return errNoRelation(written(st.Name))
		}
	}
	return nil
}
