package fn

import (
	"fmt"
	"slices"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

func compareRows(types []*value.Type, a, b []value.Value) int {
	for i, t := range types {
		if c := value.Compare(t, a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

func sortRows(types []*value.Type, rows [][]value.Value) {
	slices.SortStableFunc(rows, func(a, b []value.Value) int { return compareRows(types, a, b) })
}

// Rows encodes rows as a JSON array for json_each: of the values themselves where
// there is one column, else of arrays.
func Rows(cols []value.Field, rows [][]value.Value) string {
	list := value.List(make([]value.Value, 0, len(rows)))
	if len(cols) == 1 {
		for _, r := range rows {
			list.L = append(list.L, r[0])
		}
		return value.Store(value.ArrayOf(cols[0].Type), list).S
	}
	rec := RowType(cols)
	for _, r := range rows {
		list.L = append(list.L, value.List(r))
	}
	return value.Store(value.ArrayOf(rec), list).S
}

// SetOf returns a set-returning function as a scalar one that gives all its rows in
// the form of Rows.
func SetOf(f *builtin.SetFunc, args []*value.Type, cols []value.Field) Need {
	sig := Sig{Args: args, Ret: value.TText, Volatile: f.Volatility == builtin.Volatile}
	return Custom(name("s_", f.Name, append(args[:len(args):len(args)], RowType(cols))...), sig,
		func(st *State, vals []value.Value) (value.Value, error) {
			rows, err := SetRows(&builtin.Call{Env: st.Env, Args: args, Ret: RowType(cols), Defs: cols}, f, vals)
			if err != nil {
				return value.Value{}, err
			}
			return value.Str(Rows(cols, rows)), nil
		})
}

// SetRows collects the rows of a set-returning function.
func SetRows(c *builtin.Call, f *builtin.SetFunc, args []value.Value) ([][]value.Value, error) {
	if !f.NotStrict && slices.ContainsFunc(args, value.Value.IsNull) {
		return nil, nil
	}
	var rows [][]value.Value
	err := f.Rows(c, args, func(row []value.Value) bool {
		rows = append(rows, slices.Clone(row))
		return len(rows) <= maxRows
	})
	if err == nil && len(rows) > maxRows {
		err = fault.SQL("54000", "function %s returned more than %d rows", f.Name, maxRows)
	}
	return rows, err
}

// maxRows bounds what a set-returning function makes in memory.
const maxRows = 1_000_000

// UserRows is SetOf for a user's function.
func UserRows(f *catalog.Function, args []*value.Type, cols []value.Field) Need {
	sig := Sig{Args: args, Ret: value.TText, Volatile: true}
	return Custom(name("v_", routine(f), args...), sig,
		func(st *State, vals []value.Value) (value.Value, error) {
			if st.Rows == nil {
				return value.Value{}, fault.SQL("0A000", "function %s.%s can't be called here", f.Schema, f.Name).
					WithHint("Write it in language sql with a single SELECT.")
			}
			rows, err := within(st, func() ([][]value.Value, error) { return st.Rows(f, vals) })
			for _, row := range rows {
				if err == nil {
					err = Fits(f, row, len(cols))
				}
			}
			if err != nil {
				return value.Value{}, err
			}
			return value.Str(Rows(cols, rows)), nil
		})
}

// Fits refuses a row of a function returning record that has not the columns that its
// caller names.
func Fits(f *catalog.Function, row []value.Value, cols int) error {
	if cols == 0 || len(row) == cols || f.Returns == nil || f.Returns.Kind != value.Record || len(f.Returns.Fields) > 0 || len(f.OutCols) > 0 {
		return nil
	}
	return fault.SQL("42804", "function return row and query-specified return row do not match").
		WithDetail(fmt.Sprintf("Returned row contains %d attribute%s, but query expects %d.", len(row), map[bool]string{true: "s"}[len(row) != 1], cols))
}

// RowType is the record of some columns, which a set-returning function's call has as
// its result type.
func RowType(cols []value.Field) *value.Type {
	return &value.Type{Kind: value.Record, Fields: cols}
}
