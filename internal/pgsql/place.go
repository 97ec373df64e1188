package pgsql

import (
	"fmt"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Place adds file:line:column and the statement's beginning to the fault of a statement of
// a script.
func Place(err error, file, script string, at Located) error {
	f, offset := fault.From(err), int(at.Pos)
	if f.Pos > 0 {
		offset += f.Pos - 1
	}
	line, col := LineCol(script, offset)
	place := fmt.Sprintf("%s:%d:%d", file, line, col)
	if head := FirstLine(at.SQL); head != "" {
		place += ": " + head
	}
	if f.Detail != "" {
		place = f.Detail + "\n" + place
	}
	return f.WithDetail(place)
}

// FirstLine is how a statement begins: at most 120 characters of its first line.
func FirstLine(sql string) string {
	head, _, more := strings.Cut(strings.TrimSpace(sql), "\n")
	if r := []rune(head); len(r) > 120 {
		head, more = string(r[:120]), true
	}
	if more {
		head += " …"
	}
	return head
}
