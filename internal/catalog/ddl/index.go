package ddl

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

func (e *editor) createIndex(st *pgsql.CreateIndex) error {
	t, err := e.owned(st.Table)
	if err != nil {
		return err
	}
	if t.Kind == catalog.View {
		return fault.SQL("42809", "cannot create index on relation \"%s\"", t.Name).
			WithDetail("This operation is not supported for views.")
	}
	if st.Name != "" && e.relationTaken(t.Schema, st.Name, nil) {
		if st.IfNotExists {
			e.notice(catalog.Notice{Code: "42P07", Message: "relation \"" + st.Name + "\" already exists, skipping"})
			return nil
		}
		return errRelationExists(st.Name)
	}
	ix := &catalog.Index{
		Name: st.Name, Unique: st.Unique, Method: st.Method, Include: slices.Clone(st.Include),
		NullsNotDistinct: st.NullsNotDistinct,
	}
	if err := e.indexMethod(ix); err != nil {
		return err
	}
	if err := e.indexParts(t, ix, st); err != nil {
		return err
	}
	if ix.Name == "" {
		ix.Name = e.indexName(t, ix)
	}
	t.Indexes = append(t.Indexes, ix)
	return e.checkTable(t)
}

func (e *editor) indexMethod(ix *catalog.Index) error {
	switch ix.Method {
	case "":
		ix.Method = "btree"
	case "btree":
	case "hash":
		if ix.Unique {
			return fault.SQL("0A000", "access method \"hash\" does not support unique indexes")
		}
	case "gin", "gist", "brin", "spgist", "hnsw", "ivfflat":
		if ix.Unique {
			return fault.SQL("0A000", "access method \"%s\" does not support unique indexes", ix.Method)
		}
		e.notice(catalog.Notice{
			Code: "01000", Message: "index of method \"" + ix.Method + "\" is kept as a note: no such index on this engine",
			Hint: "Queries give the same answers without it, only slower.",
		})
	default:
		return fault.SQL("42704", "access method \"%s\" does not exist", ix.Method)
	}
	return nil
}

func (e *editor) indexParts(t *catalog.Table, ix *catalog.Index, st *pgsql.CreateIndex) error {
	self := scope.Rel{Name: t.Name, T: t}
	for _, col := range st.Include {
		if t.Column(col) < 0 {
			return fault.SQL("42703", "column \"%s\" does not exist", col)
		}
	}
	for _, it := range st.Items {
		if err := e.knownColumns(t, it.X); err != nil {
			return err
		}
		it.X = e.qualified(it.X, self)
		ix.Items = append(ix.Items, it)
	}
	if err := e.knownColumns(t, st.Where); err != nil {
		return err
	}
	ix.Where = e.qualified(st.Where, self)
	return nil
}

// knownColumns refuses a column that t does not have.
func (e *editor) knownColumns(t *catalog.Table, x pgsql.Expr) error {
	var err error
	w := &scope.Scan{C: e.c, Path: e.s.SearchPath}
	w.Stray = func(n *pgsql.Column) {
		if err == nil && len(n.Parts) == 1 {
			err = at(fault.SQL("42703", "column \"%s\" does not exist", n.Parts[0]), n)
		}
	}
	w.Expr(x, scope.Rel{Name: t.Name, T: t})
	return err
}

func (e *editor) indexName(t *catalog.Table, ix *catalog.Index) string {
	return choose(t.Name, joinNames(indexColumnNames(ix.Items, ix.Include)), "idx", e.nameTaken(t))
}
