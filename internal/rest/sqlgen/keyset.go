package sqlgen

import (
	"crypto/sha256"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest/query"
)

// Keyset is a place in an order, from which a page goes on. The values of the place
// are bound; which of them are null decides the SQL.
type Keyset struct {
	Placed bool // false for the first page
	Back   bool // the rows before the place, and the SQL has them in reverse
	Nulls  []bool
}

// Order describes the order of a read that can be gone on with.
type Order struct {
	Cols  []int   // where the values of the place are in a row
	Print [8]byte // tells orders apart
	Back  bool
}

// maxKeys bounds the terms of such an order, key included.
const maxKeys = 16

var (
	errNoKey = fault.New(fault.Invalid, "PLR040", "A cursor needs a primary key").
			WithHint("Give the table a primary key, or let the view show the one of its table.")
	errManyKeys = fault.New(fault.Invalid, "PLR040", "The order has too many terms for a cursor").
			WithDetail("An order with a cursor may have at most 16 terms, those of the primary key included.")
	errCursorAgg   = fault.New(fault.Invalid, "PLR040", "Aggregates can't be read with a cursor")
	errCursorMedia = fault.New(fault.Invalid, "PLR040", "This media type can't be read with a cursor")
	// ErrCursorOrder says that a cursor is of another order.
	ErrCursorOrder = fault.New(fault.Invalid, "PLR042", "The cursor belongs to another order").
			WithDetail("A cursor is a place in the order that it was made in.").
			WithHint("Send the same table and order as before, or begin again without the cursor.")
	errCursorPlace = fault.New(fault.Invalid, "PLR043", "cursor() can't be selected here").
			WithHint("It is for the outermost select list of a read of a table or view.")
)

// keyTerm is one term of a total order.
type keyTerm struct {
	sql        string
	desc       bool
	nullsFirst bool
	nullable   bool
}

// total makes root's order total where the read has cursors: what was asked for, then
// the rest of the primary key.
func (g *gen) total(root *node, at *Keyset) error {
	if at == nil {
		return nil
	}
	if g.opt.Handler != nil {
		return errCursorMedia
	}
	pk := g.schema.PrimaryKey(root.table)
	if len(pk) == 0 {
		return errNoKey
	}
	for _, t := range root.order {
		sql, err := g.orderTerm(root, t)
		if err != nil {
			return err
		}
		first := t.Desc
		if t.Nulls != "" {
			first = t.Nulls == "first"
		}
		g.keys = append(g.keys, keyTerm{sql, t.Desc, first, nullable(root.table, t)})
	}
	for _, col := range pk {
		sql := root.column(col)
		if !slices.ContainsFunc(g.keys, func(k keyTerm) bool { return k.sql == sql }) {
			g.keys = append(g.keys, keyTerm{sql: sql})
		}
	}
	if len(g.keys) > maxKeys {
		return errManyKeys
	}
	return nil
}

func nullable(t *catalog.Table, term query.Term) bool {
	if term.Rel != "" || len(term.Field.Path) > 0 || t.Kind != catalog.Base {
		return true
	}
	i := t.Column(term.Field.Name)
	return i < 0 || !t.Columns[i].NotNull
}

// keyOrder is the ORDER BY list.
func (g *gen) keyOrder(back bool) string {
	parts := make([]string, len(g.keys))
	for i, k := range g.keys {
		desc, first := k.desc != back, k.nullsFirst != back
		parts[i] = k.sql
		if desc {
			parts[i] += " desc"
		}
		switch {
		case !k.nullable || first == desc: // which is the default
		case first:
			parts[i] += " nulls first"
		default:
			parts[i] += " nulls last"
		}
	}
	return commas(parts)
}

// beyond is the condition that a row comes after the place.
func (g *gen) beyond(at *Keyset) (string, error) {
	if !at.Placed {
		return "", nil
	}
	if len(at.Nulls) != len(g.keys) {
		return "", ErrCursorOrder
	}
	cond := ""
	for i := len(g.keys) - 1; i >= 0; i-- {
		k := g.keys[i]
		val, same := "", k.sql+" is null"
		if !at.Nulls[i] {
			val = g.arg(Arg{From: Place, N: i})
			same = k.sql + " = " + val
		}
		after := k.after(val, at.Back)
		switch {
		case cond == "":
			cond = after
		case after == "false":
			cond = "(" + same + " and " + cond + ")"
		default:
			cond = "(" + after + " or (" + same + " and " + cond + "))"
		}
		if i == 0 && val != "" && !k.nullable && len(g.keys) > 1 {
			cond = k.sql + k.compare(at.Back) + "= " + val + " and " + cond // what an index can use
		}
	}
	return cond, nil
}

// after is the condition that the term's value comes after val; val is "" for null.
func (k keyTerm) after(val string, back bool) string {
	first := k.nullsFirst != back
	switch {
	case val == "" && first:
		return k.sql + " is not null"
	case val == "":
		return "false"
	case k.nullable && !first:
		return "(" + k.sql + k.compare(back) + " " + val + " or " + k.sql + " is null)"
	}
	return k.sql + k.compare(back) + " " + val
}

func (k keyTerm) compare(back bool) string {
	if k.desc != back {
		return " <"
	}
	return " >"
}

// place puts the values of a row's place into the list.
func (g *gen) place(root *node, at *Keyset, l *list) *Order {
	o := &Order{Back: at.Back}
	h := sha256.New()
	h.Write([]byte(qualified(root.table.Schema, root.table.Name)))
	for _, k := range g.keys {
		o.Cols = append(o.Cols, l.place(k.sql))
		h.Write([]byte("\x00" + k.sql))
		h.Write([]byte{bit(k.desc), bit(k.nullsFirst)})
	}
	copy(o.Print[:], h.Sum(nil))
	return o
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// cursors reports whether the select list asks for cursors.
func cursors(items []*query.Item) bool {
	return slices.ContainsFunc(items, func(it *query.Item) bool { return it.Kind == query.Cursor })
}
