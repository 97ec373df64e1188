package refuse

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql/cursor"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// Positional refuses an argument without a name behind those that have one; with its
// name it joins them. names is nil until one has a name.
func Positional(at tree.At, names []string, name string) []string {
	switch {
	case names == nil:
		return nil
	case name == "":
		panic(cursor.Bail{Err: fault.SQL("42601", "positional argument cannot follow named argument").At(int(at.Pos) + 1)})
	}
	return append(names, name)
}
