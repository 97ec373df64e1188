package project

import (
	"fmt"
	"os"
	"strings"
)

// lookup reads the environment, and files that it names, and gathers what is wrong.
type lookup struct {
	getenv func(string) string
	errs   []error
}

// text takes the first of the names that is set. A name of ours may end in _FILE: then
// the value is the path of a file that holds it.
func (l *lookup) text(to *string, names ...string) {
	for _, n := range names {
		if v := l.getenv(n); v != "" {
			*to = v
			return
		}
		if path := l.getenv(n + "_FILE"); path != "" && strings.HasPrefix(n, "PLINTH_") {
			text, err := os.ReadFile(path)
			if err != nil {
				l.errs = append(l.errs, fmt.Errorf("%s_FILE: %w", n, err))
				return
			}
			*to = strings.TrimSpace(string(text))
			return
		}
	}
}
