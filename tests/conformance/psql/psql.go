// Package psql reads scripts that were written for psql: statements, the rows of a COPY
// and the client's own variables.
package psql

import (
	"strings"
)

// Statement is one statement of a psql script; rows are the lines that follow a
// COPY … FROM STDIN.
type Statement struct {
	Text string
	rows []string
}

// SQL is the statement as a server takes it: a COPY with its rows as an INSERT.
func (st *Statement) SQL() string {
	if st.rows != nil {
		return st.insert()
	}
	return st.Text
}

// Split cuts a psql script into statements: at semicolons outside quotes, dollar
// quotes and comments. Backslash commands are left out, the fixture's variables filled in.
func Split(script string) []Statement {
	script = variables(script)
	var out []Statement
	start := 0
	for i := 0; i < len(script); {
		end := skipQuoted(script, i)
		switch {
		case end > i:
			i = end
		case script[i] == '\\' && strings.TrimSpace(script[start:i]) == "":
			i = lineEnd(script, i)
			start = i
		case script[i] != ';':
			i++
		default:
			st := Statement{Text: strings.TrimSpace(script[start:i])}
			i++
			if copies(st.Text) {
				st.rows, i = copyRows(script, i)
			}
			out = append(out, st)
			start = i
		}
	}
	return out
}

// skipQuoted returns the end of the comment or quoted part that starts at i, or i.
func skipQuoted(s string, i int) int {
	rest := s[i:]
	until := func(from int, mark string) int {
		if j := strings.Index(rest[from:], mark); j >= 0 {
			return i + from + j + len(mark)
		}
		return len(s)
	}
	switch {
	case strings.HasPrefix(rest, "--"):
		return until(2, "\n")
	case strings.HasPrefix(rest, "/*"):
		return until(2, "*/")
	case rest[0] == '\'', rest[0] == '"':
		return until(1, rest[:1])
	case rest[0] == '$' && (i == 0 || !inName(s[i-1])):
		j := strings.IndexByte(rest[1:], '$')
		if j < 0 || strings.ContainsAny(rest[1:j+1], " \t\n,;()'\"") {
			return i
		}
		return until(j+2, rest[:j+2])
	}
	return i
}

// inName reports whether b may stand inside a name, where a dollar is no quote.
func inName(b byte) bool {
	return b == '_' || b == '$' || b >= 0x80 || b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z'
}

func lineEnd(s string, i int) int {
	if j := strings.IndexByte(s[i:], '\n'); j >= 0 {
		return i + j + 1
	}
	return len(s)
}

func copies(text string) bool {
	up := strings.ToUpper(Bare(text))
	return strings.HasPrefix(up, "COPY ") && strings.Contains(up, "FROM STDIN")
}

// copyRows reads the lines of a COPY, which end with \. on a line of its own.
func copyRows(s string, i int) ([]string, int) {
	i = lineEnd(s, i)
	var rows []string
	for i < len(s) {
		end := lineEnd(s, i)
		line := strings.TrimRight(s[i:end], "\r\n")
		i = end
		if line == `\.` {
			break
		}
		rows = append(rows, line)
	}
	return rows, i
}

// Bare is a statement without the comments before it.
func Bare(text string) string {
	for {
		text = strings.TrimSpace(text)
		switch {
		case strings.HasPrefix(text, "--"):
			text = text[lineEnd(text, 0):]
		case strings.HasPrefix(text, "/*"):
			_, text, _ = strings.Cut(text, "*/")
		default:
			return text
		}
	}
}

// variables fills in what psql would.
func variables(script string) string {
	return strings.NewReplacer(`:"PGUSER"`, `"authenticator"`, `:DBNAME`, `postgres`).Replace(script)
}

// insert writes a COPY as an INSERT, for engines that have no COPY: CSV without
// quotes, which is what the fixture has.
func (st *Statement) insert() string {
	head := Bare(st.Text)[len("COPY "):]
	up := strings.ToUpper(head)
	target := strings.TrimSpace(head[:strings.Index(up, "FROM STDIN")])
	delim := ","
	if _, after, ok := strings.Cut(up, "DELIMITER '"); ok {
		delim = after[:1]
	}
	var b strings.Builder
	b.WriteString("insert into " + target + " values ")
	for i, row := range st.rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(")
		for j, field := range strings.Split(row, delim) {
			if j > 0 {
				b.WriteString(", ")
			}
			if field == "" {
				b.WriteString("null")
				continue
			}
			b.WriteString("'" + strings.ReplaceAll(field, "'", "''") + "'")
		}
		b.WriteString(")")
	}
	return b.String()
}
