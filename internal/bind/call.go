package bind

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/bind/lower"
	"github.com/plinth-dev/plinth/internal/bind/overload"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/builtin/absent"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// call binds a function call of any kind in a scalar place.
func (s *scope) call(x *pgsql.Call) (Expr, error) {
	if x.Name.Schema == "" || x.Name.Schema == "pg_catalog" {
		switch x.Name.Name {
		case "grouping":
			return s.grouping(x)
		case "coalesce", "greatest", "least", "nullif":
			return s.variadicForm(x)
		case "current_user", "current_role", "user":
			if u := s.b.place.user; u != "" {
				return s.b.mark(&Const{Val: value.Str(u), T: value.TName}, x), nil
			}
		}
	}
	if x.Over != nil {
		return s.window(x)
	}
	if s.b.isAgg(x.Name) {
		return s.aggregate(x)
	}
	if lower.IsHypothetical(x) {
		return s.hypothetical(x)
	}
	if _, ok := builtin.WindowByName(x.Name.Name); ok && x.Name.Schema == "" {
		return nil, s.b.at(fault.SQL("42809", "window function %s requires an OVER clause", x.Name.Name), x)
	}
	if x.Filter != nil || x.Within != nil || x.Distinct || x.OrderBy != nil || x.Star {
		return nil, s.b.at(s.b.notAggregate(x), x)
	}
	args, err := s.list(x.Args)
	if err != nil {
		return nil, err
	}
	c, err := s.b.function(x, args)
	if err != nil {
		return nil, err
	}
	if c.Fn == nil && c.User == nil && c.Set == nil {
		return s.b.castCall(x, args)
	}
	return s.invoke(c, args, x)
}

// invoke makes the call of a chosen overload.
func (s *scope) invoke(c candidate, args []Expr, x *pgsql.Call) (Expr, error) {
	b := s.b
	if c.Set != nil || c.User != nil && c.User.SetOf {
		return s.setCall(c, args, x)
	}
	if c.User != nil {
		full, err := s.userArgs(c, args, x)
		if err != nil {
			return nil, err
		}
		return s.userCall(c.User, full, x)
	}
	p, _ := c.Polymorph(exprTypes(args))
	filled, err := b.fill(args, actuals(p, c.Args, args))
	if err != nil {
		return nil, err
	}
	filled = inOrder(c, filled)
	t := p.Actual(c.Fn.Ret)
	if t.Kind == value.Record && len(t.Fields) == 0 && len(args) > 0 && args[0].Type().Base().Kind == value.Record {
		t = args[0].Type()
	}
	return b.mark(&Call{Fn: c.Fn, Args: filled, T: t}, x), nil
}

// actuals are the types that arguments become: "any" leaves them as they are.
func actuals(p poly, sig []*value.Type, args []Expr) []*value.Type {
	out := make([]*value.Type, len(sig))
	for i, t := range sig {
		out[i] = p.Actual(t)
		if t.Kind == value.Any && !isUnknown(args[i].Type()) {
			out[i] = args[i].Type()
		}
	}
	return out
}

func exprTypes(xs []Expr) []*value.Type {
	out := make([]*value.Type, len(xs))
	for i, x := range xs {
		out[i] = x.Type()
	}
	return out
}

// builtin calls a built-in function by name on bound arguments.
func (s *scope) builtin(name string, args []Expr, n pgsql.Node) (Expr, error) {
	x := &pgsql.Call{At: pgsql.At{Pos: n.Position()}, Name: pgsql.Ident{Schema: "pg_catalog", Name: name}}
	x.Args = make([]pgsql.Expr, len(args))
	c, err := s.b.function(x, args)
	if err != nil {
		return nil, err
	}
	if c.Fn == nil {
		return nil, s.b.at(noFunction(x, exprTypes(args)), n)
	}
	return s.invoke(c, args, x)
}

