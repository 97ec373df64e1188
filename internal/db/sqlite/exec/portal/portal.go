// Package portal keeps the open cursors of a transaction. A cursor's rows are read when
// it is opened. It belongs to the transaction's goroutine.
package portal

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Portal is an open cursor: its rows, and where it stands: 0 before the first row,
// len+1 behind the last.
type Portal struct {
	Cols []value.Field
	Rows [][]value.Value
	at   int64
}

// Set is the cursors of a transaction. Its zero value has none.
type Set struct {
	open   map[string]*Portal
	opened int // how many there were
}

// maxPortals bounds the cursors that one transaction holds open.
const maxPortals = 100

// Get returns the open cursor of that name, or nil.
func (s *Set) Get(name string) *Portal { return s.open[name] }

// Next is the number that the next cursor to be opened has.
func (s *Set) Next() int { return s.opened + 1 }

// Open opens a cursor over rows that were read.
func (s *Set) Open(name string, p *Portal) error {
	if len(s.open) >= maxPortals {
		return fault.SQL("54000", "more than %d cursors are open", maxPortals)
	}
	if s.open == nil {
		s.open = map[string]*Portal{}
	}
	s.opened++
	s.open[name] = p
	return nil
}

// Close closes a cursor.
func (s *Set) Close(name string) { delete(s.open, name) }

// Row is the row that the cursor stands on, nil where on none.
func (p *Portal) Row() []value.Value {
	if p.at < 1 || p.at > int64(len(p.Rows)) {
		return nil
	}
	return p.Rows[p.at-1]
}

// Move moves the cursor and returns over how many rows.
func (p *Portal) Move(way string, count int64) int64 {
	n := int64(len(p.Rows))
	to := p.at
	switch way {
	case "next", "forward", "relative":
		to += count
	case "prior", "backward":
		to -= count
	case "first":
		to = 1
	case "last":
		to = n
	case "absolute":
		if to = count; count < 0 {
			to = n + 1 + count
		}
	}
	to = min(max(to, 0), n+1)
	from := p.at
	p.at = to
	switch {
	case way == "first" || way == "last" || way == "absolute" || way == "relative":
		if to >= 1 && to <= n {
			return 1
		}
		return 0
	case to > from:
		return min(to, n) - from
	}
	return from - max(to, 1)
}
