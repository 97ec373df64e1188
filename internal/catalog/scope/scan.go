package scope

import (
	"reflect"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Scan walks an expression or query, knows which table each name means, and tells
// its hooks. Hooks may change the nodes they get, if the tree is a copy.
type Scan struct {
	C    *catalog.Catalog
	Path []string

	Table  func(t *catalog.Table, ref *pgsql.TableRef)
	Column func(t *catalog.Table, name string, n *pgsql.Column) // the last of n.Parts is name
	Using  func(t *catalog.Table, name string)
	Call   func(n *pgsql.Call)
	Type   func(n *pgsql.TypeName)
	Cast   func(n *pgsql.Cast)
	Stray  func(n *pgsql.Column) // means nothing in scope

	ExpandStars bool // write out the columns of * and t.* in targets

	Rooted bool // the column given to the hook belongs to the outermost level
}

// Rel is a named thing in scope: a table, or something with columns of these names.
type Rel struct {
	Name string
	T    *catalog.Table
	Cols []string

	loose bool // Cols is a guess
}

func (r Rel) has(col string) bool {
	if r.T != nil {
		return r.T.Column(col) >= 0
	}
	return slices.Contains(r.Cols, col)
}

// frame is one query level.
type frame struct {
	up   *frame
	rels []Rel
	ctes []Rel
	root bool // the table whose own expression this is, not a FROM
}

func (f *frame) cte(name string) (Rel, bool) {
	for ; f != nil; f = f.up {
		for _, r := range f.ctes {
			if r.Name == name {
				return r, true
			}
		}
	}
	return Rel{}, false
}

// expr walks an expression in which rels are visible.
func (w *Scan) Expr(x pgsql.Expr, rels ...Rel) {
	if x != nil {
		w.value(reflect.ValueOf(x), &frame{rels: rels, root: true})
	}
}

func (w *Scan) value(v reflect.Value, f *frame) {
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
			if tn, ok := v.Addr().Interface().(*pgsql.TypeName); ok && w.Type != nil {
				w.Type(tn)
			}
		}
		w.fields(v, f)
	}
}

func (w *Scan) fields(v reflect.Value, f *frame) {
	for i := range v.NumField() {
		w.value(v.Field(i), f)
	}
}

func (w *Scan) node(v reflect.Value, f *frame) {
	switch n := v.Interface().(type) {
	case *pgsql.Column:
		w.columnRef(n, f)
		return
	case *pgsql.Select:
		w.query(n, f)
		return
	case *pgsql.Insert:
		f = w.target(n.Table, n.Alias, n.With, f)
		f.rels = append(f.rels, Rel{Name: "excluded", T: f.rels[0].T})
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
		if w.Call != nil {
			w.Call(n)
		}
	case *pgsql.Cast:
		if w.Cast != nil {
			w.Cast(n)
		}
	case pgsql.TableExpr:
		return // walked by from
	case *pgsql.With:
		return // walked by with
	}
	w.value(v.Elem(), f)
}

// target opens the frame of a data-modifying statement.
func (w *Scan) target(id pgsql.Ident, alias string, with *pgsql.With, up *frame) *frame {
	f := &frame{up: up}
	w.with(with, f)
	t, _ := w.C.Table(w.Path, id)
	if alias == "" {
		alias = id.Name
	}
	f.rels = append(f.rels, Rel{Name: alias, T: t})
	return f
}

