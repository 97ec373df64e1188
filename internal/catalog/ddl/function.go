package ddl

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func (e *editor) createFunction(st *pgsql.CreateFunction) error {
	sc, err := e.home(st.Name)
	if err != nil {
		return err
	}
	f := &catalog.Function{
		Schema: sc.Name, Name: st.Name.Name, Owner: e.s.Role, Language: st.Language, Body: st.Body,
		Procedure: st.Procedure, Volatility: st.Volatility, Strict: st.Strict, Definer: st.Definer,
		Set: maps.Clone(st.Set), SearchPath: slices.Clone(e.s.SearchPath),
	}
	if f.Volatility == "" {
		f.Volatility = "volatile"
	}
	if path, ok := f.Set["search_path"]; ok {
		f.SearchPath = splitPath(path)
	}
	f.Rows = st.Rows
	if err := e.language(f); err != nil {
		return err
	}
	if err := e.arguments(f, st); err != nil {
		return err
	}
	if err := e.result(f, st); err != nil {
		return err
	}
	old, err := e.replaces(f, st.Replace)
	if err != nil {
		return err
	}
	if err := e.body(f, st); err != nil {
		return err
	}
	if old != nil {
		f.ID, f.Grants, f.Owner, f.Comment = old.ID, old.Grants, old.Owner, old.Comment
		e.setFunction(old, f)
	} else {
		f.ID = e.nextID()
		f.Grants = e.grantsFor(e.s.Role, sc.Name, "functions")
		sc.Funcs[f.Name] = append(sc.Funcs[f.Name], f)
	}
	return e.checkFunction(f, st)
}

// checkFunction asks the checker; a fault in a PL/pgSQL body counts from its beginning.
func (e *editor) checkFunction(f *catalog.Function, st *pgsql.CreateFunction) error {
	if e.s.Check == nil {
		return nil
	}
	err := e.s.Check.CheckFunction(e.c, f)
	if bad := (*fault.Error)(nil); f.Language == "plpgsql" && errors.As(err, &bad) && bad.Pos > 0 {
		return bad.At(bad.Pos + int(st.BodyPos))
	}
	return err
}

// splitPath reads the value of search_path.
func splitPath(s string) []string {
	out := []string{}
	for part := range strings.SplitSeq(s, ",") {
		part = strings.Trim(strings.TrimSpace(part), "'\"")
		if part != "" && part != "$user" {
			out = append(out, part)
		}
	}
	return out
}

func (e *editor) language(f *catalog.Function) error {
	f.Language = strings.ToLower(f.Language)
	switch f.Language {
	case "sql", "plpgsql":
		return nil
	case "":
		f.Language = "sql"
		return nil
	case "c", "internal", "plv8", "plpython3u", "plperl", "pltcl":
		return errUnsupported("Write the function in sql or plpgsql.", "language \"%s\" is not supported", f.Language)
	}
	return fault.SQL("42704", "language \"%s\" does not exist", f.Language)
}

func (e *editor) arguments(f *catalog.Function, st *pgsql.CreateFunction) error {
	defaults := false
	for _, a := range st.Args {
		typ, err := e.c.Type(e.s.SearchPath, a.Type)
		if fault.CodeOf(err) == "42704" {
			return at(fault.SQL("42704", "type %s does not exist", written(pgsql.Ident{Schema: a.Type.Schema, Name: a.Type.Name})), a.Type)
		} else if err != nil {
			return positioned(err, a.Type)
		}
		typ = value.Unmodified(typ)
		mode := a.Mode
		if mode == "" {
			mode = "in"
		}
		if slices.ContainsFunc(f.Args, func(o catalog.Arg) bool { return a.Name != "" && o.Name == a.Name }) {
			return fault.SQL("42P13", "parameter name \"%s\" used more than once", a.Name)
		}
		arg := catalog.Arg{Name: a.Name, Mode: mode, Type: typ}
		if a.Default != nil {
			arg.Default, defaults = e.qualified(a.Default), true
		} else if defaults && mode != "out" && mode != "variadic" {
			return fault.SQL("42P13", "input parameters after one with a default value must also have defaults")
		}
		f.Args = append(f.Args, arg)
		if mode == "out" || mode == "inout" {
			f.OutCols = append(f.OutCols, value.Field{Name: a.Name, Type: typ})
		}
	}
	return nil
}

// result works out what a function returns.
func (e *editor) result(f *catalog.Function, st *pgsql.CreateFunction) error {
	for _, c := range st.Table {
		typ, err := e.c.Type(e.s.SearchPath, c.Type)
		if err != nil {
			return positioned(err, c.Type)
		}
		typ = value.Unmodified(typ)
		f.SetOf = true
		f.OutCols = append(f.OutCols, value.Field{Name: c.Name, Type: typ})
		f.Args = append(f.Args, catalog.Arg{Name: c.Name, Mode: "table", Type: typ})
	}
	if st.Returns != nil {
		typ, err := e.c.Type(e.s.SearchPath, *st.Returns)
		if err != nil {
			return positioned(err, *st.Returns)
		}
		f.Returns, f.SetOf = value.Unmodified(typ), f.SetOf || st.Returns.SetOf
	}
	if f.Returns != nil && len(st.Table) == 0 {
		return nil
	}
	switch {
	case len(f.OutCols) == 1:
		f.Returns = f.OutCols[0].Type
	case len(f.OutCols) > 1:
		f.Returns = &value.Type{Kind: value.Record, Fields: slices.Clone(f.OutCols)}
	case f.Procedure:
		f.Returns = value.TVoid
	default:
		return fault.SQL("42P13", "function result type must be specified")
	}
	return nil
}

