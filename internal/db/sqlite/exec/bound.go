package exec

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// maxRows and MaxBytes bound what a function holds in memory: the rows of a query, the
// rows that it returns, one variable.
const (
	maxRows  = 1_000_000
	MaxBytes = 128 << 20
)

// Held counts rows that are kept in memory, and fails where they are too many.
type Held struct{ rows, bytes int }

// Add counts one row.
func (h *Held) Add(row []value.Value) error {
	h.rows++
	for i := range row {
		h.bytes += row[i].Size()
	}
	if h.rows > maxRows {
		return fault.SQL("54000", "a query or function gives more than %d rows", maxRows).WithHint("Limit them, or go through them in parts.")
	}
	if h.bytes > MaxBytes {
		return fault.SQL("54000", "a query or function gives more than %d MB", MaxBytes>>20).WithHint("Limit the rows, or go through them in parts.")
	}
	return nil
}