func (w *Scan) with(with *pgsql.With, f *frame) {
	if with == nil {
		return
	}
	for i := range with.CTEs {
		cte := &with.CTEs[i]
		r := Rel{Name: cte.Name, Cols: cte.Cols}
		q, isQuery := cte.Stmt.(*pgsql.Select)
		if with.Recursive && isQuery {
			if len(r.Cols) == 0 {
				r.Cols = w.outputs(firstArm(q), f)
			}
			f.ctes = append(f.ctes, r)
		}
		w.value(reflect.ValueOf(cte.Stmt), f)
		if isQuery && len(r.Cols) == 0 {
			r.Cols = w.outputs(q, f)
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

// Query walks a SELECT.
func (w *Scan) Query(q *pgsql.Select) { w.query(q, nil) }

// query walks a SELECT in its own frame.
func (w *Scan) query(q *pgsql.Select, up *frame) {
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
	if w.ExpandStars {
		q.Targets = f.expand(q)
	}
	for i := range q.Targets {
		// A rename below must not change what the query's columns are called.
		t := &q.Targets[i]
		before := OutputName(t.X)
		w.value(reflect.ValueOf(t.X), f)
		if t.As == "" && OutputName(t.X) != before {
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
func (w *Scan) from(x pgsql.TableExpr, f *frame) {
	switch x := x.(type) {
	case *pgsql.TableRef:
		f.rels = append(f.rels, w.tableRef(x, f))
	case *pgsql.QueryRef:
		w.query(x.Query, f)
		cols := w.outputs(x.Query, f)
		f.rels = append(f.rels, Rel{Name: x.Alias, Cols: overlay(cols, x.Cols)})
	case *pgsql.FuncRef:
		w.value(reflect.ValueOf(x.Call), f)
		w.value(reflect.ValueOf(x.ColDefs), f)
		for i := 1; i < len(x.Rows); i++ {
			w.value(reflect.ValueOf(x.Rows[i].Call), f)
		}
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

func (w *Scan) joinUsing(r Rel, cols []string) {
	for _, col := range cols {
		if w.Using != nil && r.T != nil && r.has(col) {
			w.Using(r.T, col)
		}
	}
}

func (w *Scan) tableRef(x *pgsql.TableRef, f *frame) Rel {
	name := x.Alias
	if name == "" {
		name = x.Name.Name
	}
	if x.Name.Schema == "" {
		if r, ok := f.cte(x.Name.Name); ok {
			return Rel{Name: name, Cols: overlay(r.Cols, x.Cols)}
		}
	}
	t, ok := w.C.Table(w.Path, x.Name)
	if !ok {
		return Rel{Name: name, Cols: x.Cols}
	}
	if w.Table != nil {
		w.Table(t, x)
	}
	if len(x.Cols) > 0 {
		return Rel{Name: name, Cols: overlay(t.ColumnNames(), x.Cols)}
	}
	return Rel{Name: name, T: t}
}

func (w *Scan) funcRel(x *pgsql.FuncRef) Rel {
	name := x.Alias
	if name == "" {
		name = x.Call.Name.Name
	}
	cols, loose := []string{name}, false
	if len(x.ColDefs) > 0 {
		cols = nil
		for _, d := range x.ColDefs {
			cols = append(cols, d.Name)
		}
	} else if fs := w.C.Functions(w.Path, x.Call.Name); len(fs) > 0 {
		cols = resultNames(fs[0], name)
	} else {
		loose = len(x.Cols) == 0
	}
	if x.Ordinality {
		cols = append(cols, "ordinality")
	}
	return Rel{Name: name, Cols: overlay(cols, x.Cols), loose: loose}
}

func resultNames(f *catalog.Function, alias string) []string {
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

// columnRef resolves a name path to a column of a table, innermost level first.
func (w *Scan) columnRef(n *pgsql.Column, f *frame) {
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
			if r.T != nil && w.Column != nil {
				w.Rooted = f.up == nil && f.root
				w.Column(r.T, name, n)
			}
			return
		}
		if len(n.Parts) == 1 && f.named(name) {
			return // a whole row
		}
	}
	if w.Stray != nil {
		w.Stray(n)
	}
}

func (f *frame) named(name string) bool {
	return slices.ContainsFunc(f.rels, func(r Rel) bool { return r.Name == name })
}

// matches reports whether the qualifier, of zero to two parts, means r.
func (r Rel) matches(q []string) bool {
	switch len(q) {
	case 0:
		return true
	case 1:
		return q[0] == r.Name
	}
	return r.T != nil && q[len(q)-1] == r.T.Name && q[len(q)-2] == r.T.Schema
}

func (w *Scan) star(n *pgsql.Column, f *frame) {
	if w.Column == nil {
		return
	}
	for ; f != nil; f = f.up {
		for _, r := range f.rels {
			if r.T == nil || !r.matches(n.Parts) {
				continue
			}
			for _, col := range r.T.Columns {
				w.Column(r.T, col.Name, n)
			}
			return
		}
	}
}
