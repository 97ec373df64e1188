package exec

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/system"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Sequences live in the table _sequences (name, last, called). They roll back with
// their transaction, so numbers are not lost; with one writer that costs nobody.

const (
	sqlSeqRead = `select last, called from _sequences where name = ?1`
	sqlSeqSet  = `insert into _sequences (name, last, called) values (?1, ?2, ?3)
 on conflict (name) do update set last = excluded.last, called = excluded.called`
)

// NextVal advances a sequence.
func (a *Actor) NextVal(s *catalog.Sequence) (int64, error) {
	x := a.Tx
	last, called, err := x.seqState(s)
	if err != nil {
		return 0, err
	}
	next := last
	if called {
		next = last + s.Increment
	}
	if next > s.Max || next < s.Min || called && (s.Increment > 0) != (next > last) {
		if !s.Cycle {
			return 0, exhausted(s)
		}
		next = s.Min
		if s.Increment < 0 {
			next = s.Max
		}
	}
	if err := x.SetSequence(s, next, true); err != nil {
		return 0, err
	}
	x.remember(s, next)
	return next, nil
}

func exhausted(s *catalog.Sequence) error {
	if s.Increment < 0 {
		return fault.SQL("2200H", "nextval: reached minimum value of sequence \"%s\" (%d)", s.Name, s.Min)
	}
	return fault.SQL("2200H", "nextval: reached maximum value of sequence \"%s\" (%d)", s.Name, s.Max)
}

func (x *Tx) remember(s *catalog.Sequence, v int64) {
	if x.seqs == nil {
		x.seqs = map[string]int64{}
	}
	x.lastSeq = s.Schema + "." + s.Name
	x.seqs[x.lastSeq] = v
}

func (x *Tx) seqState(s *catalog.Sequence) (last int64, called bool, err error) {
	st, err := x.Conn.Prepare(sqlSeqRead)
	if err != nil {
		return 0, false, lite.Fault(err)
	}
	defer st.Release()
	st.BindText(1, s.Schema+"."+s.Name)
	more, err := st.Step()
	if err != nil || !more {
		return s.Start, false, lite.Fault(err)
	}
	return st.ColumnInt(0), st.ColumnInt(1) != 0, nil
}

// SetSequence sets what a sequence has counted.
func (x *Tx) SetSequence(s *catalog.Sequence, v int64, called bool) error {
	st, err := x.Conn.Prepare(sqlSeqSet)
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	st.BindText(1, s.Schema+"."+s.Name)
	st.BindInt(2, v)
	st.BindInt(3, 0)
	if called {
		st.BindInt(3, 1)
	}
	return lite.Fault(st.Run())
}

// sequences is what nextval and its kin see.
type sequences struct{ a *Actor }

func (q sequences) find(name, priv string) (*catalog.Sequence, error) {
	id := pgsql.Ident{Name: strings.Trim(name, `"`)}
	if schema, rest, ok := strings.Cut(name, "."); ok {
		id = pgsql.Ident{Schema: strings.Trim(schema, `"`), Name: strings.Trim(rest, `"`)}
	}
	s, ok := q.a.Tx.Catalog.Sequence(q.a.Path, id)
	if !ok {
		return nil, fault.SQL("42P01", "relation \"%s\" does not exist", name)
	}
	if !q.a.Tx.Catalog.CanUseSequence(q.a.Role, s, priv) {
		return nil, fault.SQL("42501", "permission denied for sequence %s", s.Name)
	}
	return s, nil
}

// NextVal is nextval.
func (q sequences) NextVal(name string) (int64, error) {
	s, err := q.find(name, "usage")
	if err != nil {
		return 0, err
	}
	return q.a.NextVal(s)
}

// CurrVal is currval; a request is a session of its own.
func (q sequences) CurrVal(name string) (int64, error) {
	s, err := q.find(name, "select")
	if err != nil {
		return 0, err
	}
	v, ok := q.a.Tx.seqs[s.Schema+"."+s.Name]
	if !ok {
		return 0, fault.SQL("55000", "currval of sequence \"%s\" is not yet defined in this session", s.Name)
	}
	return v, nil
}

// LastVal is lastval.
func (q sequences) LastVal() (int64, error) {
	if q.a.Tx.lastSeq == "" {
		return 0, fault.SQL("55000", "lastval is not yet defined in this session")
	}
	return q.a.Tx.seqs[q.a.Tx.lastSeq], nil
}

// OwnedBy is pg_get_serial_sequence.
func (q sequences) OwnedBy(table, column string) (string, error) {
	id, ok := system.Identity(q.a.Tx.Catalog, q.a.Path, table)
	if !ok {
		return "", fault.SQL("42P01", "relation \"%s\" does not exist", table)
	}
	t, ok := q.a.Tx.Catalog.TableByID(int(id))
	if !ok {
		return "", nil
	}
	c := t.Column(column)
	if c < 0 {
		return "", fault.SQL("42703", "column \"%s\" of relation \"%s\" does not exist", column, t.Name)
	}
	if s := t.Columns[c].Sequence; s != nil {
		return pgsql.QuoteIdent(s.Schema) + "." + pgsql.QuoteIdent(s.Name), nil
	}
	return "", nil
}

// SetVal is setval.
func (q sequences) SetVal(name string, v int64, called bool) (int64, error) {
	s, err := q.find(name, "update")
	if err != nil {
		return 0, err
	}
	if v < s.Min || v > s.Max {
		return 0, fault.SQL("22003", "setval: value %d is out of bounds for sequence \"%s\" (%d..%d)", v, s.Name, s.Min, s.Max)
	}
	if called {
		q.a.Tx.remember(s, v)
	}
	return v, q.a.Tx.SetSequence(s, v, called)
}
