package textsearch

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value/tsearch"
)

// And, Or and Then join two queries, either of which may be empty; Then wants the
// second right behind the first.
func And(a, b string) (string, error)  { return combine(a, "&", b) }
func Or(a, b string) (string, error)   { return combine(a, "|", b) }
func Then(a, b string) (string, error) { return combine(a, "<->", b) }

func combine(a, op, b string) (string, error) {
	switch {
	case strings.TrimSpace(a) == "":
		return b, nil
	case strings.TrimSpace(b) == "":
		return a, nil
	}
	return tsearch.CanonicalQuery("(" + a + ") " + op + " (" + b + ")")
}

// Behind wants the second so many places behind the first.
func Behind(a, b string, far int64) (string, error) {
	if far < 0 || far > maxPosition+1 {
		return "", fault.SQL("22023", "distance in phrase operator must be an integer value between zero and %d inclusive", maxPosition+1)
	}
	return combine(a, "<"+strconv.FormatInt(far, 10)+">", b)
}

// Not negates a query.
func Not(a string) (string, error) {
	if strings.TrimSpace(a) == "" {
		return a, nil
	}
	return tsearch.CanonicalQuery("!(" + a + ")")
}

// Nodes counts the words and operators of a query.
func Nodes(text string) (int, error) {
	n, err := tsearch.ParseQuery(text)
	return nodes(n), err
}

func nodes(n *tsearch.Node) int {
	if n == nil {
		return 0
	}
	return 1 + nodes(n.Left) + nodes(n.Right)
}
