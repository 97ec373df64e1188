package advise

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// indexed reports whether an index begins with the columns, in any order among them.
func indexed(t *catalog.Table, cols []string) bool {
	begins := func(list []string) bool {
		return len(list) >= len(cols) && !slices.ContainsFunc(list[:len(cols)], func(c string) bool { return !slices.Contains(cols, c) })
	}
	for _, k := range t.Keys {
		if begins(k.Cols) {
			return true
		}
	}
	for _, ix := range t.Indexes {
		if ix.Where == nil && begins(columns(ix)) {
			return true
		}
	}
	return false
}

// columns are the leading plain columns of an index.
func columns(ix *catalog.Index) []string {
	var out []string
	for _, it := range ix.Items {
		col, ok := it.X.(*pgsql.Column)
		if !ok {
			break
		}
		out = append(out, col.Parts[len(col.Parts)-1])
	}
	return out
}

func index(t *catalog.Table, cols []string) string {
	st := &pgsql.CreateIndex{Table: pgsql.Ident{Schema: t.Schema, Name: t.Name}}
	for _, c := range cols {
		st.Items = append(st.Items, pgsql.IndexItem{X: &pgsql.Column{Parts: []string{c}}})
	}
	return pgsql.Print(st)
}

// duplicates finds indexes with one definition, and those that repeat a key.
func (a *adviser) duplicates(t *catalog.Table) {
	seen := map[string]bool{}
	for _, k := range t.Keys {
		seen[strings.Join(k.Cols, ",")] = true
	}
	for _, ix := range t.Indexes {
		cols := columns(ix)
		def := strings.Join(cols, ",")
		if len(cols) != len(ix.Items) || ix.Where != nil || len(ix.Include) > 0 || slices.ContainsFunc(ix.Items, func(it pgsql.IndexItem) bool { return it.Desc || it.OpClass != "" || it.Collate != "" }) {
			continue
		}
		if ix.Method != "" && ix.Method != "btree" {
			def = ix.Method + " " + def
		}
		if seen[def] {
			a.add(Info, "duplicate_index", name(t)+" "+ix.Name, "drop index "+pgsql.Ident{Schema: t.Schema, Name: ix.Name}.String())
		}
		seen[def] = true
	}
}
