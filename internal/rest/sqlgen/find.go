package sqlgen

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
)

// find returns the relationship from a table to target, as PostgREST chooses it: the
// target is a table, a foreign key or its only column; the hint is a foreign key, its
// only column on either side, or a junction.
func (s *Schema) find(from *catalog.Table, schema, target, hint string) (*Rel, error) {
	var found, computed []*Rel
	for _, r := range s.rels[from] {
		switch {
		case r.Func != nil:
			if r.Name == target && hint == "" {
				computed = append(computed, r)
			}
		case r.To.Schema != schema:
		case r.self() && matchSelf(r, target, hint), !r.self() && match(r, target, hint):
			found = append(found, r)
		}
	}
	if len(computed) > 0 {
		// A computed relationship overrides those that foreign keys tell of.
		found = computed[:1]
	}
	switch len(found) {
	case 0:
		return nil, s.errNoRel(from, schema, target, hint)
	case 1:
		return found[0], nil
	}
	return nil, errManyRels(from.Name, target, found)
}

func match(r *Rel, target, hint string) bool {
	toTable := r.To.Kind == catalog.Base
	if hint == "" {
		return target == r.To.Name ||
			toTable && (r.named(target) || r.Via == nil && only(r.Cols, target))
	}
	if target != r.To.Name {
		return false
	}
	if r.Via != nil {
		return r.Via.Table.Name == hint
	}
	return r.named(hint) || only(r.Cols, hint) || only(r.RefCols, hint)
}

// matchSelf tells the two directions of a foreign key to its own table apart: the
// table's name means the children, the column's name the parent.
func matchSelf(r *Rel, target, hint string) bool {
	if r.Via != nil {
		return target == r.To.Name && hint == r.Via.Table.Name
	}
	if hint == "" {
		return target == r.To.Name && r.Card == OneToMany ||
			r.Card != OneToMany && (r.named(target) || only(r.Cols, target))
	}
	return target == r.To.Name && r.Card == OneToMany && (only(r.RefCols, hint) || r.named(hint))
}

func (r *Rel) named(name string) bool { return r.Via == nil && r.Name == name }

func only(cols []string, name string) bool { return len(cols) == 1 && cols[0] == name }

// errNoRel is PGRST200.
func (s *Schema) errNoRel(from *catalog.Table, schema, target, hint string) error {
	with := ""
	if hint != "" {
		with = fmt.Sprintf(" using the hint '%s'", hint)
	}
	f := fault.Newf(fault.Invalid, "PGRST200",
		"Could not find a relationship between '%s' and '%s' in the schema cache", from.Name, target).
		WithDetail(fmt.Sprintf("Searched for a foreign key relationship between '%s' and '%s'%s in the schema '%s', but no matches were found.",
			from.Name, target, with, schema))
	var names []string
	for _, r := range s.rels[from] {
		if r.Func == nil && r.To.Schema == schema && !slices.Contains(names, r.To.Name) {
			names = append(names, r.To.Name)
		}
	}
	if near := Closest(target, names, 0.33); near != "" && near != target {
		f = f.WithHint(fmt.Sprintf("Perhaps you meant '%s' instead of '%s'.", near, target))
	}
	return f
}

// ambiguity is one element of PGRST201's details.
type ambiguity struct {
	Cardinality  string `json:"cardinality"`
	Relationship string `json:"relationship"`
	Embedding    string `json:"embedding"`
}

// errManyRels is PGRST201; its details are JSON.
func errManyRels(from, target string, rels []*Rel) error {
	details := make([]ambiguity, len(rels))
	hints := make([]string, len(rels))
	for i, r := range rels {
		details[i] = ambiguity{r.Card.String(), r.describe(), r.From.Name + " with " + r.To.Name}
		name := r.Name
		if r.Via != nil {
			name = r.Via.Table.Name
		}
		hints[i] = "'" + target + "!" + name + "'"
	}
	text, _ := json.Marshal(details)
	return fault.Newf(fault.Invalid, "PGRST201",
		"Could not embed because more than one relationship was found for '%s' and '%s'", from, target).
		WithDetail(string(text)).
		WithHint(fmt.Sprintf("Try changing '%s' to one of the following: %s. Find the desired relationship in the 'details' key.",
			target, strings.Join(hints, ", ")))
}

func (r *Rel) describe() string {
	if r.Via != nil {
		return fmt.Sprintf("%s using %s(%s) and %s(%s)", r.Via.Table.Name,
			r.Via.Name1, strings.Join(r.Via.Cols1, ", "), r.Via.Name2, strings.Join(r.Via.Cols2, ", "))
	}
	return fmt.Sprintf("%s using %s(%s) and %s(%s)", r.Name,
		r.From.Name, strings.Join(r.Cols, ", "), r.To.Name, strings.Join(r.RefCols, ", "))
}
