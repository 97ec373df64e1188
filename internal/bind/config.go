package bind

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Config is what a tree is bound against.
type Config struct {
	Catalog    *catalog.Catalog
	SearchPath []string
	// Actor is put into every table's Rel: the owner while a definer function's body
	// is bound, "" for the session's role.
	Actor string
	// Params are the types of $1 …; a nil entry, or one beyond the end, is inferred.
	Params []*value.Type
	// Vars finds a PL/pgSQL variable or a parameter of an SQL function. Records are
	// asked for by their own name; "f.x" is asked for whole first.
	Vars func(name string) (n int, t *value.Type, ok bool)
	// VarConflict makes a name that is a variable and a column too an error, as in
	// PL/pgSQL; otherwise the column wins, as in SQL functions.
	VarConflict bool
	// VarFirst makes the variable win instead, as #variable_conflict use_variable asks.
	VarFirst bool
	// Rows are rows given from outside, reached by qualified names: new, old …
	Rows map[string]*Rel
	// Tables are relations given from outside by name: a trigger's transition tables.
	Tables map[string]*Rel
	Env    value.Env
	// NoInline keeps calls of SQL functions as UserCalls.
	NoInline bool
	// Notes, if set, is filled by Expression, Over and Policy.
	Notes *Notes
}

// Statement binds a SELECT, INSERT, UPDATE or DELETE.
func Statement(cfg *Config, st pgsql.Stmt) (*Stmt, error) {
	b := newBinder(cfg)
	out := &Stmt{Source: st}
	var err error
	switch st := st.(type) {
	case *pgsql.Select:
		out.Query, err = b.query(nil, st, false)
	case *pgsql.Insert, *pgsql.Update, *pgsql.Delete:
		out.Write, err = b.write(nil, st)
	case *pgsql.CallProc:
		out.Proc, err = b.child(nil).procedure(st.Call)
	default:
		err = errUnsupported("only SELECT, INSERT, UPDATE and DELETE can be bound")
	}
	if err != nil {
		return nil, err
	}
	out.Params, out.Uses, out.Calls = b.closeParams(), b.uses.List, b.calls
	return out, nil
}

// Notes collects what Expression and Policy need privileges for.
type Notes struct {
	Uses  []Use
	Calls []*catalog.Function
}

// Expression binds an expression without a FROM of its own. want nil takes any type;
// otherwise the result is cast as an assignment would.
func Expression(cfg *Config, x pgsql.Expr, want *value.Type) (Expr, error) {
	b := newBinder(cfg)
	s := b.child(nil)
	e, err := s.expr(x)
	if err != nil {
		return nil, err
	}
	if want != nil {
		if castClass(e.Type(), want) > castAssignment {
			return nil, b.at(errMismatch(want, e.Type()), x)
		}
		e, err = b.coerce(e, want, value.Assignment)
	} else {
		e, err = b.known(e)
	}
	return b.finish(e, err)
}

// Policy binds a boolean expression over the columns of rel: a policy, a check.
func Policy(cfg *Config, rel *Rel, x pgsql.Expr) (Expr, error) {
	return over(cfg, rel, x, "POLICY")
}

// Over binds an expression over the columns of rel: a generated column, an index key.
// want is as in Expression.
func Over(cfg *Config, rel *Rel, x pgsql.Expr, want *value.Type) (Expr, error) {
	b := newBinder(cfg)
	s := b.child(nil)
	s.ns, s.clause = namesOf(rel), "GENERATED"
	e, err := s.expr(x)
	if err != nil {
		return nil, err
	}
	if want == nil {
		e, err = b.known(e)
		return b.finish(e, err)
	}
	if castClass(e.Type(), want) > castAssignment {
		return nil, b.at(errMismatch(want, e.Type()), x)
	}
	e, err = b.coerce(e, want, value.Assignment)
	return b.finish(e, err)
}

func over(cfg *Config, rel *Rel, x pgsql.Expr, clause string) (Expr, error) {
	b := newBinder(cfg)
	s := b.child(nil)
	s.ns = namesOf(rel)
	e, err := s.boolean(x, clause)
	return b.finish(e, err)
}

// finish hands the notes over and settles the parameters.
func (b *binder) finish(e Expr, err error) (Expr, error) {
	if err != nil {
		return nil, err
	}
	b.closeParams()
	if n := b.cfg.Notes; n != nil {
		n.Uses = append(n.Uses, b.uses.List...)
		n.Calls = append(n.Calls, b.calls...)
	}
	return e, nil
}

func errMismatch(want, got *value.Type) error {
	return fault.SQL("42804", "expression is of type %s but type %s is expected", typeName(got), typeName(want)).WithHint(hintRewrite)
}
