package exec

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Portal is an open cursor: its rows, and where it stands: 0 before the first row,
// len+1 behind the last.
type Portal struct {
	Result *Result
	at     int64
}

// cursors are those of a transaction.
type cursors struct {
	open   map[string]*Portal
	opened int // how many there were
}

// maxPortals bounds the cursors that one transaction holds open.
const maxPortals = 100

// Portal returns the open cursor of that name, or nil.
func (x *Tx) Portal(name string) *Portal { return x.cursors.open[name] }

// Opened counts the cursors that were opened.
func (x *Tx) Opened() int { return x.cursors.opened + 1 }

// Open opens a cursor over rows that were read.
func (x *Tx) Open(name string, res *Result) error {
	if len(x.cursors.open) >= maxPortals {
		return fault.SQL("54000", "more than %d cursors are open", maxPortals)
	}
	if x.cursors.open == nil {
		x.cursors.open = map[string]*Portal{}
	}
	x.cursors.opened++
	x.cursors.open[name] = &Portal{Result: res}
	return nil
}

// ClosePortal closes a cursor.
func (x *Tx) ClosePortal(name string) { delete(x.cursors.open, name) }

// Row is the row that the cursor stands on, nil where on none.
func (p *Portal) Row() []value.Value {
	if p.at < 1 || p.at > int64(len(p.Result.Rows)) {
		return nil
	}
	return p.Result.Rows[p.at-1]
}

// Move moves the cursor and returns over how many rows.
func (p *Portal) Move(way string, count int64) int64 {
	n := int64(len(p.Result.Rows))
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