// replaces finds the function that CREATE OR REPLACE takes the place of.
func (e *editor) replaces(f *catalog.Function, replace bool) (*catalog.Function, error) {
	for _, old := range e.c.Schemas[f.Schema].Funcs[f.Name] {
		if !catalog.SameArgs(old.InArgs(), f.InArgs()) {
			continue
		}
		drop := "Use DROP " + strings.ToUpper(routine(old)) + " " + e.signature(old) + " first."
		switch {
		case !replace:
			return nil, fault.SQL("42723", "function \"%s\" already exists with same argument types", f.Name)
		case old.Procedure != f.Procedure:
			return nil, fault.SQL("42809", "cannot change routine kind").
				WithDetail("\"" + f.Name + "\" is a " + routine(old) + ".")
		case !e.isOwner(old.Owner):
			return nil, fault.SQL("42501", "must be owner of function %s", f.Name)
		case !value.Same(old.Returns, f.Returns) || old.SetOf != f.SetOf:
			return nil, fault.SQL("42P13", "cannot change return type of existing function").WithHint(drop)
		}
		if name := renamedArg(old, f); name != "" {
			return nil, fault.SQL("42P13", "cannot change name of input parameter \"%s\"", name).WithHint(drop)
		}
		return old, nil
	}
	return nil, nil
}

func renamedArg(old, f *catalog.Function) string {
	in := f.InArgs()
	for i, a := range old.InArgs() {
		if a.Name != "" && a.Name != in[i].Name {
			return a.Name
		}
	}
	return ""
}

// body parses the text of a SQL function; positions count in the statement's source.
func (e *editor) body(f *catalog.Function, st *pgsql.CreateFunction) error {
	if len(st.Stmts) > 0 {
		f.Stmts = st.Stmts
		return nil
	}
	if f.Language != "sql" {
		return nil
	}
	stmts, err := pgsql.Parse(st.Body)
	if err != nil {
		bad := fault.From(err)
		if bad.Pos > 0 {
			return bad.At(bad.Pos + int(st.BodyPos))
		}
		return err
	}
	f.Stmts = stmts
	return nil
}

// function finds the one function that a name, with or without argument types, means.
func (e *editor) function(what string, id pgsql.Ident, args []pgsql.TypeName, hasArgs bool) (*catalog.Function, error) {
	types, names := []catalog.Arg{}, []string{}
	for _, a := range args {
		typ, err := e.c.Type(e.s.SearchPath, a)
		if err != nil {
			return nil, positioned(err, a)
		}
		types = append(types, catalog.Arg{Type: typ})
		names = append(names, bareName(typ))
	}
	full := written(id) + "(" + strings.Join(names, ", ") + ")"
	if id.Schema != "" && e.c.Schemas[id.Schema] == nil {
		return nil, errNoSchema(id.Schema)
	}
	var found []*catalog.Function
	for _, f := range e.c.Functions(e.s.SearchPath, id) {
		if !hasArgs || catalog.SameArgs(f.InArgs(), types) || catalog.SameArgs(f.Args, types) {
			found = append(found, f)
		}
	}
	switch {
	case len(found) > 1:
		return nil, fault.SQL("42725", "%s name \"%s\" is not unique", what, written(id)).
			WithHint("Specify the argument list to select the " + what + " unambiguously.")
	case len(found) == 0 && !hasArgs:
		return nil, fault.SQL("42883", "could not find a %s named \"%s\"", what, written(id))
	case len(found) == 0:
		return nil, fault.SQL("42883", "%s %s does not exist", what, full)
	}
	f := found[0]
	if what != "routine" && f.Procedure != (what == "procedure") {
		return nil, fault.SQL("42809", "%s is not a %s", strings.ReplaceAll(full, ", ", ","), what)
	}
	if !e.isOwner(f.Owner) && what != "any" {
		return nil, fault.SQL("42501", "must be owner of %s %s", routine(f), f.Name)
	}
	return f, nil
}

func (e *editor) alterFunction(st *pgsql.AlterFunction) error {
	what := "function"
	for _, f := range e.c.Functions(e.s.SearchPath, st.Name) {
		if f.Procedure {
			what = "routine"
		}
	}
	f, err := e.function(what, st.Name, st.Args, st.HasArgs)
	if err != nil {
		return err
	}
	switch st.Do {
	case "rename":
		return e.renameFunction(f, f.Schema, st.Text)
	case "set schema":
		return e.renameFunction(f, st.Text, f.Name)
	}
	n := *f
	if err := e.alterFunctionPart(&n, st); err != nil {
		return err
	}
	e.setFunction(f, &n)
	return nil
}

func (e *editor) alterFunctionPart(n *catalog.Function, st *pgsql.AlterFunction) error {
	switch st.Do {
	case "owner":
		owner, err := e.roleNamed(st.Text)
		if err != nil {
			return err
		}
		n.Owner = owner
	case "set":
		n.Set = maps.Clone(n.Set)
		if n.Set == nil {
			n.Set = map[string]string{}
		}
		maps.Copy(n.Set, st.Set)
		if path, ok := st.Set["search_path"]; ok {
			n.SearchPath = splitPath(path)
		}
	case "reset":
		n.Set = maps.Clone(n.Set)
		delete(n.Set, st.Text)
		for k := range st.Set {
			delete(n.Set, k)
		}
	case "definer", "invoker":
		n.Definer = st.Do == "definer"
	case "volatility", "immutable", "stable", "volatile":
		n.Volatility = st.Text
		if st.Do != "volatility" {
			n.Volatility = st.Do
		}
	case "strict":
		n.Strict = st.Text != "off"
	case "called":
		n.Strict = false
	case "leakproof", "parallel", "cost", "rows":
	default:
		return errUnsupported("Drop the function and create it again.", "ALTER FUNCTION … %s is not supported", st.Do)
	}
	return nil
}
