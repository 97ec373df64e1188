package builtin_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// The files of testdata hold calls and what PostgreSQL 15 answers:
//
//	fn lpad | text:hi | int4:5 => "   hi"
//
// The words before the first bar are fn, op, set or agg, and the name; arguments are
// type:text, \N is NULL; several rows of an aggregate are separated by ; and rows of
// results by " / ". An error is !SQLSTATE and its message.

func TestAnswersArePostgres(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			zone := time.UTC
			for n, line := range strings.Split(string(text), "\n") {
				if z, ok := strings.CutPrefix(line, "zone "); ok {
					if zone, err = time.LoadLocation(z); err != nil {
						t.Fatal(err)
					}
					continue
				}
				call, want, ok := strings.Cut(line, " => ")
				if !ok || strings.HasPrefix(line, "#") {
					continue
				}
				if got := run(call, zone); got != want {
					t.Errorf("%s:%d: %s\n  got  %s\n  want %s", file, n+1, call, got, want)
				}
			}
		})
	}
}

func run(line string, zone *time.Location) string {
	return runIn(&builtin.Env{Role: "postgres", Zone: zone}, line)
}

func runIn(env *builtin.Env, line string) string {
	head, rest, _ := strings.Cut(line, " | ")
	kind, name, _ := strings.Cut(head, " ")
	var types []*value.Type
	var rows [][]value.Value
	for _, r := range strings.Split(rest, " ; ") {
		var row []value.Value
		for i, field := range strings.Split(r, " | ") {
			if rest == "" {
				break
			}
			t, v, err := parseArg(field, env.Zone)
			if err != nil {
				return fmt.Sprintf("cannot read %q: %v", field, err)
			}
			if len(types) <= i {
				types = append(types, t)
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	c := &builtin.Call{Env: env, Args: types}
	switch kind {
	case "fn":
		schema, bare, ok := strings.Cut(name, ".")
		if !ok {
			schema, bare = "", name
		}
		return scalar(c, builtin.Funcs(schema, bare), rows[0])
	case "op":
		return scalar(c, builtin.Operators(name, len(types)), rows[0])
	case "set":
		return series(c, name, rows[0])
	}
	return aggregate(c, name, rows)
}

func parseArg(s string, zone *time.Location) (*value.Type, value.Value, error) {
	name, text, _ := strings.Cut(s, ":")
	t, ok := value.ByName(name)
	if !ok {
		return nil, value.Value{}, fmt.Errorf("no type %s", name)
	}
	if text == `\N` {
		return t, value.Value{}, nil
	}
	v, err := value.Parse(t, strings.ReplaceAll(text, `\n`, "\n"), value.Env{Zone: zone})
	return t, v, err
}

func accepts(params, args []*value.Type, optional int, variadic bool) bool {
	for len(params) < len(args) && variadic {
		params = append(params[:len(params):len(params)], params[len(params)-1])
	}
	if len(args) > len(params) || len(args) < len(params)-optional {
		return false
	}
	var elem *value.Type
	for i, t := range args {
		p := params[i]
		e := t
		if p.Kind == value.AnyArray {
			e = t.Elem
		}
		if p.Kind == value.AnyArray || p.Kind == value.AnyElement {
			if elem != nil && e != nil && !value.Same(elem, e) {
				return false
			}
			elem = e
		}
		switch p.Kind {
		case value.Any, value.AnyElement:
		case value.AnyArray:
			if t.Kind != value.Array {
				return false
			}
		default:
			if !value.Same(p, t) {
				return false
			}
		}
	}
	return true
}

func resultType(declared *value.Type, params, args []*value.Type) *value.Type {
	for i, p := range params {
		if i >= len(args) {
			break
		}
		switch {
		case p.Kind == declared.Kind:
			return args[i]
		case declared.Kind == value.AnyElement && p.Kind == value.AnyArray:
			return args[i].Elem
		case declared.Kind == value.AnyArray && p.Kind == value.AnyElement:
			return value.ArrayOf(args[i])
		}
	}
	return declared
}

func show(t *value.Type, v value.Value, zone *time.Location) string {
	if v.IsNull() {
		return `\N`
	}
	return strings.ReplaceAll(string(value.AppendText(nil, t, v, zone)), "\n", `\n`)
}

func failure(err error) string {
	f := fault.From(err)
	return "!" + f.Code + " " + f.Message
}

func scalar(c *builtin.Call, list []*builtin.Func, args []value.Value) string {
	var best *builtin.Func
	for _, f := range list {
		if accepts(f.Args, c.Args, f.Optional, f.Variadic) && (best == nil || len(best.Args) > 0 && best.Args[0].Kind >= value.Any) {
			best = f
		}
	}
	if best == nil {
		return "no such function"
	}
	c.Ret = resultType(best.Ret, best.Args, c.Args)
	v, err := best.Call(c, args)
	if err != nil {
		if !best.Raises {
			return "raised, but says that it does not: " + failure(err)
		}
		return failure(err)
	}
	return show(c.Ret, v, c.Env.Zone)
}

func series(c *builtin.Call, name string, args []value.Value) string {
	for _, f := range builtin.SetFuncs("", name) {
		if !accepts(f.Args, c.Args, f.Optional, f.Variadic) {
			continue
		}
		var rows []string
		err := f.Series(c, args, func(row []value.Value) bool {
			var cells []string
			for i, v := range row {
				t := f.Cols[i].Type
				if t == nil {
					t = c.Args[0].Elem
				}
				cells = append(cells, show(t, v, c.Env.Zone))
			}
			rows = append(rows, strings.Join(cells, ", "))
			return true
		})
		if err != nil {
			return failure(err)
		}
		return strings.Join(rows, " / ")
	}
	return "no such function"
}

func aggregate(c *builtin.Call, name string, rows [][]value.Value) string {
	for _, a := range builtin.Aggs("", name) {
		if !accepts(a.Args, c.Args, 0, false) {
			continue
		}
		c.Ret = resultType(a.Ret, a.Args, c.Args)
		s := a.New(c)
		for _, r := range rows {
			if !a.KeepNulls && hasNull(r) {
				continue
			}
			if err := s.Step(r); err != nil {
				return failure(err)
			}
		}
		v, err := s.Final()
		if err != nil {
			return failure(err)
		}
		return show(c.Ret, v, c.Env.Zone)
	}
	return "no such aggregate"
}

func hasNull(l []value.Value) bool {
	for _, v := range l {
		if v.IsNull() {
			return true
		}
	}
	return false
}
