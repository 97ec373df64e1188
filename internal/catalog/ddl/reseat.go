package ddl

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// alterSequenceObject is ALTER SEQUENCE … RENAME, SET SCHEMA, OWNER.
func (e *editor) alterSequenceObject(st *pgsql.AlterTable) error {
	q, ok := e.c.Sequence(e.s.SearchPath, st.Name)
	if !ok {
		if t, found := e.c.Table(e.s.SearchPath, st.Name); found {
			return fault.SQL("42809", "\"%s\" is not a sequence", t.Name)
		}
		if st.IfExists {
			e.skipping("relation \"%s\" does not exist, skipping", written(st.Name))
			return nil
		}
		return errNoRelation(written(st.Name))
	}
	for i := range st.Actions {
		a := &st.Actions[i]
		switch a.Do {
		case "rename":
			if e.relationTaken(q.Schema, a.NewName, nil) {
				return at(errRelationExists(a.NewName), a)
			}
			return e.reseatSequence(q, q.Schema, a.NewName)
		case "set schema":
			if e.schema(a.NewName) == nil {
				return at(errNoSchema(a.NewName), a)
			}
			return e.reseatSequence(q, a.NewName, q.Name)
		case "owner":
			if _, err := e.roleNamed(a.NewName); err != nil {
				return err
			}
		default:
			return at(errUnsupported("Remove the action.", "ALTER SEQUENCE … %s is not supported", a.Do), a)
		}
	}
	return nil
}

// reseatSequence gives a sequence another schema and name, also in the defaults that
// call it.
func (e *editor) reseatSequence(q *catalog.Sequence, schema, name string) error {
	if e.relationTaken(schema, name, nil) {
		return errRelationExists(name)
	}
	old := pgsql.Ident{Schema: q.Schema, Name: q.Name}
	e.rewrite(func(hit func()) *scope.Scan {
		w := &scope.Scan{C: e.c}
		change := func(x pgsql.Expr) {
			if s, ok := x.(*pgsql.Str); ok && scope.ParseName(s.Val) == old {
				s.Val = scope.QuoteName(schema, name)
				hit()
			}
		}
		w.Call = func(n *pgsql.Call) {
			if len(n.Args) > 0 && (n.Name.Name == "nextval" || n.Name.Name == "currval" || n.Name.Name == "setval") {
				change(n.Args[0])
			}
		}
		w.Cast = func(n *pgsql.Cast) {
			if n.To.Name == "regclass" {
				change(n.X)
			}
		}
		return w
	})
	n := *q
	n.Schema, n.Name = schema, name
	e.setSequence(q, &n)
	return nil
}

// renameType gives a user-defined type another schema and name, everywhere.
func (e *editor) renameType(u *catalog.UserType, from, to catalog.TableName) error {
	sc := e.schema(to.Schema)
	if sc == nil {
		return errNoSchema(to.Schema)
	}
	if sc.Types[to.Name] != nil || sc.Tables[to.Name] != nil {
		return fault.SQL("42710", "type \"%s\" already exists", to.Name)
	}
	e.rewrite(func(hit func()) *scope.Scan {
		w := &scope.Scan{C: e.c}
		w.Type = func(tn *pgsql.TypeName) {
			if tn.Schema == from.Schema && tn.Name == from.Name {
				tn.Schema, tn.Name = to.Schema, to.Name
				hit()
			}
		}
		return w
	})
	kind := u.Type.Kind
	e.renameTypeIn(kind, from, to)
	n := e.schema(from.Schema).Types[from.Name]
	delete(e.schema(from.Schema).Types, from.Name)
	e.schema(to.Schema).Types[to.Name] = n
	return nil
}

// renameTypeIn renames a type in every *value.Type.
func (e *editor) renameTypeIn(kind value.Kind, from, to catalog.TableName) {
	made := map[*value.Type]*value.Type{}
	e.mapTypes(func(o *value.Type) *value.Type {
		if o.Kind != kind || !isNamed(o, from.Schema, from.Name) {
			return o
		}
		if n := made[o]; n != nil {
			return n
		}
		n := *o
		n.Schema, n.Name = to.Schema, to.Name
		made[o] = &n
		return &n
	})
}

// renameFunction gives a function another schema and name, also where it is called.
func (e *editor) renameFunction(f *catalog.Function, schema, name string) error {
	if e.schema(schema) == nil {
		return errNoSchema(schema)
	}
	for _, o := range e.c.Schemas[schema].Funcs[name] {
		if catalog.SameArgs(o.InArgs(), f.InArgs()) {
			n := *f
			n.Name = name
			return fault.SQL("42723", "function %s already exists in schema \"%s\"", e.signature(&n), schema)
		}
	}
	alone := len(e.c.Schemas[f.Schema].Funcs[f.Name]) == 1
	e.rewrite(func(hit func()) *scope.Scan {
		w := &scope.Scan{C: e.c}
		w.Call = func(n *pgsql.Call) {
			if n.Name.Schema == f.Schema && n.Name.Name == f.Name && (alone || f.Accepts(len(n.Args))) {
				n.Name = pgsql.Ident{Schema: schema, Name: name}
				hit()
			}
		}
		return w
	})
	for _, t := range e.c.AllTables() {
		for i, tr := range t.Triggers {
			if tr.FuncSchema == f.Schema && tr.Func == f.Name && len(f.InArgs()) == 0 {
				n := e.edit(t).Triggers[i]
				n.FuncSchema, n.Func = schema, name
				t, _ = e.c.TableByID(t.ID)
			}
		}
	}
	old := scope.OfFunction(f).Function(e.c)
	n := *old
	n.Schema, n.Name = schema, name
	e.setFunction(old, &n)
	return nil
}
