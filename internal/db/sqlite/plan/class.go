package plan

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/value"
)

// class says how values of a type compare in SQLite.
type class uint8

const (
	byBytes   class = iota // natively, order and equality
	byCollate              // under a collation
	byRank                 // equality natively, order through a case expression
	byCall                 // through a function
)

func classOf(t *value.Type) class {
	t = t.Base()
	switch t.Kind {
	case value.Numeric, value.Citext:
		return byCollate
	case value.Enum:
		return byRank
	case value.Array:
		switch t.Elem.Base().Kind {
		case value.Bool, value.Int2, value.Int4, value.Int8, value.Text, value.Varchar, value.UUID, value.Name:
			return byRank
		}
		return byCall
	case value.Interval, value.Timetz, value.Bpchar, value.JSON, value.JSONB, value.Inet, value.Cidr,
		value.Record, value.TSVector, value.TSQuery:
		return byCall
	}
	return byBytes
}

// native reports whether = of t is SQLite's, with its collation.
func native(t *value.Type) bool { return classOf(t) != byCall }

// collated appends the collation of t, where it has one, to an operand.
func collated(sql string, t *value.Type) string {
	switch t.Base().Kind {
	case value.Numeric:
		return sql + " collate " + fn.CollateNumeric
	case value.Citext:
		return sql + " collate " + fn.CollateCitext
	}
	return sql
}

// compare writes l op r for two operands of type t.
func (p *printer) compare(op string, t *value.Type, l, r string) string {
	switch classOf(t) {
	case byCollate:
		return "(" + collated(l, t) + " " + op + " " + r + ")"
	case byRank:
		if op == "=" || op == "<>" {
			break
		}
		if t.Base().Kind == value.Enum {
			return "(" + rank(l, t) + " " + op + " " + rank(r, t) + ")"
		}
		return "(" + p.need(fn.Compare(t)) + "(" + l + ", " + r + ") " + op + " 0)"
	case byCall:
		return "(" + p.need(fn.Compare(t)) + "(" + l + ", " + r + ") " + op + " 0)"
	}
	return "(" + l + " " + op + " " + r + ")"
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
	switch t.Base().Kind {
	case value.Enum:
		return rank(sql, t)
	case value.Bpchar:
		return "rtrim(" + sql + ", ' ')"
	case value.Interval, value.Timetz:
		return p.need(fn.SortKey(t)) + "(" + sql + ")"
	}
	return collated(sql, t)
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
