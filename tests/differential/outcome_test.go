package differential_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/tests/differential/cases"
)

// actor is who runs a command.
type actor struct {
	role, claims string
}

// owner runs what nobody may see: the tables' contents afterwards.
var owner = actor{role: "postgres"}

// outcome is what a client sees of a command.
type outcome struct {
	code, message, detail, constraint string
	columns                           []string
	rows, json                        []string
	affected                          int64
}

func (o outcome) String() string {
	if o.code != "" {
		s := "ERROR " + o.code + ": " + o.message
		if o.detail != "" {
			s += "\n  DETAIL " + o.detail
		}
		if o.constraint != "" {
			s += "\n  CONSTRAINT " + o.constraint
		}
		return s
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d affected, (%s)", o.affected, strings.Join(o.columns, ", "))
	for i, r := range o.rows {
		b.WriteString("\n  " + r)
		if i < len(o.json) {
			b.WriteString("\n    json " + o.json[i])
		}
	}
	return b.String()
}

// placeless is the oracle's failure of a script with the detail of ours, which names
// the place in the file.
func (o outcome) placeless(ours outcome) outcome {
	if o.code != "" {
		o.detail = ours.detail
	}
	return o
}

func (o outcome) same(p outcome) bool {
	return o.code == p.code && o.message == p.message && o.detail == p.detail && o.constraint == p.constraint && o.affected == p.affected &&
		slices.Equal(o.columns, p.columns) && slices.Equal(o.rows, p.rows) && slices.Equal(o.json, p.json)
}

// sorted puts rows that have no order into one.
func (o outcome) sorted(sql string) outcome {
	if len(o.rows) > 1 && !ordered(sql) {
		o.rows, o.json = slices.Sorted(slices.Values(o.rows)), slices.Sorted(slices.Values(o.json))
	}
	return o
}

// timeless gives the present moment one name.
func (o outcome) timeless() outcome {
	o.rows, o.json = moments(o.rows), moments(o.json)
	o.message, o.detail = moment(o.message), moment(o.detail)
	return o
}

var stamp = regexp.MustCompile(`\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d+)?(\+00(:00)?)?)?`)

func moments(in []string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = moment(s)
	}
	return out
}

func moment(s string) string {
	return stamp.ReplaceAllStringFunc(s, func(m string) string {
		day := time.Now().UTC()
		if strings.HasPrefix(m, day.Format("2006-01-02")) || strings.HasPrefix(m, day.Add(-time.Minute).Format("2006-01-02")) {
			return "«now»"
		}
		return m
	})
}

// ordered tells whether the statement itself has an ORDER BY.
func ordered(sql string) bool {
	if r, ok := cases.ParseRequest(sql); ok {
		return strings.Contains(r.Target, "?order=") || strings.Contains(r.Target, "&order=")
	}
	depth, low := 0, strings.ToLower(sql)
	for i := range len(low) {
		switch {
		case low[i] == '(':
			depth++
		case low[i] == ')':
			depth--
		case depth == 0 && strings.HasPrefix(low[i:], "order by"):
			return true
		}
	}
	return false
}

var writing = regexp.MustCompile(`(?i)\b(insert|update|delete|truncate|create|alter|drop|set|call|do)\b`)

// reads tells whether a statement can run twice, the second time inside another.
func reads(sql string) bool {
	if r, ok := cases.ParseRequest(sql); ok {
		return r.Method == "GET" || r.Method == "HEAD"
	}
	return !writing.MatchString(sql) && !strings.Contains(sql, "nextval") && !strings.Contains(sql, "write_")
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
