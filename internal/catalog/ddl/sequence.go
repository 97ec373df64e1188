package ddl

import (
	"math"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// ownSequence makes the sequence of a serial or identity column.
func (e *editor) ownSequence(t *catalog.Table, col *catalog.Column, opts []pgsql.SeqOption) error {
	q := &catalog.Sequence{
		ID: e.nextID(), Schema: t.Schema, Type: col.Type.Base(), OwnedBy: t.Schema + "." + t.Name + "." + col.Name,
		Grants: e.grantsFor(e.s.Role, t.Schema, "sequences"),
	}
	q.Name = choose(t.Name, col.Name, "seq", func(n string) bool {
		return n == t.Name || e.relationTaken(t.Schema, n, t)
	})
	if err := e.setOptions(q, opts, true); err != nil {
		return err
	}
	col.Sequence = q
	e.schema(t.Schema).Sequences[q.Name] = q
	return nil
}

// sequence is CREATE and ALTER SEQUENCE.
func (e *editor) sequence(st *pgsql.CreateSequence) error {
	if st.Alter {
		return e.alterSequence(st)
	}
	sc, err := e.home(st.Name)
	if err != nil {
		return err
	}
	if e.relationTaken(sc.Name, st.Name.Name, nil) {
		if st.IfNotExists {
			e.notice(catalog.Notice{Code: "42P07", Message: "relation \"" + st.Name.Name + "\" already exists, skipping"})
			return nil
		}
		return errRelationExists(st.Name.Name)
	}
	q := &catalog.Sequence{
		ID: e.nextID(), Schema: sc.Name, Name: st.Name.Name, Type: value.TInt8,
		Grants: e.grantsFor(e.s.Role, sc.Name, "sequences"),
	}
	if st.As.Name != "" {
		if q.Type, err = e.c.Type(e.s.SearchPath, st.As); err != nil {
			return err
		}
	}
	if err := e.setOptions(q, st.Options, true); err != nil {
		return err
	}
	sc.Sequences[q.Name] = q
	return nil
}

func (e *editor) alterSequence(st *pgsql.CreateSequence) error {
	q, ok := e.c.Sequence(e.s.SearchPath, st.Name)
	if !ok {
		if t, found := e.c.Table(e.s.SearchPath, st.Name); found {
			return fault.SQL("42809", "\"%s\" is not a sequence", t.Name)
		}
		if st.IfExists {
			e.skipping("relation \"%s\" does not exist, skipping", written(st.Name))
			return nil
		}
		return errNoRelation(written(st.Name))
	}
	n := *q
	if st.As.Name != "" {
		t, err := e.c.Type(e.s.SearchPath, st.As)
		if err != nil {
			return err
		}
		n.Type = t
		n.Min, n.Max = bounds(&n)
	}
	if err := e.setOptions(&n, st.Options, false); err != nil {
		return err
	}
	e.setSequence(q, &n)
	return nil
}

// bounds are the limits that a sequence gets where none is given.
func bounds(q *catalog.Sequence) (lo, hi int64) {
	hi = math.MaxInt64
	lo = math.MinInt64
	switch q.Type.Kind {
	case value.Int2:
		lo, hi = math.MinInt16, math.MaxInt16
	case value.Int4:
		lo, hi = math.MinInt32, math.MaxInt32
	}
	if q.Increment < 0 {
		return lo, -1
	}
	return 1, hi
}

// setOptions sets a sequence's options; a new one gets defaults for the rest.
func (e *editor) setOptions(q *catalog.Sequence, opts []pgsql.SeqOption, fresh bool) error {
	if k := q.Type.Kind; k != value.Int2 && k != value.Int4 && k != value.Int8 {
		return fault.SQL("22023", "sequence type must be smallint, integer, or bigint")
	}
	if fresh {
		q.Increment = 1
	}
	for _, o := range opts {
		if strings.HasPrefix(o.Name, "increment") {
			q.Increment = o.Val
		}
	}
	if q.Increment == 0 {
		return fault.SQL("22023", "INCREMENT must not be zero")
	}
	lo, hi := bounds(q)
	if fresh {
		q.Min, q.Max = lo, hi
	}
	started := false
	for _, o := range opts {
		switch o.Name {
		case "minvalue":
			q.Min = pick(o.No, lo, o.Val)
		case "maxvalue":
			q.Max = pick(o.No, hi, o.Val)
		case "start", "start with":
			q.Start, started = o.Val, true
		case "restart", "restart with":
			q.Restarts++
			q.RestartAt = o.Val
			if o.No {
				q.RestartAt = q.Start
			}
		case "cycle":
			q.Cycle = !o.No
		case "owned by", "owned":
			if err := e.setOwnedBy(q, o.Text); err != nil {
				return err
			}
		}
	}
	if fresh && !started {
		q.Start = q.Min
		if q.Increment < 0 {
			q.Start = q.Max
		}
	}
	return validSequence(q)
}

func pick(no bool, a, b int64) int64 {
	if no {
		return a
	}
	return b
}

func validSequence(q *catalog.Sequence) error {
	switch {
	case q.Min >= q.Max:
		return fault.SQL("22023", "MINVALUE (%d) must be less than MAXVALUE (%d)", q.Min, q.Max)
	case q.Start < q.Min:
		return fault.SQL("22023", "START value (%d) cannot be less than MINVALUE (%d)", q.Start, q.Min)
	case q.Start > q.Max:
		return fault.SQL("22023", "START value (%d) cannot be greater than MAXVALUE (%d)", q.Start, q.Max)
	}
	return nil
}

func (e *editor) setOwnedBy(q *catalog.Sequence, text string) error {
	if text == "" || strings.EqualFold(text, "none") {
		q.OwnedBy = ""
		return nil
	}
	i := strings.LastIndexByte(text, '.')
	if i < 0 {
		return fault.SQL("42601", "invalid OWNED BY option").WithHint("Specify OWNED BY table.column or OWNED BY NONE.")
	}
	t, err := e.relation(scope.ParseName(text[:i]))
	if err != nil {
		return err
	}
	col := scope.ParseName(text[i+1:]).Name
	if t.Column(col) < 0 {
		return errNoColumn(col, t.Name)
	}
	q.OwnedBy = t.Schema + "." + t.Name + "." + col
	return nil
}
