package print

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (w *printer) set(s *tree.Set) {
	switch {
	case s.Show:
		w.str("show ", Setting(s.Name))
	case s.Reset:
		w.str("reset ", Setting(s.Name))
	default:
		w.str("set ")
		w.opt(s.Local, "local ")
		w.assignment(s.Name, s.Val)
	}
}

func (w *printer) assignment(name, val string) {
	switch {
	case name == "session_authorization":
		w.str("session authorization ", val)
	case val == "from current":
		w.str(Setting(name), " from current")
	default:
		w.str(Setting(name), " to ", val)
	}
}

// Setting returns a setting's name as SQL.
func Setting(name string) string {
	if name == "all" || name == "session_authorization" {
		return strings.Replace(name, "_", " ", 1)
	}
	parts := strings.Split(name, ".")
	for i, s := range parts {
		parts[i] = lex.QuoteIdent(s)
	}
	return strings.Join(parts, ".")
}
