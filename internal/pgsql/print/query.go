package print

import (
	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (w *printer) with(x *tree.With) {
	if x == nil {
		return
	}
	w.str("with ")
	w.opt(x.Recursive, "recursive ")
	w.list(len(x.CTEs), func(i int) {
		c := &x.CTEs[i]
		w.str(quoteNot(c.Name, "recursive"))
		w.cols(c.Cols)
		w.str(" as ")
		if c.Materialized != "" {
			w.str(c.Materialized, " ")
		}
		w.str("(")
		w.stmt(c.Stmt)
		w.str(")")
	})
	w.str(" ")
}

func (w *printer) query(s *tree.Select) {
	w.with(s.With)
	switch {
	case s.Op != "":
		w.operand(s.Left, s.Op, false)
		w.str(" ", s.Op)
		w.opt(s.All, " all")
		w.str(" ")
		w.operand(s.Right, s.Op, true)
	case s.Values != nil:
		w.str("values ")
		w.list(len(s.Values), func(i int) {
			w.str("(")
			w.exprs(s.Values[i])
			w.str(")")
		})
	default:
		w.core(s)
	}
	if s.OrderBy != nil {
		w.str(" ")
		w.orderBy(s.OrderBy)
	}
	if !s.Ties {
		w.clause(" limit ", s.Limit)
	}
	w.clause(" offset ", s.Offset)
	if s.Ties {
		w.str(" fetch first (")
		w.expr(s.Limit, 0)
		w.str(") rows with ties")
	}
	if s.Lock != "" {
		w.str(" ", s.Lock)
	}
}

// operand appends one side of a set operation, in parentheses where it would read
// differently without.
func (w *printer) operand(s *tree.Select, op string, right bool) {
	parens := s.With != nil || s.OrderBy != nil || s.Limit != nil || s.Offset != nil || s.Lock != ""
	if s.Op != "" {
		tighter := s.Op == "intersect" && op != "intersect"
		same := (s.Op == "intersect") == (op == "intersect")
		parens = parens || !tighter && (right || !same)
	}
	w.opt(parens, "(")
	w.query(s)
	w.opt(parens, ")")
}

func (w *printer) core(s *tree.Select) {
	w.str("select")
	if s.DistinctOn != nil {
		w.str(" distinct on (")
		w.exprs(s.DistinctOn)
		w.str(")")
	}
	w.opt(s.Distinct, " distinct")
	w.opt(len(s.Targets) > 0, " ")
	w.targets(s.Targets)
	if len(s.From) > 0 {
		w.str(" from ")
		w.tables(s.From)
	}
	w.clause(" where ", s.Where)
	if s.GroupBy != nil {
		w.str(" group by ")
		w.opt(s.GroupDistinct, "distinct ")
		w.groupItems(s.GroupBy)
	}
	w.clause(" having ", s.Having)
	if s.Windows != nil {
		w.str(" window ")
		w.list(len(s.Windows), func(i int) {
			w.str(lex.QuoteIdent(s.Windows[i].Name), " as ")
			w.window(&s.Windows[i])
		})
	}
}

// groupItems appends a list of GROUP BY, where () and GROUPING SETS may stand.
func (w *printer) groupItems(list []tree.Expr) {
	w.list(len(list), func(i int) {
		c, ok := list[i].(*tree.Call)
		r, isRow := list[i].(*tree.Row)
		switch {
		case isRow && len(r.Elems) == 0:
			w.str("()")
		case ok && c.Name.Name == "grouping sets":
			w.str("grouping sets (")
			w.groupItems(c.Args)
			w.str(")")
		default:
			w.expr(list[i], 0)
		}
	})
}

func (w *printer) targets(list []tree.Target) {
	w.list(len(list), func(i int) {
		w.expr(list[i].X, 0)
		if list[i].As != "" {
			w.str(" as ", lex.QuoteIdent(list[i].As))
		}
	})
}

func (w *printer) tables(list []tree.TableExpr) {
	w.list(len(list), func(i int) { w.table(list[i]) })
}

func (w *printer) table(t tree.TableExpr) {
	switch t := t.(type) {
	case *tree.TableRef:
		w.opt(t.Only, "only ")
		w.name(t.Name)
		w.alias(t.Alias, t.Cols)
	case *tree.QueryRef:
		w.opt(t.Lateral, "lateral ")
		w.str("(")
		if t.Joined && bareStar(t.Query.Targets[0]) {
			w.tables(t.Query.From)
		} else {
			w.query(t.Query)
		}
		w.str(")")
		w.alias(t.Alias, t.Cols)
	case *tree.FuncRef:
		w.opt(t.Lateral, "lateral ")
		if t.Rows == nil {
			w.call(t.Call)
		} else {
			w.rowsFrom(t.Rows)
		}
		w.opt(t.Ordinality, " with ordinality")
		w.alias(t.Alias, t.Cols)
		if t.ColDefs != nil {
			w.opt(t.Alias == "", " as ")
			w.colDefs(t.ColDefs)
		}
	case *tree.Join:
		w.join(t)
	}
}

// bareStar reports whether a target is *, which views have spelt out.
func bareStar(t tree.Target) bool {
	c, ok := t.X.(*tree.Column)
	return ok && c.Star && len(c.Parts) == 0
}

func (w *printer) rowsFrom(list []tree.FuncRef) {
	w.str("rows from (")
	w.list(len(list), func(i int) {
		w.call(list[i].Call)
		if list[i].ColDefs != nil {
			w.str(" as ")
			w.colDefs(list[i].ColDefs)
		}
	})
	w.str(")")
}

func (w *printer) alias(name string, cols []string) {
	if name != "" {
		w.str(" as ", lex.QuoteIdent(name))
		w.cols(cols)
	}
}

func (w *printer) join(j *tree.Join) {
	w.table(j.L)
	w.opt(j.Natural, " natural")
	w.str(" ")
	w.opt(j.Kind != "inner", j.Kind+" ")
	w.str("join ")
	_, nested := j.R.(*tree.Join)
	w.opt(nested, "(")
	w.table(j.R)
	w.opt(nested, ")")
	w.clause(" on ", j.On)
	if j.Using != nil {
		w.str(" using")
		w.cols(j.Using)
	}
}

func (w *printer) insert(s *tree.Insert) {
	w.with(s.With)
	w.str("insert into ")
	w.name(s.Table)
	w.alias(s.Alias, nil)
	w.cols(s.Cols)
	if s.Overriding != "" {
		w.str(" overriding ", s.Overriding, " value")
	}
	if s.Query == nil {
		w.str(" default values")
	} else {
		w.str(" ")
		w.query(s.Query)
	}
	if s.Conflict != nil {
		w.conflict(s.Conflict)
	}
	w.returning(s.Returning)
}

func (w *printer) conflict(c *tree.Conflict) {
	w.str(" on conflict")
	if c.Constraint != "" {
		w.str(" on constraint ", lex.QuoteIdent(c.Constraint))
	}
	if c.Cols != nil {
		w.str(" (")
		w.list(len(c.Cols), func(i int) { w.indexExpr(c.Cols[i]) })
		w.str(")")
		w.clause(" where ", c.Where)
	}
	if c.Nothing {
		w.str(" do nothing")
		return
	}
	w.str(" do update set ")
	w.assigns(c.Set)
	w.clause(" where ", c.SetWhere)
}

// indexExpr appends a key of an index: columns and calls stand bare.
func (w *printer) indexExpr(x tree.Expr) {
	bare := false
	switch x := x.(type) {
	case *tree.Column:
		bare = len(x.Parts) == 1 && !x.Star
	case *tree.Call:
		bare = true
	}
	w.opt(!bare, "(")
	w.expr(x, 0)
	w.opt(!bare, ")")
}

func (w *printer) assigns(list []tree.Assign) {
	w.list(len(list), func(i int) {
		a := &list[i]
		if len(a.Cols) == 1 {
			w.ident(a.Cols[0])
			w.parts(a.Parts)
		} else {
			w.str("(")
			w.idents(a.Cols)
			w.str(")")
		}
		w.str(" = ")
		w.expr(a.X, 0)
	})
}

func (w *printer) parts(list []tree.Part) {
	for _, p := range list {
		if p.Sub == nil {
			w.str(".")
			w.ident(p.Field)
			continue
		}
		w.str("[")
		w.expr(p.Sub, 0)
		w.str("]")
	}
}

func (w *printer) returning(list []tree.Target) {
	if list != nil {
		w.str(" returning ")
		w.targets(list)
	}
}

func (w *printer) update(s *tree.Update) {
	w.with(s.With)
	w.str("update ")
	w.name(s.Table)
	w.alias(s.Alias, nil)
	w.str(" set ")
	w.assigns(s.Set)
	if s.From != nil {
		w.str(" from ")
		w.tables(s.From)
	}
	w.clause(" where ", s.Where)
	w.returning(s.Returning)
}

func (w *printer) delete(s *tree.Delete) {
	w.with(s.With)
	w.str("delete from ")
	w.name(s.Table)
	w.alias(s.Alias, nil)
	if s.Using != nil {
		w.str(" using ")
		w.tables(s.Using)
	}
	w.clause(" where ", s.Where)
	w.returning(s.Returning)
}
