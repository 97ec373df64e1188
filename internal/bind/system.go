package bind

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog/system"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// systemRel is a relation of pg_catalog or information_schema as rows of the
// catalogue that the statement is bound against; nil where there is none.
func (b *binder) systemRel(id pgsql.Ident, alias string) *Rel {
	sys, ok := system.Find(id)
	if !ok {
		return nil
	}
	rows := sys.List(b.cfg.Catalog)
	list := make([]value.Value, len(rows))
	for i, row := range rows {
		list[i] = value.List(row)
	}
	t := value.ArrayOf(&value.Type{Kind: value.Record, Fields: sys.Cols})
	rel := &Rel{Kind: RelFunc, Alias: alias}
	rel.Func = &FuncCall{Set: RowsFunc(sys.Cols), Args: []Expr{&Const{Val: value.List(list), T: t}}}
	rel.Cols = append(rel.Cols, sys.Cols...)
	return rel
}

// RowsFunc returns the rows that its one argument, a list of rows, holds.
func RowsFunc(cols []value.Field) *builtin.SetFunc {
	return &builtin.SetFunc{
		Schema: "plinth", Name: "rows", Cols: cols, NotStrict: true, Volatility: builtin.Stable,
		Rows: func(_ *builtin.Call, args []value.Value, yield func([]value.Value) bool) error {
			for _, row := range args[0].L {
				if !yield(row.L) {
					break
				}
			}
			return nil
		},
	}
}
