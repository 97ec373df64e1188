package cases

import (
	_ "embed"
	"strings"
)

//go:embed grammar.txt
var grammar string

// Grammar returns a statement for each production of PostgreSQL's grammar and its
// alternatives, and the statements that come before all of them. It is cut apart by
// lines, not by the parser, which it is there to test: a statement ends where a line
// does in ";".
func Grammar() (first string, list []string) {
	var rest strings.Builder
	for line := range strings.Lines(grammar) {
		sql, before := strings.CutPrefix(line, "= ")
		switch {
		case before:
			first += strings.TrimSpace(sql) + ";\n"
		case !strings.HasPrefix(line, "# "):
			rest.WriteString(line)
		}
	}
	for one := range strings.SplitSeq(rest.String(), ";\n") {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return first, list
}
