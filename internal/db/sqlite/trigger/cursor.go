package trigger

import (
	"slices"
	"strconv"

	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec/portal"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/plpgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// A cursor's rows are read when it is opened: with one writer nobody else changes them
// meanwhile, and Postgres' cursors do not see the transaction's own later changes
// either. A cursor is known in its transaction by its name, which the variable holds.

func (fr *frame) declareCursor(d *plpgsql.Decl) error {
	n := fr.declare(d.Name, value.TText, value.Value{})
	s := slot{t: value.TText, cursor: d.Cursor, args: len(fr.slots)}
	for i := range d.Cursor.Args {
		t, err := fr.typeOf(d.Cursor.Args[i].Type)
		if err != nil {
			return err
		}
		fr.slots = append(fr.slots, slot{t: t})
	}
	fr.slots[n] = s
	return nil
}

// bound runs the query of a bound cursor. Its arguments are a statement of one row, which
// ROW_COUNT and FOUND tell of; the query says nothing.
func (fr *frame) bound(n int, args []pgsql.Expr, names []string) (*exec.Result, error) {
	s := fr.slots[n]
	if len(args) != len(s.cursor.Args) {
		return nil, fault.SQL("42601", "the cursor has %d arguments, not %d", len(s.cursor.Args), len(args))
	}
	for i, x := range args {
		if names[i] != "" {
			at := slices.IndexFunc(s.cursor.Args, func(d plpgsql.Decl) bool { return d.Name == names[i] })
			if at < 0 {
				return nil, fault.SQL("42601", "the cursor has no argument named \"%s\"", names[i])
			}
			i = at
		}
		v, err := fr.eval(x, fr.slots[s.args+i].t)
		if err != nil {
			return nil, err
		}
		fr.slots[s.args+i].val = v
	}
	known := len(fr.names)
	for i := range args {
		fr.names = append(fr.names, name{s.cursor.Args[i].Name, s.args + i})
	}
	if len(args) > 0 {
		fr.count, fr.slots[foundSlot].val = 1, value.Truth(true)
	}
	defer fr.unsaid()()
	defer func() { fr.names = fr.names[:known] }()
	return fr.run(s.cursor.Query)
}

// unsaid keeps what ROW_COUNT and FOUND tell until the function that it returns is called.
func (fr *frame) unsaid() (restore func()) {
	count, found := fr.count, fr.slots[foundSlot].val
	return func() { fr.count, fr.slots[foundSlot].val = count, found }
}

// loopRows are the rows that a FOR loop goes through. The record of a cursor's loop is
// declared by the loop itself.
func (fr *frame) loopRows(st *plpgsql.ForQuery) (*exec.Result, error) {
	if st.Cursor == "" {
		return fr.query(st.Query, st.Command, st.Using)
	}
	n, ok := fr.find(st.Cursor)
	if !ok || fr.slots[n].cursor == nil {
		return nil, fault.SQL("42601", "\"%s\" is not a bound cursor variable", st.Cursor)
	}
	res, err := fr.bound(n, st.Args, st.ArgNames)
	if err == nil {
		fr.declare(st.Into[0].Path[0], &value.Type{Kind: value.Record}, value.Value{})
	}
	return res, err
}

func (fr *frame) open(st *plpgsql.Open) error {
	n, _, err := fr.place(st.Cursor)
	if err != nil {
		return err
	}
	called := fr.slots[n].val.S
	if called == "" && fr.slots[n].cursor != nil {
		called = st.Cursor.Path[0]
	}
	if called == "" {
		called = "<unnamed portal " + strconv.Itoa(fr.a.Tx.Cursors.Next()) + ">"
	}
	if fr.a.Tx.Cursors.Get(called) != nil {
		return fault.SQL("42P03", "cursor \"%s\" already in use", called)
	}
	var res *exec.Result
	switch {
	case st.Query != nil || st.Command != nil:
		restore := fr.unsaid()
		res, err = fr.query(st.Query, st.Command, st.Using)
		restore()
	case fr.slots[n].cursor != nil:
		res, err = fr.bound(n, st.Args, st.ArgNames)
	default:
		err = fault.SQL("42601", "cursor \"%s\" has no query", st.Cursor.Path[0])
	}
	if err != nil {
		return err
	}
	fr.slots[n].val = value.Str(called)
	return fr.a.Tx.Cursors.Open(called, &portal.Portal{Cols: res.Cols, Rows: res.Rows})
}

// portal finds the open cursor that a variable names.
func (fr *frame) portal(to plpgsql.Target) (*portal.Portal, string, error) {
	n, _, err := fr.place(to)
	if err != nil {
		return nil, "", err
	}
	v := fr.slots[n].val
	if v.IsNull() {
		return nil, "", fault.SQL("22004", "cursor variable \"%s\" is null", to.Path[0])
	}
	p := fr.a.Tx.Cursors.Get(v.S)
	if p == nil {
		return nil, "", fault.SQL("34000", "cursor \"%s\" does not exist", v.S)
	}
	return p, v.S, nil
}

func (fr *frame) close(st *plpgsql.Close) error {
	_, called, err := fr.portal(st.Cursor)
	if err == nil {
		fr.a.Tx.Cursors.Close(called)
	}
	return err
}

func (fr *frame) fetch(st *plpgsql.Fetch) error {
	p, _, err := fr.portal(st.Cursor)
	if err != nil {
		return err
	}
	count := int64(1)
	if st.Count != nil {
		v, err := fr.eval(st.Count, value.TInt8)
		if err != nil {
			return err
		}
		if v.IsNull() {
			return fault.SQL("22004", "relative or absolute cursor position is null")
		}
		count = v.I
	}
	if st.All {
		count = int64(len(p.Rows)) + 1
	}
	moved := p.Move(st.Way, count)
	row := p.Row()
	if st.Into == nil {
		fr.count = moved
		fr.slots[foundSlot].val = value.Truth(moved > 0)
		return nil
	}
	fr.slots[foundSlot].val = value.Truth(row != nil)
	fr.count = 0
	if row != nil {
		fr.count = 1
	}
	return fr.into(st.Into, p.Cols, row)
}
