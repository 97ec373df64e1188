package sqlgen

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/value"
)

// CallArg is an argument of a call. Several Params of one variadic name are one
// argument.
type CallArg struct {
	Name string // "" for the single unnamed parameter
	From Source // Param, Member or Whole
	N    int
}

// Call compiles a call of a function.
func (c Compiler) Call(f *catalog.Function, args []CallArg, req *query.Request, page Page) (*Plan, error) {
	g := c.gen(f.Schema)
	call := qualified(f.Schema, f.Name) + "(" + g.callArgs(f, args) + ")"
	p := &Plan{Write: f.Volatility != "immutable" && f.Volatility != "stable"}
	root := g.resultNode(f, req)
	if root == nil {
		g.scalar(p, f, call)
		return p, nil
	}
	root, err := g.newNode(root)
	if err != nil {
		return nil, err
	}
	if err := g.attach(root, req); err != nil {
		return nil, err
	}
	p.Mode = Rows
	if !f.SetOf {
		p.Mode = One
	}
	if page.Count && g.opt.Handler == nil {
		// A second call could have effects: the rows are counted as they pass.
		p.Window = true
		page = Page{}
	}
	_, err = g.top(p, root, call+" "+root.alias, page)
	return p, err
}

// resultNode is the root of a function that returns rows, nil for a scalar.
func (g *gen) resultNode(f *catalog.Function, req *query.Request) *node {
	row := rowType(f.Returns)
	if row != nil {
		if t := g.schema.tableOf(row.Schema, row.Name); t != nil {
			return &node{table: t, items: itemsOf(req)}
		}
	}
	fields := f.OutCols
	if len(fields) == 0 && row != nil {
		fields = row.Fields
		if sc := g.schema.Cat.Schemas[row.Schema]; len(fields) == 0 && sc != nil && sc.Types[row.Name] != nil {
			fields = sc.Types[row.Name].Type.Fields
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return &node{name: f.Name, fields: fields, items: itemsOf(req)}
}

// rowType is t where its values are rows, or what it is a domain over; nil for others.
func rowType(t *value.Type) *value.Type {
	if t == nil || t.Base().Kind != value.Record {
		return nil
	}
	return t.Base()
}

func (g *gen) scalar(p *Plan, f *catalog.Function, call string) {
	p.Args, p.Result = g.args, f.Returns
	p.Out = []Out{NewOut(f.Name, 0)}
	switch {
	case f.Returns == nil || f.Returns.Kind == value.Void:
		p.Mode = Nothing
		p.SQL = "select " + call
	case f.SetOf:
		p.Mode = List
		p.SQL = "select t0.v from " + call + " t0(v)"
		if f.Returns.Kind == value.Record { // of columns that nobody has declared
			p.SQL = "select row_to_json(" + call + ")"
		}
		p.Window = true
	default:
		p.Mode = Scalar
		if f.Returns.Kind == value.Record && f.Returns.Name == "" {
			call = "row_to_json(" + call + ")"
		}
		if !g.raw && g.schema.hasJSON(f.Returns, 0) {
			call = "to_json(" + call + ")"
		}
		p.SQL = "select " + call
		if g.opt.Handler != nil {
			p.SQL += " as v"
		}
	}
	if p.Mode != Nothing && g.opt.Handler != nil {
		p.Mode, p.Window = Scalar, false
		g.handle(p, "_t.v")
	}
}

func (g *gen) callArgs(f *catalog.Function, args []CallArg) string {
	parts := make([]string, len(args))
	for i, a := range args {
		par := argNamed(f, a.Name)
		arg := Arg{From: a.From, N: a.N, Type: par.Type}
		switch a.From {
		case Member:
			arg.Text = a.Name
		case Param:
			if par.Mode == "variadic" {
				arg.Form = Items
			}
		}
		sql := g.arg(arg) + "::" + paramType(par.Type)
		if a.Name != "" {
			sql = Quote(a.Name) + " => " + sql
		}
		if par.Mode == "variadic" {
			sql = "variadic " + sql
		}
		parts[i] = sql
	}
	return strings.Join(parts, ", ")
}

// paramType is the type that an argument is cast to.
func paramType(t *value.Type) string {
	switch t.Kind {
	case value.Any, value.AnyElement, value.AnyEnum, value.Unknown:
		if t.Name == "" {
			return "text"
		}
	case value.AnyArray:
		return "text[]"
	}
	return typeSQL(t)
}

func argNamed(f *catalog.Function, name string) *catalog.Arg {
	for i := range f.Args {
		a := &f.Args[i]
		if a.Name == name && a.Mode != "out" && a.Mode != "table" {
			return a
		}
	}
	return &f.Args[0]
}
