package trigger

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/plpgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// ret keeps what RETURN gives.
func (fr *frame) ret(st *plpgsql.Return) error {
	switch {
	case fr.event != nil:
		return fr.retRow(st)
	case st.X == nil || fr.f.SetOf || fr.f.Returns == nil || fr.f.Returns.Kind == value.Void:
		return nil
	}
	v, err := fr.eval(st.X, fr.f.Returns)
	if err != nil {
		return err
	}
	fr.row = []value.Value{v}
	return nil
}

// retRow keeps the row that a trigger returns; nil is NULL.
func (fr *frame) retRow(st *plpgsql.Return) error {
	if st.X == nil {
		return fault.SQL("42601", "RETURN must specify a record or row in a trigger function")
	}
	v, t, err := fr.typed(st.X)
	if err != nil || v.IsNull() {
		return err
	}
	if v.Tag != value.IsList {
		return fault.SQL("42804", "cannot return non-composite value from a trigger function")
	}
	v, err = fr.cast(v, t, fr.event.Table.RowType())
	fr.row = v.L
	return err
}

// columns are the output columns, nil for one scalar.
func (fr *frame) columns() []value.Field {
	switch {
	case len(fr.f.OutCols) > 0:
		return fr.f.OutCols
	case fr.f.Returns != nil && fr.f.Returns.Kind == value.Record:
		return fr.f.Returns.Fields
	}
	return nil
}

// anyRow tells whether the function returns records whose columns its caller names.
func (fr *frame) anyRow() bool {
	return fr.f.Returns != nil && fr.f.Returns.Kind == value.Record && len(fr.f.Returns.Fields) == 0 && len(fr.f.OutCols) == 0
}

// result is the rows of a call.
func (fr *frame) result(done outcome) ([][]value.Value, error) {
	cols := fr.columns()
	switch {
	case fr.f.SetOf:
		return fr.rows, nil
	case fr.f.Returns == nil || fr.f.Returns.Kind == value.Void:
		if len(fr.f.OutCols) == 0 {
			return [][]value.Value{{value.Str("")}}, nil
		}
	}
	if len(fr.f.OutCols) > 0 {
		return [][]value.Value{fr.outs()}, nil
	}
	if done != returned {
		return nil, fault.SQL("2F005", "control reached end of function without RETURN")
	}
	if (cols != nil || fr.anyRow()) && len(fr.row) == 1 && fr.row[0].Tag == value.IsList {
		return [][]value.Value{fr.row[0].L}, nil
	}
	return [][]value.Value{fr.row}, nil
}

// outs reads the OUT parameters.
func (fr *frame) outs() []value.Value {
	out := make([]value.Value, len(fr.f.OutCols))
	for i, c := range fr.f.OutCols {
		if n, ok := fr.find(fr.f.Name + "." + c.Name); ok {
			out[i] = fr.slots[n].val
		}
	}
	return out
}

func (fr *frame) add(row []value.Value) error {
	if err := fr.held.Add(row); err != nil {
		return err
	}
	fr.rows = append(fr.rows, row)
	return nil
}

func (fr *frame) returnNext(st *plpgsql.ReturnNext) error {
	if st.X == nil {
		return fr.add(fr.outs())
	}
	cols := fr.columns()
	if cols == nil && !fr.anyRow() {
		v, err := fr.eval(st.X, fr.f.Returns)
		if err != nil {
			return err
		}
		return fr.add([]value.Value{v})
	}
	v, t, err := fr.typed(st.X)
	if err != nil {
		return err
	}
	if fr.anyRow() && v.Tag == value.IsList {
		return fr.add(v.L)
	}
	v, err = fr.cast(v, t, &value.Type{Kind: value.Record, Fields: cols})
	if err != nil {
		return err
	}
	row := v.L
	if row == nil {
		row = make([]value.Value, len(cols))
	}
	return fr.add(row)
}

func (fr *frame) returnQuery(st *plpgsql.ReturnQuery) error {
	res, err := fr.query(st.Query, st.Command, st.Using)
	if err != nil {
		return err
	}
	cols := fr.columns()
	switch {
	case fr.anyRow():
		cols = res.Cols
	case cols == nil:
		cols = []value.Field{{Type: fr.f.Returns}}
	}
	if len(res.Cols) != len(cols) {
		return fault.SQL("42804", "structure of query does not match function result type").
			WithDetail("Number of returned columns does not match expected column count.")
	}
	for _, row := range res.Rows {
		out := make([]value.Value, len(row))
		for i, v := range row {
			if out[i], err = fr.cast(v, res.Cols[i].Type, cols[i].Type); err != nil {
				return err
			}
		}
		if err := fr.add(out); err != nil {
			return err
		}
	}
	fr.slots[foundSlot].val = value.Truth(len(res.Rows) > 0)
	return nil
}
