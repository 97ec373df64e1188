package sqlgen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Wanted describes a call for the choice of an overload.
type Wanted struct {
	Schema, Name string
	Keys         []string // the argument names, sorted
	Media        string   // of a POST's body: "json", "text", "xml", "bytes", "" for none
}

// Choose returns the function that a call means, and whether its body is the single
// unnamed argument.
func (s *Schema) Choose(w Wanted) (*catalog.Function, bool, error) {
	var named, unnamed, all []*catalog.Function
	if sc := s.Cat.Schemas[w.Schema]; sc != nil {
		for _, f := range sc.Funcs[w.Name] {
			if !callable(f) {
				continue
			}
			all = append(all, f)
			switch {
			case w.takes(f):
				named = append(named, f)
			case w.takesWhole(f):
				unnamed = append(unnamed, f)
			}
		}
	}
	switch {
	case len(named) == 1:
		return named[0], false, nil
	case len(named) > 1:
		return nil, false, errOverloads(named)
	case len(unnamed) == 1:
		return unnamed[0], true, nil
	case len(unnamed) > 1:
		return nil, false, errOverloads(unnamed)
	}
	return nil, false, s.errNoFunc(w, all)
}

// inputs are the parameters that a caller gives.
func inputs(f *catalog.Function) []*catalog.Arg {
	var out []*catalog.Arg
	for i := range f.Args {
		if m := f.Args[i].Mode; m != "out" && m != "table" {
			out = append(out, &f.Args[i])
		}
	}
	return out
}

// callable leaves out what HTTP can't call: triggers, procedures, and functions with
// unnamed parameters, those of one document aside.
func callable(f *catalog.Function) bool {
	if f.Procedure || f.Returns != nil && f.Returns.Kind == value.Trigger {
		return false
	}
	in := inputs(f)
	for _, a := range in {
		if a.Name == "" && (len(in) > 1 || documentOf(a.Type) == "") {
			return false
		}
	}
	return true
}

// documentOf is the media that a single unnamed parameter of type t takes whole.
func documentOf(t *value.Type) string {
	switch t.Kind {
	case value.JSON, value.JSONB:
		return "json"
	case value.Text:
		return "text"
	case value.Bytea:
		return "bytes"
	}
	if t.Name == "xml" {
		return "xml"
	}
	return ""
}

func (w *Wanted) takesWhole(f *catalog.Function) bool {
	in := inputs(f)
	return len(in) == 1 && in[0].Name == "" && w.Media != "" && documentOf(in[0].Type) == w.Media
}

// takes reports whether the argument names fit f.
func (w *Wanted) takes(f *catalog.Function) bool {
	in := inputs(f)
	if len(in) == 1 && in[0].Name == "" {
		return false
	}
	if len(in) == 0 && (w.Media == "text" || w.Media == "xml" || w.Media == "bytes") {
		return false
	}
	known := 0
	for _, a := range in {
		if slices.Contains(w.Keys, a.Name) {
			known++
		} else if a.Default == nil {
			return false
		}
	}
	return known == len(w.Keys)
}

// errNoFunc is PGRST202.
func (s *Schema) errNoFunc(w Wanted, all []*catalog.Function) error {
	name := w.Schema + "." + w.Name
	whole := map[string]string{"text": "text", "xml": "xml", "bytes": "bytea"}[w.Media]
	shown, searched := " without parameters", " without parameters"
	if len(w.Keys) > 0 {
		list := strings.Join(w.Keys, ", ")
		shown, searched = "("+list+")", " with parameter "+list
		if len(w.Keys) > 1 {
			searched = " with parameters " + list
		}
	}
	switch {
	case whole != "":
		shown, searched = "", " with a single unnamed "+whole+" parameter"
	case w.Media == "json":
		searched += " or with a single unnamed json/jsonb parameter"
	}
	f := fault.New(fault.NotFound, "PGRST202", "Could not find the function "+name+shown+" in the schema cache").
		WithDetail("Searched for the function " + name + searched + ", but no matches were found in the schema cache.")
	if whole != "" {
		return f // there are no names that another function could be told by
	}
	if near := s.nearFunc(w, all); near != "" {
		f = f.WithHint("Perhaps you meant to call the function " + w.Schema + "." + near)
	}
	return f
}

// nearFunc is the most similar function, or the most similar list of parameters where
// the name exists.
func (s *Schema) nearFunc(w Wanted, all []*catalog.Function) string {
	if len(all) > 0 {
		var lists []string
		for _, f := range all {
			lists = append(lists, "("+strings.Join(argNames(f), ", ")+")")
		}
		if near := Closest("("+strings.Join(w.Keys, ", ")+")", lists, 0.33); near != "" {
			return w.Name + near
		}
		return ""
	}
	var names []string
	if sc := s.Cat.Schemas[w.Schema]; sc != nil {
		for name, fs := range sc.Funcs {
			if slices.ContainsFunc(fs, callable) {
				names = append(names, name)
			}
		}
	}
	return Closest(w.Name, names, 0.33)
}

func argNames(f *catalog.Function) []string {
	var out []string
	for _, a := range inputs(f) {
		out = append(out, a.Name)
	}
	return out
}

// errOverloads is PGRST203.
func errOverloads(fs []*catalog.Function) error {
	var list []string
	signature := func(f *catalog.Function) string {
		var args []string
		for _, a := range inputs(f) {
			args = append(args, fmt.Sprintf("%s => %s", a.Name, a.Type))
		}
		return f.Schema + "." + f.Name + "(" + strings.Join(args, ", ") + ")"
	}
	slices.SortFunc(fs, func(a, b *catalog.Function) int { // the shorter ones first
		return cmp.Or(len(inputs(a))-len(inputs(b)), cmp.Compare(signature(a), signature(b)))
	})
	for _, f := range fs {
		list = append(list, signature(f))
	}
	return fault.New(fault.Invalid, "PGRST203",
		"Could not choose the best candidate function between: "+strings.Join(list, ", ")).
		WithHint("Try renaming the parameters or the function itself in the database so function overloading can be resolved")
}
