package realtime

import (
	"regexp"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/builtin/pattern"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// maxList bounds the values of an in filter.
const maxList = 100

// term is one condition of a filter, as written: column=[not.]op.value.
type term struct {
	column string
	not    bool
	op     string
	text   string
}

// boundTerm is a term on a table's column, with its values read as the column's type.
type boundTerm struct {
	term
	col  int
	typ  *value.Type
	vals []value.Value
	re   *regexp.Regexp // of match and imatch
}

// parseFilter reads a filter: terms with commas between, all of which must hold. A
// comma that no term follows belongs to the value.
func parseFilter(s string) ([]term, error) {
	var out []term
	for s != "" {
		head, rest := cutTerm(s)
		t, ok := parseTerm(head)
		if !ok {
			return nil, fault.SQL("22023", "Error parsing `filter` params: [\"%s\"]", head)
		}
		out = append(out, t)
		s = rest
	}
	return out, nil
}

// cutTerm splits at the first comma outside parentheses and quotes that a term follows.
func cutTerm(s string) (head, rest string) {
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth <= 0:
			if _, ok := parseTerm(s[i+1:]); ok {
				return s[:i], s[i+1:]
			}
		}
	}
	return s, ""
}

func parseTerm(s string) (term, bool) {
	col, rest, ok := strings.Cut(s, "=")
	if !ok || col == "" || strings.ContainsAny(col, `,(").`) {
		return term{}, false
	}
	t := term{column: strings.TrimSpace(col)}
	t.op, t.text, ok = strings.Cut(rest, ".")
	if ok && t.op == "not" {
		t.not = true
		t.op, t.text, ok = strings.Cut(t.text, ".")
	}
	switch t.op {
	case "eq", "neq", "lt", "lte", "gt", "gte", "in", "like", "ilike", "is", "match", "imatch", "isdistinct":
		return t, ok
	}
	return term{}, false
}

// bindTerms finds the terms' columns and reads their values.
func bindTerms(t *catalog.Table, terms []term) ([]boundTerm, error) {
	out := make([]boundTerm, 0, len(terms))
	for _, x := range terms {
		b := boundTerm{term: x, col: t.Column(x.column)}
		if b.col < 0 {
			return nil, errFilterColumn(x.column)
		}
		b.typ = t.Columns[b.col].Type.Base()
		if err := b.read(); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func errFilterColumn(name string) error {
	return fault.SQL("P0001", "invalid column for filter %s", name)
}

func (b *boundTerm) read() error {
	texts := []string{b.text}
	switch b.op {
	case "is":
		switch strings.ToLower(b.text) {
		case "null", "not_null", "true", "false", "unknown":
			return nil
		}
		return fault.SQL("22023", "invalid value for is filter: %s", b.text)
	case "match", "imatch":
		var err error
		b.re, err = pattern.NewMemo().Compile(b.text, b.flags())
		return err
	case "like", "ilike":
		b.text = strings.ReplaceAll(b.text, "*", "%")
		_, err := pattern.Like("", b.text)
		return err
	case "in":
		var ok bool
		if texts, ok = splitList(b.text); !ok {
			return fault.SQL("22023", "invalid list for in filter: %s", b.text)
		}
		if len(texts) > maxList {
			return fault.SQL("22023", "too many values for `in` filter. Maximum %d", maxList)
		}
	}
	for _, s := range texts {
		v, err := value.Parse(b.typ, s, value.Env{Now: time.Now().UnixMicro(), Zone: time.UTC})
		if err != nil {
			return err
		}
		b.vals = append(b.vals, v)
	}
	return nil
}

func (b *boundTerm) flags() pattern.Flags {
	if b.op == "imatch" {
		f, _ := pattern.ParseFlags("i")
		return f
	}
	return pattern.Flags{}
}

// splitList reads (a,"b,c",d).
func splitList(s string) ([]string, bool) {
	if len(s) < 2 || s[0] != '(' || s[len(s)-1] != ')' {
		return nil, false
	}
	s = s[1 : len(s)-1]
	var out []string
	var item strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted && i+1 < len(s):
			i++
			item.WriteByte(s[i])
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			out = append(out, item.String())
			item.Reset()
		default:
			item.WriteByte(c)
		}
	}
	return append(out, item.String()), !quoted
}

// image is a row as far as it is known.
type image struct {
	row   []value.Value
	known []bool // nil for all
}

func (m *image) has(col int) bool { return m.known == nil || m.known[col] }

// matches reports whether all terms on known columns are true. Where none of a
// filter's columns is known, nothing matches.
func matches(terms []boundTerm, m *image) bool {
	any := false
	for i := range terms {
		if !m.has(terms[i].col) {
			continue
		}
		if any = true; !terms[i].holds(m.row[terms[i].col]) {
			return false
		}
	}
	return any
}

// holds applies the term; unknown is not true, with "not" either.
func (b *boundTerm) holds(v value.Value) bool {
	switch b.op {
	case "is":
		return b.is(v) != b.not
	case "isdistinct":
		distinct := v.IsNull() || !value.Equal(b.typ, v, b.vals[0])
		return distinct != b.not
	}
	return !v.IsNull() && b.compare(v) != b.not
}

func (b *boundTerm) is(v value.Value) bool {
	switch strings.ToLower(b.text) {
	case "null", "unknown":
		return v.IsNull()
	case "not_null":
		return !v.IsNull()
	case "true":
		return b.typ.Kind == value.Bool && v.True()
	}
	return b.typ.Kind == value.Bool && !v.IsNull() && !v.True()
}

func (b *boundTerm) compare(v value.Value) bool {
	switch b.op {
	case "like":
		ok, _ := pattern.Like(value.TextOf(b.typ, v, time.UTC), b.text)
		return ok
	case "ilike":
		ok, _ := pattern.ILike(value.TextOf(b.typ, v, time.UTC), b.text)
		return ok
	case "match", "imatch":
		return b.re.MatchString(value.TextOf(b.typ, v, time.UTC))
	case "in":
		for _, x := range b.vals {
			if value.Equal(b.typ, v, x) {
				return true
			}
		}
		return false
	}
	n := value.Compare(b.typ, v, b.vals[0])
	switch b.op {
	case "eq":
		return n == 0
	case "neq":
		return n != 0
	case "lt":
		return n < 0
	case "lte":
		return n <= 0
	case "gt":
		return n > 0
	}
	return n >= 0
}