// function picks the overload that a call means. A candidate with nothing set says
// that the name is a type's: the call is a cast.
func (b *binder) function(x *pgsql.Call, args []Expr) (candidate, error) {
	types := exprTypes(args)
	cands, err := b.candidates(x, len(args))
	if err != nil {
		return candidate{}, err
	}
	c, v := choose(cands, types)
	if v == found {
		return c, nil
	}
	if _, ok := b.castName(x); ok && v == notFound && len(args) == 1 {
		return candidate{}, nil
	}
	if v == ambiguous {
		err := fault.SQL("42725", "function %s(%s) is not unique", written(x.Name), typeList(types)).WithHint(hintBestFunc)
		return candidate{}, b.at(err, x)
	}
	if wayOut, ok := b.absent(x.Name, types); ok {
		return candidate{}, b.at(errAbsent(x.Name, wayOut), x)
	}
	if b.cfg.Catalog.Schemas[x.Name.Schema] == nil && x.Name.Schema != "" && x.Name.Schema != "pg_catalog" {
		return candidate{}, b.at(fault.SQL("3F000", "schema \"%s\" does not exist", x.Name.Schema), x)
	}
	return candidate{}, b.at(noFunction(x, types), x)
}

// absent tells whether Postgres has the function, or the overload for these types, and
// the engine has not. A function of the user's own takes the name away.
func (b *binder) absent(id pgsql.Ident, types []*value.Type) (wayOut string, ok bool) {
	if len(b.cfg.Catalog.Functions(b.place.path, id)) > 0 {
		return "", false
	}
	name := strings.TrimPrefix(written(id), "pg_catalog.")
	if wayOut, ok = absent.Function(name); ok {
		return wayOut, ok
	}
	return absent.Function(name + "(" + typeList(types) + ")")
}

func errAbsent(id pgsql.Ident, wayOut string) *fault.Error {
	return fault.SQL("0A000", "function %s is not supported", written(id)).WithHint(wayOut)
}

// castName is the type that f(x) converts to when f is a type's name.
func (b *binder) castName(x *pgsql.Call) (*value.Type, bool) {
	if len(x.Args) != 1 || x.ArgNames != nil {
		return nil, false
	}
	if x.Name.Schema == "" || x.Name.Schema == "pg_catalog" {
		if t, ok := value.ByName(x.Name.Name); ok {
			return t, !isPseudo(t)
		}
	}
	if u, ok := b.cfg.Catalog.UserType(b.place.path, x.Name); ok {
		return u.Type, true
	}
	return nil, false
}

func (b *binder) castCall(x *pgsql.Call, args []Expr) (Expr, error) {
	t, _ := b.castName(x)
	if castClass(args[0].Type(), t) > castExplicit {
		return nil, b.at(noFunction(x, exprTypes(args)), x)
	}
	return b.cast(args[0], unmodified(t), x)
}

func noFunction(x *pgsql.Call, types []*value.Type) *fault.Error {
	names := ""
	for i, t := range types {
		if i > 0 {
			names += ", "
		}
		if x.ArgNames != nil && x.ArgNames[i] != "" {
			names += x.ArgNames[i] + " => "
		}
		names += typeName(t)
	}
	return fault.SQL("42883", "function %s(%s) does not exist", written(x.Name), names).WithHint(hintFunction)
}

// schemas lists where builtins of a name are looked for.
func (b *binder) schemas(id pgsql.Ident) []string {
	if id.Schema != "" {
		return []string{id.Schema}
	}
	out := []string{""}
	for _, s := range b.place.path {
		if s != "pg_catalog" && s != "extensions" && s != "public" && s != "" {
			out = append(out, s)
		}
	}
	return out
}

