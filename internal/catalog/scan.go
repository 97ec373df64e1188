package catalog

import (
	"reflect"
	"slices"

	"github.com/plinth-dev/plinth/internal/pgsql"
)

// scan walks an expression or query, knows which table each name means, and tells
// its hooks. Hooks may change the nodes they get, if the tree is a copy.
type scan struct {
	c    *Catalog
	path []string

	table  func(t *Table, ref *pgsql.TableRef)
	column func(t *Table, name string, n *pgsql.Column) // the last of n.Parts is name
	using  func(t *Table, name string)
	call   func(n *pgsql.Call)
	typ    func(n *pgsql.TypeName)
	cast   func(n *pgsql.Cast)
	stray  func(n *pgsql.Column) // means nothing in scope

	rooted bool // the column given to the hook belongs to the outermost level
}

// rel is a named thing in scope: a table, or something with columns of these names.
type rel struct {
	name string
	t    *Table
	cols []string
}

func (r rel) has(col string) bool {
	if r.t != nil {
		return r.t.Column(col) >= 0
	}
	return slices.Contains(r.cols, col)
}

// frame is one query level.
type frame struct {
	up   *frame
	rels []rel
	ctes []rel
	root bool // the table whose own expression this is, not a FROM
}

func (f *frame) cte(name string) (rel, bool) {
	for ; f != nil; f = f.up {
		for _, r := range f.ctes {
			if r.name == name {
				return r, true
			}
		}
	}
	return rel{}, false
}

// expr walks an expression in which rels are visible.
func (w *scan) expr(x pgsql.Expr, rels ...rel) {
	if x != nil {
		w.value(reflect.ValueOf(x), &frame{rels: rels, root: true})
	}
}

func (w *scan) value(v reflect.Value, f *frame) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			w.value(v.Elem(), f)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			w.node(v, f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.value(v.Index(i), f)
		}
	case reflect.Struct:
		if v.CanAddr() {
			if tn, ok := v.Addr().Interface().(*pgsql.TypeName); ok && w.typ != nil {
				w.typ(tn)
			}
		}
		w.fields(v, f)
	}
}

func (w *scan) fields(v reflect.Value, f *frame) {
	for i := range v.NumField() {
		w.value(v.Field(i), f)
	}
}

func (w *scan) node(v reflect.Value, f *frame) {
	switch n := v.Interface().(type) {
	case *pgsql.Column:
		w.columnRef(n, f)
		return
	case *pgsql.Select:
		w.query(n, f)
		return
	case *pgsql.Insert:
		f = w.target(n.Table, n.Alias, n.With, f)
		f.rels = append(f.rels, rel{name: "excluded", t: f.rels[0].t})
	case *pgsql.Update:
		f = w.target(n.Table, n.Alias, n.With, f)
		for _, x := range n.From {
			w.from(x, f)
		}
	case *pgsql.Delete:
		f = w.target(n.Table, n.Alias, n.With, f)
		for _, x := range n.Using {
			w.from(x, f)
		}
	case *pgsql.Call:
		if w.call != nil {
			w.call(n)
		}
	case *pgsql.Cast:
		if w.cast != nil {
			w.cast(n)
		}
	case pgsql.TableExpr:
		return // walked by from
	case *pgsql.With:
		return // walked by with
	}
	w.value(v.Elem(), f)
}

// target opens the frame of a data-modifying statement.
func (w *scan) target(id pgsql.Ident, alias string, with *pgsql.With, up *frame) *frame {
	f := &frame{up: up}
	w.with(with, f)
	t, _ := w.c.Table(w.path, id)
	if alias == "" {
		alias = id.Name
	}
	f.rels = append(f.rels, rel{name: alias, t: t})
	return f
}

func (w *scan) with(with *pgsql.With, f *frame) {
	if with == nil {
		return
	}
	for i := range with.CTEs {
		cte := &with.CTEs[i]
		r := rel{name: cte.Name, cols: cte.Cols}
		q, isQuery := cte.Stmt.(*pgsql.Select)
		if with.Recursive && isQuery {
			if len(r.cols) == 0 {
				r.cols = w.outputs(firstArm(q), f)
			}
			f.ctes = append(f.ctes, r)
		}
		w.value(reflect.ValueOf(cte.Stmt), f)
		if isQuery && len(r.cols) == 0 {
			r.cols = w.outputs(q, f)
		}
		f.ctes = append(f.ctes, r)
	}
}

func firstArm(q *pgsql.Select) *pgsql.Select {
	for q.Left != nil {
		q = q.Left
	}
	return q
}

// query walks a SELECT in its own frame.
func (w *scan) query(q *pgsql.Select, up *frame) {
	f := &frame{up: up}
	w.with(q.With, f)
	if q.Op != "" {
		w.query(q.Left, f)
		w.query(q.Right, f)
		w.value(reflect.ValueOf(q.OrderBy), f)
		w.value(reflect.ValueOf([]pgsql.Expr{q.Limit, q.Offset}), f)
		return
	}
	for _, x := range q.From {
		w.from(x, f)
	}
	for i := range q.Targets {
		// A rename below must not change what the query's columns are called.
		t := &q.Targets[i]
		before := outputName(t.X)
		w.value(reflect.ValueOf(t.X), f)
		if t.As == "" && outputName(t.X) != before {
			t.As = before
		}
	}
	w.value(reflect.ValueOf(q.DistinctOn), f)
	w.value(reflect.ValueOf([]pgsql.Expr{q.Where, q.Having, q.Limit, q.Offset}), f)
	w.value(reflect.ValueOf(q.GroupBy), f)
	w.value(reflect.ValueOf(q.Windows), f)
	w.value(reflect.ValueOf(q.Values), f)
	w.value(reflect.ValueOf(q.OrderBy), f)
}

