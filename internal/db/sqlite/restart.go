package sqlite

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// restarts reports whether all that a statement does is to restart a sequence: that
// changes what the sequence has counted, not the schema.
func restarts(st *pgsql.CreateSequence) bool {
	other := func(o pgsql.SeqOption) bool { return !strings.HasPrefix(o.Name, "restart") }
	return st.Alter && st.As.Name == "" && len(st.Options) > 0 && !slices.ContainsFunc(st.Options, other)
}

// restart is ALTER SEQUENCE … RESTART.
func (t *tx) restart(a *exec.Actor, st *pgsql.CreateSequence) error {
	cat := t.x.Catalog
	seq, ok := cat.Sequence(a.Path, st.Name)
	switch {
	case !ok && st.IfExists:
		return nil
	case !ok:
		return fault.SQL("42P01", "relation \"%s\" does not exist", st.Name.Name)
	}
	table, _ := cat.SequenceOwner(seq)
	if !cat.IsSuper(a.Role) && (table == nil || a.Role != table.Owner) {
		return fault.SQL("42501", "must be owner of sequence %s", seq.Name)
	}
	at := st.Options[len(st.Options)-1]
	if at.No { // RESTART alone
		at.Val = seq.Start
	}
	switch {
	case at.Val < seq.Min:
		return fault.SQL("22023", "RESTART value (%d) cannot be less than MINVALUE (%d)", at.Val, seq.Min)
	case at.Val > seq.Max:
		return fault.SQL("22023", "RESTART value (%d) cannot be greater than MAXVALUE (%d)", at.Val, seq.Max)
	}
	return t.x.SetSequence(seq, at.Val, false)
}
