package bind

import (
	"slices"
	"strconv"

	"github.com/plinth-dev/plinth/internal/bind/lower"
	"github.com/plinth-dev/plinth/internal/builtin/absent"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// from binds a FROM list and makes its names visible.
func (s *scope) from(items []pgsql.TableExpr) ([]From, error) {
	acc := s.ns
	var out []From
	for _, it := range items {
		f, n, err := s.item(it, acc)
		if err != nil {
			return nil, err
		}
		if err := unique(acc, n); err != nil {
			return nil, err
		}
		out = append(out, f)
		acc = acc.with(n)
	}
	s.ns, s.hid = acc, names{}
	return out, nil
}

func unique(a, b names) error {
	for _, x := range b.rels {
		for _, y := range a.rels {
			if x.name == y.name && x.name != "" {
				return fault.SQL("42712", "table name \"%s\" specified more than once", x.name)
			}
		}
	}
	return nil
}

// seeing runs fn with other names visible (lateral) or only known for messages.
func (s *scope) seeing(visible, hidden names, fn func() error) error {
	ns, hid := s.ns, s.hid
	s.ns, s.hid = visible, hidden
	defer func() { s.ns, s.hid = ns, hid }()
	return fn()
}

// item binds one FROM item; left is what stands before it, for LATERAL.
func (s *scope) item(it pgsql.TableExpr, left names) (From, names, error) {
	if err := s.b.deeper(); err != nil {
		return nil, names{}, err
	}
	defer func() { s.b.depth-- }()
	switch it := it.(type) {
	case *pgsql.Join:
		return s.join(it, left)
	case *pgsql.TableRef:
		rel, err := s.tableRef(it)
		if err != nil {
			return nil, names{}, err
		}
		return rel, namesOf(rel), nil
	case *pgsql.QueryRef:
		rel, err := s.queryRef(it, left)
		if err != nil {
			return nil, names{}, err
		}
		return rel, namesOf(rel), nil
	case *pgsql.FuncRef:
		if list := together(it); list != nil {
			rel, err := s.rowsFrom(it, list, left)
			if err != nil {
				return nil, names{}, err
			}
			return rel, namesOf(rel), nil
		}
		rel, err := s.funcRef(it, left)
		if err != nil {
			return nil, names{}, err
		}
		return rel, namesOf(rel), nil
	}
	return nil, names{}, errUnsupported("FROM item %T is not supported", it)
}

func (s *scope) queryRef(it *pgsql.QueryRef, left names) (*Rel, error) {
	visible, hidden := names{}, left
	if it.Lateral {
		visible, hidden = left, names{}
	}
	var q *Query
	err := s.seeing(visible, hidden, func() (err error) {
		q, err = s.b.query(s, it.Query, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	rel := &Rel{Kind: RelQuery, Alias: it.Alias, Cols: slices.Clone(q.Cols), Query: q, Lateral: it.Lateral}
	return rel, s.rename(rel, it.Cols, it)
}

// rename applies a column alias list.
func (s *scope) rename(rel *Rel, cols []string, n pgsql.Node) error {
	if len(cols) > len(rel.Cols) {
		return s.b.at(fault.SQL("42P10", "table \"%s\" has %d columns available but %d columns specified",
			rel.Alias, len(rel.Cols), len(cols)), n)
	}
	for i, c := range cols {
		rel.Cols[i].Name = c
	}
	return nil
}

// tableRef binds a name in FROM: a CTE, a table or a view.
func (s *scope) tableRef(it *pgsql.TableRef) (*Rel, error) {
	if it.Cols != nil {
		return s.queryRef(lower.Renamed(it), names{})
	}
	b := s.b
	alias := it.Alias
	if alias == "" {
		alias = it.Name.Name
	}
	if it.Name.Schema == "" {
		if c := s.cte(it.Name.Name); c != nil {
			if c.Cols == nil {
				return nil, b.at(fault.SQL("0A000", "WITH query \"%s\" does not have a RETURNING clause", c.Name), it)
			}
			return &Rel{Kind: RelCTE, Alias: alias, Cols: slices.Clone(c.Cols), CTE: c}, nil
		}
		if b.place.outer {
			if r := b.cfg.Tables[it.Name.Name]; r != nil {
				rel, call := *r, *r.Func
				rel.Alias, rel.Cols, rel.Func = alias, slices.Clone(r.Cols), &call
				return &rel, nil
			}
		}
	}
	t, ok := b.cfg.Catalog.Table(b.place.path, it.Name)
	if rel := b.systemRel(it.Name, alias); rel != nil && !ok {
		return rel, nil
	}
	if wayOut, known := absent.Relation(it.Name.Schema, it.Name.Name); known && !ok {
		return nil, b.at(errUnsupported("relation \"%s\" is not supported", written(it.Name)).WithHint(wayOut), it)
	}
	if !ok {
		return nil, b.at(fault.SQL("42P01", "relation \"%s\" does not exist", written(it.Name)), it)
	}
	rel, err := b.tableRel(t, alias)
	if err != nil {
		return nil, b.at(err, it)
	}
	b.uses.Add(t, rel.Actor, "select")
	return rel, nil
}

// tableRel makes the entry of a table, or of a view with its query.
func (b *binder) tableRel(t *catalog.Table, alias string) (*Rel, error) {
	rel := &Rel{Kind: RelTable, Alias: alias, Cols: t.RowType().Fields, Table: t, Actor: b.place.actor}
	if t.Kind != catalog.View {
		return rel, nil
	}
	rel.Kind = RelQuery
	if slices.Contains(b.stack, any(t)) || t.ViewDef == nil {
		return nil, fault.SQL("42P17", "infinite recursion detected in rules for relation \"%s\"", t.Name)
	}
	b.stack = append(b.stack, t)
	defer func() { b.stack = b.stack[:len(b.stack)-1] }()
	p := place{path: t.ViewDef.SearchPath, actor: t.Owner, foreign: true, user: b.place.user}
	if t.ViewDef.SecurityInvoker {
		p.actor = b.place.user // even below a view that is its owner's
	}
	rel.Barrier = t.ViewDef.SecurityBarrier
	err := b.in(p, func() (err error) {
		rel.Query, err = b.query(nil, t.ViewDef.Query, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	return rel, b.fitView(rel)
}

// fitView gives the expanded query the columns that the view had when it was made.
func (b *binder) fitView(rel *Rel) error {
	q := rel.Query
	if len(q.Cols) < len(rel.Cols) {
		return fault.SQL("XX000", "view \"%s\" has more columns than its query", rel.Alias)
	}
	if len(q.Cols) > len(rel.Cols) {
		q = b.wrap(q)
		q.Targets = q.Targets[:len(rel.Cols)]
	}
	types := make([]*value.Type, len(rel.Cols))
	for i, c := range rel.Cols {
		types[i] = c.Type
	}
	q, err := b.coerceQuery(q, types, value.Explicit)
	if err != nil {
		return err
	}
	if q.Targets != nil {
		q.SetCols()
	}
	rel.Query = q
	return nil
}

// join binds l join r, with USING and NATURAL lowered to a condition.
func (s *scope) join(it *pgsql.Join, left names) (From, names, error) {
	l, ln, err := s.item(it.L, left)
	if err != nil {
		return nil, names{}, err
	}
	r, rn, err := s.item(it.R, left.with(ln))
	if err != nil {
		return nil, names{}, err
	}
	if err := unique(ln, rn); err != nil {
		return nil, names{}, err
	}
	j := &Join{Kind: it.Kind, L: l, R: r}
	using := it.Using
	if it.Natural {
		using = sharedNames(ln, rn)
	}
	if len(using) > 0 {
		n, err := s.using(j, ln, rn, &pgsql.Join{At: it.At, Using: using})
		return j, n, err
	}
	both := ln.with(rn)
	err = s.seeing(both, left, func() (err error) {
		j.On, err = s.boolean(it.On, "JOIN/ON")
		return err
	})
	if it.Natural && j.Kind == "inner" && j.On == nil {
		j.Kind = "cross"
	}
	return j, both, err
}

func sharedNames(l, r names) []string {
	var out []string
	for _, c := range l.cols {
		if _, n := r.find(c.name); n > 0 && !slices.Contains(out, c.name) {
			out = append(out, c.name)
		}
	}
	return out
}

// using joins on the named columns, which stand once and first in what the join shows.
func (s *scope) using(j *Join, ln, rn names, it *pgsql.Join) (names, error) {
	b := s.b
	out := names{rels: append(ln.rels[:len(ln.rels):len(ln.rels)], rn.rels...)}
	var conds []Expr
	for _, name := range it.Using {
		lc, err := usingSide(ln, name, "left")
		if err != nil {
			return out, err
		}
		rc, err := usingSide(rn, name, "right")
		if err != nil {
			return out, err
		}
		l, r := b.colRef(lc, it), b.colRef(rc, it)
		eq, err := b.apply("=", l, r, it)
		if err != nil {
			return out, err
		}
		conds = append(conds, eq)
		merged := lc
		switch j.Kind {
		case "right":
			merged = rc
		case "full":
			xs, t, err := b.unify([]Expr{l, r}, "JOIN/USING")
			if err != nil {
				return out, err
			}
			merged = colName{name: name, x: &Coalesce{Args: xs, T: t}}
		}
		merged.name = name
		out.cols = append(out.cols, merged)
	}
	j.On = joinLogic(false, conds)
	for _, side := range []names{ln, rn} {
		for _, c := range side.cols {
			if !slices.Contains(it.Using, c.name) {
				out.cols = append(out.cols, c)
			}
		}
	}
	return out, nil
}

func usingSide(n names, name, side string) (colName, error) {
	c, count := n.find(name)
	switch {
	case count == 0:
		return c, fault.SQL("42703", "column \"%s\" specified in USING clause does not exist in %s table", name, side)
	case count > 1:
		return c, fault.SQL("42702", "common column name \"%s\" appears more than once in %s table", name, side)
	}
	return c, nil
}

// with binds a WITH clause; its queries see those before them.
func (s *scope) with(w *pgsql.With) ([]*CTE, error) {
	if w == nil {
		return nil, nil
	}
	for _, def := range w.CTEs {
		if slices.ContainsFunc(s.ctes, func(c *CTE) bool { return c.Name == def.Name }) {
			return nil, s.b.at(fault.SQL("42712", "WITH query name \"%s\" specified more than once", def.Name), def.Stmt)
		}
		c := &CTE{Name: def.Name, Materialized: def.Materialized}
		if err := s.bindCTE(c, def, w.Recursive); err != nil {
			return nil, err
		}
		if !slices.Contains(s.ctes, c) {
			s.ctes = append(s.ctes, c)
		}
	}
	return s.ctes, nil
}

func (s *scope) bindCTE(c *CTE, def pgsql.CTE, recursive bool) error {
	sel, ok := def.Stmt.(*pgsql.Select)
	if !ok {
		w, err := s.b.write(s, def.Stmt)
		if err != nil {
			return err
		}
		c.Write = w
		c.Cols, err = s.cteCols(w.Out, def)
		if len(w.Returning) == 0 {
			c.Cols = nil
		}
		return err
	}
	if recursive && sel.Op == "union" && len(sel.OrderBy) == 0 && sel.Limit == nil && sel.Offset == nil {
		return s.recursiveCTE(c, def, sel)
	}
	q, err := s.b.query(s, sel, false)
	if err != nil {
		return err
	}
	c.Query = q
	c.Cols, err = s.cteCols(q.Cols, def)
	return err
}

func (s *scope) cteCols(cols []value.Field, def pgsql.CTE) ([]value.Field, error) {
	out := slices.Clone(cols)
	if out == nil {
		out = []value.Field{}
	}
	if len(def.Cols) > len(out) {
		return nil, s.b.at(fault.SQL("42P10", "WITH query \"%s\" has %d columns available but %d columns specified",
			def.Name, len(out), len(def.Cols)), def.Stmt)
	}
	for i, n := range def.Cols {
		out[i].Name = n
	}
	return out, nil
}

// recursiveCTE binds the first branch, whose columns the second one sees.
func (s *scope) recursiveCTE(c *CTE, def pgsql.CTE, sel *pgsql.Select) error {
	b := s.b
	inner := b.child(s)
	var with []*CTE
	var err error
	if with, err = inner.with(sel.With); err != nil {
		return err
	}
	l, err := b.query(inner, sel.Left, false)
	if err != nil {
		return err
	}
	if c.Cols, err = s.cteCols(l.Cols, def); err != nil {
		return err
	}
	s.ctes = append(s.ctes, c)
	r, err := b.query(inner, sel.Right, true)
	if err != nil {
		return err
	}
	if len(l.Cols) != len(r.Cols) {
		return b.at(fault.SQL("42601", "each UNION query must have the same number of columns"), firstTarget(sel.Right))
	}
	types := make([]*value.Type, len(l.Cols))
	lx, rx := l.Outputs(), r.Outputs()
	for i, f := range l.Cols {
		types[i] = f.Type
		t, err := b.common([]Expr{lx[i], rx[i]}, "UNION")
		if err != nil {
			return err
		}
		if !value.Same(t, f.Type) {
			err := fault.SQL("42804", "recursive query \"%s\" column %s has type %s in non-recursive term but type %s overall",
				c.Name, strconv.Itoa(i+1), typeName(f.Type), typeName(t)).
				WithHint("Cast the output of the non-recursive term to the correct type.")
			return b.atExpr(err, lx[i])
		}
	}
	if r, err = b.coerceQuery(r, types, value.Implicit); err != nil {
		return err
	}
	c.Query = &Query{With: with, Op: "union", All: sel.All, Left: l, Right: r, Cols: l.Cols}
	return nil
}