// from adds an item of FROM to the frame, and walks what is inside it.
func (w *scan) from(x pgsql.TableExpr, f *frame) {
	switch x := x.(type) {
	case *pgsql.TableRef:
		f.rels = append(f.rels, w.tableRef(x, f))
	case *pgsql.QueryRef:
		w.query(x.Query, f)
		cols := w.outputs(x.Query, f)
		f.rels = append(f.rels, rel{name: x.Alias, cols: overlay(cols, x.Cols)})
	case *pgsql.FuncRef:
		w.value(reflect.ValueOf(x.Call), f)
		w.value(reflect.ValueOf(x.ColDefs), f)
		f.rels = append(f.rels, w.funcRel(x))
	case *pgsql.Join:
		n := len(f.rels)
		w.from(x.L, f)
		w.from(x.R, f)
		w.value(reflect.ValueOf(&x.On).Elem(), f)
		for _, r := range f.rels[n:] {
			w.joinUsing(r, x.Using)
		}
	}
}

func (w *scan) joinUsing(r rel, cols []string) {
	for _, col := range cols {
		if w.using != nil && r.t != nil && r.has(col) {
			w.using(r.t, col)
		}
	}
}

func (w *scan) tableRef(x *pgsql.TableRef, f *frame) rel {
	name := x.Alias
	if name == "" {
		name = x.Name.Name
	}
	if x.Name.Schema == "" {
		if r, ok := f.cte(x.Name.Name); ok {
			return rel{name: name, cols: overlay(r.cols, x.Cols)}
		}
	}
	t, ok := w.c.Table(w.path, x.Name)
	if !ok {
		return rel{name: name, cols: x.Cols}
	}
	if w.table != nil {
		w.table(t, x)
	}
	if len(x.Cols) > 0 {
		return rel{name: name, cols: overlay(columnNames(t), x.Cols)}
	}
	return rel{name: name, t: t}
}

func (w *scan) funcRel(x *pgsql.FuncRef) rel {
	name := x.Alias
	if name == "" {
		name = x.Call.Name.Name
	}
	cols := []string{name}
	if len(x.ColDefs) > 0 {
		cols = nil
		for _, d := range x.ColDefs {
			cols = append(cols, d.Name)
		}
	} else if fs := w.c.Functions(w.path, x.Call.Name); len(fs) > 0 {
		cols = resultNames(fs[0], name)
	}
	if x.Ordinality {
		cols = append(cols, "ordinality")
	}
	return rel{name: name, cols: overlay(cols, x.Cols)}
}

func resultNames(f *Function, alias string) []string {
	fields := f.OutCols
	if len(fields) == 0 && f.Returns != nil {
		fields = f.Returns.Fields
	}
	if len(fields) == 0 {
		return []string{alias}
	}
	out := make([]string, len(fields))
	for i, x := range fields {
		out[i] = x.Name
	}
	return out
}

// overlay renames the first of cols by an alias's column list.
func overlay(cols, names []string) []string {
	if len(names) >= len(cols) {
		return names
	}
	return append(slices.Clone(names), cols[len(names):]...)
}

func columnNames(t *Table) []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Name
	}
	return out
}

// columnRef resolves a name path to a column of a table, innermost level first.
func (w *scan) columnRef(n *pgsql.Column, f *frame) {
	if n.Star {
		w.star(n, f)
		return
	}
	if len(n.Parts) == 0 {
		return
	}
	name := n.Parts[len(n.Parts)-1]
	for ; f != nil; f = f.up {
		for _, r := range f.rels {
			if !r.matches(n.Parts[:len(n.Parts)-1]) || !r.has(name) {
				continue
			}
			if r.t != nil && w.column != nil {
				w.rooted = f.up == nil && f.root
				w.column(r.t, name, n)
			}
			return
		}
		if len(n.Parts) == 1 && f.named(name) {
			return // a whole row
		}
	}
	if w.stray != nil {
		w.stray(n)
	}
}

func (f *frame) named(name string) bool {
	return slices.ContainsFunc(f.rels, func(r rel) bool { return r.name == name })
}

// matches reports whether the qualifier, of zero to two parts, means r.
func (r rel) matches(q []string) bool {
	switch len(q) {
	case 0:
		return true
	case 1:
		return q[0] == r.name
	}
	return r.t != nil && q[len(q)-1] == r.t.Name && q[len(q)-2] == r.t.Schema
}

func (w *scan) star(n *pgsql.Column, f *frame) {
	if w.column == nil {
		return
	}
	for ; f != nil; f = f.up {
		for _, r := range f.rels {
			if r.t == nil || !r.matches(n.Parts) {
				continue
			}
			for _, col := range r.t.Columns {
				w.column(r.t, col.Name, n)
			}
			return
		}
	}
}
