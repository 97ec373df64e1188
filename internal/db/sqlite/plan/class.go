package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/value"
)

// class says how values of a type compare in SQLite.
type class uint8

const (
	byBytes   class = iota // natively, order and equality
	byCollate              // under a collation
	byOrder                // equality natively, order otherwise
)

func classOf(t *value.Type) class {
	t = t.Base()
	switch t.Kind {
	case value.Enum:
		return byOrder
	case value.Array:
		switch t.Elem.Base().Kind {
		case value.Bool, value.Int2, value.Int4, value.Int8, value.Text, value.Varchar, value.UUID, value.Name:
			return byOrder
		}
		return byCollate
	case value.Numeric, value.Citext, value.Interval, value.Timetz, value.Bpchar, value.JSONB, value.Inet,
		value.Cidr, value.Record:
		return byCollate
	}
	return byBytes
}

// collated appends the collation that = of t needs, where there is one, to an operand.
// SQLite takes a COLLATE from anywhere inside an operand, so a text must refuse one
// that stands in its parts, or in the other operand.
func (p *printer) collated(sql string, t *value.Type, other ...string) string {
	if classOf(t) == byCollate {
		return sql + " collate " + p.need(fn.Collation(t.Base()))
	}
	if storedText(t) && (strings.Contains(sql, collate) || slices.ContainsFunc(other, func(o string) bool {
		return strings.Contains(o, collate)
	})) {
		return sql + " collate binary"
	}
	return sql
}

const collate = " collate "

// storedText reports whether values of t are texts in the file.
func storedText(t *value.Type) bool {
	switch t.Base().Kind {
	case value.Bool, value.Int2, value.Int4, value.Int8, value.OID, value.Float4, value.Float8, value.Bytea,
		value.Timestamptz, value.Timestamp, value.Date, value.Time:
		return false
	}
	return true
}

// compare writes l op r for two operands of type t.
func (p *printer) compare(op string, t *value.Type, l, r string) string {
	switch {
	case classOf(t) == byOrder && op != "=" && op != "<>":
		return "(" + p.sortKey(l, t) + " " + op + " " + p.sortKey(r, t) + ")"
	default:
		return "(" + p.collated(l, t, r) + " " + op + " " + r + ")"
	}
}

// rank is an enum's place in its declaration.
func rank(sql string, t *value.Type) string {
	out := "case " + sql
	for i, l := range t.Base().Labels {
		out += " when " + text(l) + " then " + strconv.Itoa(i)
	}
	return out + " end"
}

// sortKey is an expression that SQLite orders as Postgres orders x.
func (p *printer) sortKey(sql string, t *value.Type) string {
	switch {
	case t.Base().Kind == value.Enum:
		return rank(p.collated(sql, t), t)
	case classOf(t) == byBytes:
		return p.collated(sql, t)
	}
	return sql + " collate " + p.need(fn.Collation(t.Base()))
}

// textual reports whether t's storage form is its text form.
func textual(t *value.Type) bool {
	switch t.Base().Kind {
	case value.Text, value.Varchar, value.Bpchar, value.Name, value.Citext, value.UUID, value.Numeric,
		value.JSON, value.JSONB, value.Enum, value.Interval, value.Timetz, value.Unknown:
		return true
	}
	return false
}

func integral(t *value.Type) bool {
	switch t.Base().Kind {
	case value.Int2, value.Int4, value.Int8, value.OID:
		return true
	}
	return false
}
