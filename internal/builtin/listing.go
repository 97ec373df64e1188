package builtin

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

// Entry is a name of the tables, with its signatures.
type Entry struct {
	Kind       string // "function", "operator", "set", "aggregate", "window"
	Schema     string
	Name       string
	Signatures []string
}

// Listing lists all that there is, sorted: for the documentation.
func Listing() []Entry {
	m := map[[3]string]*Entry{}
	add := func(kind, schema, name, sig string) {
		k := [3]string{kind, schema, name}
		if m[k] == nil {
			m[k] = &Entry{Kind: kind, Schema: schema, Name: name}
		}
		if !slices.Contains(m[k].Signatures, sig) {
			m[k].Signatures = append(m[k].Signatures, sig)
		}
	}
	t := table()
	for key, list := range t.funcs {
		for _, f := range list {
			if key.schema == f.Schema && f.Schema != "plinth" {
				add("function", f.Schema, f.Name, signature(f.Args, f.Optional, f.Variadic)+returns(f.Ret))
			}
		}
	}
	for _, list := range t.ops {
		for _, f := range list {
			add("operator", f.Schema, f.Name, operation(f))
		}
	}
	for key, list := range t.sets {
		for _, f := range list {
			if key.schema == f.Schema {
				add("set", f.Schema, f.Name, signature(f.Args, f.Optional, f.Variadic))
			}
		}
	}
	for key, list := range t.aggs {
		for _, f := range list {
			if key.schema == f.Schema {
				add("aggregate", f.Schema, f.Name, signature(f.Args, 0, f.Variadic)+returns(f.Ret))
			}
		}
	}
	for _, w := range WindowNames() {
		add("window", "pg_catalog", w.Name, signature(w.Args, w.Optional, false)+returns(w.Ret))
	}
	return sorted(m)
}

func sorted(m map[[3]string]*Entry) []Entry {
	out := make([]Entry, 0, len(m))
	for _, e := range m {
		slices.Sort(e.Signatures)
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b Entry) int {
		return strings.Compare(a.Kind+" "+a.Schema+" "+a.Name, b.Kind+" "+b.Schema+" "+b.Name)
	})
	return out
}

func returns(t *value.Type) string {
	if t == nil {
		return ""
	}
	return " → " + t.String()
}

func operation(f *Func) string {
	if len(f.Args) == 1 {
		return f.Name + " " + f.Args[0].String() + returns(f.Ret)
	}
	return f.Args[0].String() + " " + f.Name + " " + f.Args[1].String() + returns(f.Ret)
}

func signature(args []*value.Type, optional int, variadic bool) string {
	list := make([]string, len(args))
	for i, a := range args {
		list[i] = a.String()
		if i >= len(args)-optional {
			list[i] = "[" + list[i] + "]"
		}
	}
	if variadic {
		list[len(list)-1] += " …"
	}
	return "(" + strings.Join(list, ", ") + ")"
}
