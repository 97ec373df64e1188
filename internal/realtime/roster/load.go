package roster

import (
	"context"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// query is the statement that loads a slice: the primary key, then the columns.
func (s *set) query(limit int) string {
	var b strings.Builder
	b.WriteString("select ")
	for i, c := range append(append([]int{}, s.pk...), s.cols...) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(s.table.Columns[c].Name))
	}
	b.WriteString(" from " + quote(s.table.Schema) + "." + quote(s.table.Name))
	for i, c := range s.key {
		if i == 0 {
			b.WriteString(" where ")
		} else {
			b.WriteString(" and ")
		}
		b.WriteString(quote(s.table.Columns[c].Name) + " = $" + strconv.Itoa(i+1))
	}
	b.WriteString(" limit " + strconv.Itoa(limit))
	return b.String()
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// load reads a slice, and makes room for it.
func (r *Roster) load(ctx context.Context, s *set, name string, key []value.Value) (*slice, error) {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Patience)
	defer cancel()
	args := make([]any, len(key))
	for i, v := range key {
		args[i] = v
	}
	rows, err := r.cfg.DB.Query(ctx, db.Owner, s.sql, args...)
	if err != nil {
		return nil, err
	}
	sl := &slice{set: s, key: name}
	s.slices[name] = sl
	sl.at = r.order.PushFront(sl)
	r.held++
	for rows.Next() {
		vals := rows.Row()
		r.add(sl, s.keyOf(s.pk, vals[:len(s.pk)]), vals[len(s.pk):len(vals):len(vals)])
	}
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		r.drop(sl)
		return nil, err
	}
	if len(sl.rows) > r.cfg.MaxSlice {
		r.empty(sl)
		sl.big = true
	}
	r.again(sl)
	for r.held > r.cfg.MaxRows && r.order.Len() > 1 {
		r.drop(r.order.Back().Value.(*slice))
	}
	return sl, nil
}

func (r *Roster) empty(sl *slice) {
	for len(sl.rows) > 0 {
		r.unlink(sl.rows[len(sl.rows)-1])
	}
	sl.rows = nil
}
