package trigger

import (
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/plpgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// sql runs an SQL statement, with INTO.
func (fr *frame) sql(st *plpgsql.SQL) error {
	res, err := fr.run(st.Stmt)
	if err != nil {
		return err
	}
	if call, ok := st.Stmt.(*pgsql.CallProc); ok && len(res.Rows) > 0 {
		return fr.outputs(call.Call, res)
	}
	if st.Into == nil {
		if _, reads := st.Stmt.(*pgsql.Select); reads {
			return fault.SQL("42601", "query has no destination for result data").
				WithHint("If you want to discard the results of a SELECT, use PERFORM instead.")
		}
		return nil
	}
	if _, reads := st.Stmt.(*pgsql.Select); !reads && len(res.Rows) > 1 {
		return manyRows() // what a write returns is one row, strict or not
	}
	return fr.single(res, st.Into, st.Strict)
}

func manyRows() error {
	return fault.SQL("P0003", "query returned more than one row").
		WithHint("Make sure the query returns a single row, or use LIMIT 1.")
}

// single stores the first row of a result. STRICT demands exactly one.
func (fr *frame) single(res *exec.Result, into []plpgsql.Target, strict bool) error {
	if strict && len(res.Rows) == 0 {
		return fault.SQL("P0002", "query returned no rows")
	}
	if strict && len(res.Rows) > 1 {
		return manyRows()
	}
	fr.slots[foundSlot].val = value.Truth(len(res.Rows) > 0)
	if len(res.Rows) == 0 {
		return fr.into(into, res.Cols, nil)
	}
	return fr.into(into, res.Cols, res.Rows[0])
}

// query runs a fixed statement, or the text of an EXECUTE.
func (fr *frame) query(st pgsql.Stmt, command pgsql.Expr, using []pgsql.Expr) (*exec.Result, error) {
	if st != nil {
		return fr.run(st)
	}
	return fr.dynamic(command, using)
}

// dynamic runs a statement given as text. Its $n are the USING values; variables are
// not visible to it.
func (fr *frame) dynamic(command pgsql.Expr, using []pgsql.Expr) (*exec.Result, error) {
	text, err := fr.eval(command, value.TText)
	if err != nil {
		return nil, err
	}
	if text.IsNull() {
		return nil, fault.SQL("22004", "query string argument of EXECUTE is null")
	}
	in := fr.input()
	types := make([]*value.Type, len(using))
	for i, x := range using {
		v, t, err := fr.typed(x)
		if err != nil {
			return nil, err
		}
		types[i], in.Params = t, append(in.Params, v)
	}
	p, err := fr.text(text.S, types)
	if err != nil {
		return nil, err
	}
	found := fr.slots[foundSlot].val // EXECUTE leaves FOUND alone
	res, err := fr.finish(p, in)
	fr.slots[foundSlot].val = found
	return res, err
}

func (fr *frame) execute(st *plpgsql.Execute) error {
	res, err := fr.dynamic(st.Command, st.Using)
	if err != nil || st.Into == nil {
		return err
	}
	found := fr.slots[foundSlot].val
	err = fr.single(res, st.Into, st.Strict)
	fr.slots[foundSlot].val = found
	return err
}

// diagnostics is GET [STACKED] DIAGNOSTICS.
func (fr *frame) diagnostics(st *plpgsql.Diagnostics) error {
	for _, item := range st.Items {
		v, t := value.Int(fr.count), value.TInt8
		if st.Stacked {
			if fr.caught == nil {
				return fault.SQL("0Z002", "GET STACKED DIAGNOSTICS cannot be used outside an exception handler")
			}
			v, t = value.Str(stacked(fr.caught, item.Item)), value.TText
		} else if item.Item != "row_count" {
			v, t = value.Str(""), value.TText
		}
		n, field, err := fr.place(item.To)
		if err != nil {
			return err
		}
		if err := fr.put(n, field, v, t); err != nil {
			return err
		}
	}
	return nil
}

func stacked(f *fault.Error, item string) string {
	switch item {
	case "returned_sqlstate":
		return f.Code
	case "message_text":
		return f.Message
	case "pg_exception_detail":
		return f.Detail
	case "pg_exception_hint":
		return f.Hint
	case "constraint_name":
		return f.Constraint
	case "table_name":
		return f.Table
	case "schema_name":
		return f.Schema
	case "column_name":
		return f.Column
	}
	return ""
}

func (fr *frame) assert(st *plpgsql.Assert) error {
	ok, err := fr.truth(st.Cond)
	if err != nil || ok {
		return err
	}
	if st.Message == nil {
		return fault.SQL("P0004", "assertion failed")
	}
	v, err := fr.eval(st.Message, value.TText)
	if err != nil {
		return err
	}
	return fault.SQL("P0004", "%s", v.S)
}