// candidates lists the overloads that take so many arguments.
func (b *binder) candidates(x *pgsql.Call, n int) ([]candidate, error) {
	var out []candidate
	if x.ArgNames == nil {
		for _, schema := range b.schemas(x.Name) {
			for _, f := range builtin.Funcs(schema, x.Name.Name) {
				if sig, ok := expand(f.Args, f.Variadic, f.Optional, n); ok {
					out = append(out, candidate{Args: sig, Fn: f, Gathered: -1})
				}
			}
			for _, f := range builtin.SetFuncs(schema, x.Name.Name) {
				if sig, ok := expand(f.Args, f.Variadic, f.Optional, n); ok {
					out = append(out, candidate{Args: sig, Set: f, Gathered: -1})
				}
			}
		}
		if x.Variadic && len(out) > 0 {
			return nil, b.at(errUnsupported("VARIADIC in a call of the built-in function %s is not supported", x.Name.Name).
				WithHint("List the arguments one by one."), x)
		}
	}
	if x.ArgNames != nil {
		for _, schema := range b.schemas(x.Name) {
			for _, f := range builtin.Funcs(schema, x.Name.Name) {
				if c, ok := overload.Named(f, x.ArgNames); ok {
					out = append(out, c)
				}
			}
		}
	}
	for _, f := range b.cfg.Catalog.Functions(b.place.path, x.Name) {
		if c, ok := overload.User(f, overload.Shape{N: n, Names: x.ArgNames, Variadic: x.Variadic}); ok {
			out = append(out, c)
		}
	}
	return out, nil
}

// inOrder puts named arguments of a built-in function into its order, with defaults
// in the gaps.
func inOrder(c candidate, args []Expr) []Expr {
	if c.Slots == nil {
		return args
	}
	out := make([]Expr, 1+slices.Max(c.Slots))
	for i, s := range c.Slots {
		out[s] = args[i]
	}
	for i := range out {
		if out[i] == nil {
			out[i] = &Const{Val: c.Fn.Defaults[i], T: c.Fn.Args[i]}
		}
	}
	return out
}

// userArgs fills one argument per parameter: given, gathered or by default.
func (s *scope) userArgs(c candidate, args []Expr, n pgsql.Node) ([]Expr, error) {
	b := s.b
	in := c.User.InArgs()
	p, _ := polymorph(c.Args, exprTypes(args))
	out := make([]Expr, len(in))
	var rest []Expr
	for i, x := range args {
		x, err := b.coerce(x, p.Actual(c.Args[i]), value.Implicit)
		if err != nil {
			return nil, err
		}
		if c.Gathered >= 0 && i >= c.Gathered {
			rest = append(rest, x)
			continue
		}
		out[c.Slots[i]] = x
	}
	for i, a := range in {
		if out[i] != nil {
			continue
		}
		if a.Mode == "variadic" {
			out[i] = &Array{Elems: rest, T: p.Actual(a.Type)}
			continue
		}
		x, err := b.defaultArg(c.User, a)
		if err != nil {
			return nil, err
		}
		out[i] = x
	}
	return out, nil
}

// procedure binds CALL.
func (s *scope) procedure(x *pgsql.Call) (*UserCall, error) {
	args, err := s.list(x.Args)
	if err != nil {
		return nil, err
	}
	c, err := s.b.function(x, args)
	if f := fault.From(err); err != nil && f.Code == "42883" {
		f.Message = "procedure " + strings.TrimPrefix(f.Message, "function ")
		return nil, f.WithHint("No procedure matches the given name and argument types. You might need to add explicit type casts.")
	}
	if err != nil {
		return nil, err
	}
	if c.User == nil || !c.User.Procedure {
		err := fault.SQL("42809", "%s(%s) is not a procedure", written(x.Name), typeList(exprTypes(args))).
			WithHint("To call a function, use SELECT.")
		return nil, s.b.at(err, x)
	}
	full, err := s.userArgs(c, args, x)
	s.b.called(c.User)
	return &UserCall{Fn: c.User, Args: full, T: resultType(c.User, full)}, err
}

