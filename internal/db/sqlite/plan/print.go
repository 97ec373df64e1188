package plan

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/value"
)

// printer writes one variant. The first error stops it.
type printer struct {
	p      *Plan
	known  []tri       // of the logical slots; nil: nothing is folded
	failed map[int]int // slots whose evaluation failed → number of the error
	needs  []fn.Need
	have   map[string]bool

	rels      map[*bind.Rel]*relName
	ctes      map[*bind.CTE]string
	buried    map[*bind.Rel]bool // tables whose filter stands inside a derived table
	filtering map[*bind.Rel]bool // tables whose filter is being written
	fixed     map[place]*slotExpr
	fixing    *bind.Rel // whose fixed columns are written as their slots
	n         int       // aliases given
	err       error
}

// relName is how a rel is written.
type relName struct {
	alias    string
	cols     []string // each column's SQL
	nullable bool     // may be a row of NULLs by an outer join
	present  string   // SQL that is not NULL for a real row, "" where unknown
}

func newPrinter(p *Plan, known []tri, failed map[int]int) *printer {
	return &printer{
		p: p, known: known, failed: failed,
		have: map[string]bool{},
		rels: map[*bind.Rel]*relName{}, ctes: map[*bind.CTE]string{}, buried: map[*bind.Rel]bool{}, filtering: map[*bind.Rel]bool{},
		fixed: map[place]*slotExpr{},
	}
}

func (p *printer) fail(err error) string {
	if p.err == nil {
		p.err = err
	}
	return "null"
}

func (p *printer) alias(prefix string) string {
	p.n++
	return prefix + strconv.Itoa(p.n-1)
}

// need records a function and returns its name.
func (p *printer) need(n fn.Need) string {
	if !p.have[n.Name] {
		p.have[n.Name] = true
		p.needs = append(p.needs, n)
	}
	return n.Name
}

// param writes a slot as a parameter.
func (p *printer) param(n int) string {
	if i, bad := p.failed[n]; bad {
		return fn.RaiseName + "(" + strconv.Itoa(i) + ")"
	}
	return mark + strconv.Itoa(n) + mark
}

// mark stands around a slot's number until the whole is written: what is pruned on
// the way must not leave parameters behind.
const mark = "\x01"

// numbered replaces the marks by parameters and returns the slot of each.
func numbered(sql string) (string, []int) {
	parts := strings.Split(sql, mark)
	if len(parts) == 1 {
		return sql, nil
	}
	var b strings.Builder
	var params []int
	number := map[string]int{}
	for i, part := range parts {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		n, ok := number[part]
		if !ok {
			slot, _ := strconv.Atoi(part)
			params = append(params, slot)
			n = len(params)
			number[part] = n
		}
		b.WriteString("?" + strconv.Itoa(n))
	}
	return b.String(), params
}

// quote writes an identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// text writes a string literal.
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// tableName is the name of a table in the file.
func tableName(space, name string) string { return quote(schema.Name(space, name)) }

// literal reports whether a constant is written as it is, not bound.
func literal(c *bind.Const) bool {
	switch v := value.Store(c.T, c.Val); v.Tag {
	case value.Null, value.IsInt:
		return true
	case value.IsStr:
		return !value.StoredBlob(c.T) && len(v.S) <= 200 && !strings.ContainsAny(v.S, "\x00\x01")
	}
	return false
}

func literalSQL(c *bind.Const) string {
	switch v := value.Store(c.T, c.Val); v.Tag {
	case value.IsInt:
		if v.I == value.NegInf {
			return "(-9223372036854775807-1)"
		}
		return strconv.FormatInt(v.I, 10)
	case value.IsStr:
		return text(v.S)
	}
	return "null"
}

func join(parts []string, sep string) string { return strings.Join(parts, sep) }

func (p *printer) list(xs []bind.Expr) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = p.expr(x)
	}
	return join(parts, ", ")
}

func typesOf(xs []bind.Expr) []*value.Type {
	out := make([]*value.Type, len(xs))
	for i, x := range xs {
		out[i] = x.Type()
	}
	return out
}
