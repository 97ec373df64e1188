package introspect

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func (b *builder) functions(list []functionRow) {
	for _, r := range list {
		s := b.cat.Schemas[r.Schema]
		if s == nil {
			continue
		}
		s.Funcs[r.Name] = append(s.Funcs[r.Name], b.function(r))
	}
}

func (b *builder) function(r functionRow) *catalog.Function {
	volatility := map[string]string{"i": "immutable", "s": "stable", "v": "volatile"}
	f := &catalog.Function{
		ID: int(r.OID), Schema: r.Schema, Name: r.Name, Owner: r.Owner, Args: b.args(r),
		Returns: b.types.of(r.Returns), SetOf: r.SetOf, Language: r.Language, Body: r.Body,
		Procedure: r.Kind == "p", Volatility: volatility[r.Volatility], Strict: r.Strict, Definer: r.Definer,
		Set: settings(r.Config), SearchPath: []string{"public", "extensions"},
		Grants: functionGrants(r.ACL), Comment: r.Comment,
	}
	if r.SetOf && r.Rows != 1000 {
		f.Rows = strconv.FormatFloat(r.Rows, 'f', -1, 64)
	}
	if path, ok := f.Set["search_path"]; ok {
		f.SearchPath = nil
		for part := range strings.SplitSeq(path, ",") {
			if part = strings.Trim(strings.TrimSpace(part), `"'`); part != "" && part != "$user" {
				f.SearchPath = append(f.SearchPath, part)
			}
		}
	}
	for _, a := range f.Args {
		if a.Mode == "out" || a.Mode == "inout" || a.Mode == "table" {
			f.OutCols = append(f.OutCols, value.Field{Name: a.Name, Type: a.Type})
		}
	}
	if f.Returns.Kind == value.Record && f.Returns.Name == "" && len(f.OutCols) > 0 {
		f.Returns = &value.Type{Kind: value.Record, Fields: f.OutCols}
	}
	if r.Language == "sql" {
		if stmts, err := pgsql.Parse(r.Body); err == nil {
			f.Stmts = stmts
		}
	}
	return f
}

func (b *builder) args(r functionRow) []catalog.Arg {
	modes := map[string]string{"i": "in", "o": "out", "b": "inout", "v": "variadic", "t": "table"}
	out := make([]catalog.Arg, len(r.Types))
	for i, oid := range r.Types {
		a := catalog.Arg{Mode: "in", Type: b.types.of(oid)}
		if i < len(r.Modes) {
			a.Mode = modes[r.Modes[i]]
		}
		if i < len(r.Names) {
			a.Name = r.Names[i]
		}
		if i < len(r.Defaults) && (a.Mode == "in" || a.Mode == "inout" || a.Mode == "variadic") {
			a.Default = optional(r.Defaults[i])
		}
		out[i] = a
	}
	return out
}