// defaultArg binds a parameter's default where the function was made.
func (b *binder) defaultArg(f *catalog.Function, a catalog.Arg) (Expr, error) {
	var out Expr
	err := b.in(place{path: f.SearchPath, actor: b.place.actor, foreign: true}, func() error {
		x, err := b.child(nil).expr(a.Default)
		if err != nil {
			return err
		}
		out, err = b.assign(x, a.Type, a.Name)
		return err
	})
	return out, err
}

// userCall calls a user function; args are one per parameter.
func (s *scope) userCall(f *catalog.Function, args []Expr, n pgsql.Node) (Expr, error) {
	b := s.b
	if f.Procedure {
		err := fault.SQL("42809", "%s is a procedure", signature(f)).WithHint("To call a procedure, use CALL.")
		return nil, b.at(err, n)
	}
	b.called(f)
	f = concrete(f, args)
	if x, ok, err := b.inline(f, args); ok || err != nil {
		if err != nil {
			return nil, err
		}
		return x, nil
	}
	return b.mark(&UserCall{Fn: shaped(f, args), Args: args, T: resultType(f, args)}, n), nil
}

// shaped returns the function with the row types that its parameters of type record have
// in this call.
func shaped(f *catalog.Function, args []Expr) *catalog.Function {
	g, in := *f, 0
	g.Args = slices.Clone(f.Args)
	changed := false
	for i, a := range f.Args {
		if a.Mode == "out" || a.Mode == "table" || in >= len(args) {
			continue
		}
		t := args[in].Type()
		if c, ok := args[in].(*Cast); ok {
			t = c.X.Type()
		}
		if in++; a.Type.Kind == value.Record && a.Type.Name == "" && a.Type.Fields == nil && len(t.Base().Fields) > 0 {
			g.Args[i].Type, changed = t, true
		}
	}
	if !changed {
		return f
	}
	return &g
}

func signature(f *catalog.Function) string {
	var ts []*value.Type
	for _, a := range f.InArgs() {
		ts = append(ts, a.Type)
	}
	return f.Name + "(" + typeList(ts) + ")"
}

// resultType is the type of one result of f.
func resultType(f *catalog.Function, args []Expr) *value.Type {
	t := f.Returns
	switch {
	case len(f.OutCols) == 1:
		t = f.OutCols[0].Type
	case len(f.OutCols) > 1:
		return &value.Type{Kind: value.Record, Fields: f.OutCols}
	case t == nil:
		return value.TVoid
	}
	var sig, got []*value.Type
	for i, a := range f.InArgs() {
		if i < len(args) {
			sig, got = append(sig, a.Type), append(got, args[i].Type())
		}
	}
	p, _ := polymorph(sig, got)
	return p.Actual(t)
}

// variadicForm binds coalesce, greatest, least and nullif, which have rules of their own.
func (s *scope) variadicForm(x *pgsql.Call) (Expr, error) {
	b, name := s.b, x.Name.Name
	args, err := s.list(x.Args)
	if err != nil {
		return nil, err
	}
	if name == "nullif" {
		if len(args) != 2 {
			return nil, b.at(noFunction(x, exprTypes(args)), x)
		}
		return b.nullif(args[0], args[1], x)
	}
	label := map[string]string{"coalesce": "COALESCE", "greatest": "GREATEST", "least": "LEAST"}[name]
	args, t, err := b.unify(args, label)
	if err != nil {
		return nil, err
	}
	if name == "coalesce" {
		return b.mark(&Coalesce{Args: args, T: t}, x), nil
	}
	return b.mark(&MinMax{Max: name == "greatest", Args: args, T: t}, x), nil
}

// nullif is case when a = b then null else a end.
func (b *binder) nullif(l, r Expr, n pgsql.Node) (Expr, error) {
	eq, err := b.apply("=", l, r, n)
	if err != nil {
		return nil, err
	}
	if c, ok := eq.(*Call); ok {
		l = c.Args[0]
	}
	t := l.Type()
	return b.mark(&Case{Whens: []When{{Cond: eq, Then: &Const{T: t}}}, Else: l, T: t}, n), nil
}
