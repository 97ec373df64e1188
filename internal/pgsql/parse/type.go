package parse

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/refuse"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// funcType is a type where SETOF, %type and %rowtype are allowed.
func (p *parser) funcType() tree.TypeName {
	at := p.At()
	setof := p.Accept("setof")
	t := p.typeName()
	t.At, t.SetOf = at, setof
	return t
}

// typeName reads a type with modifiers and array bounds.
func (p *parser) typeName() tree.TypeName {
	t := tree.TypeName{At: p.At()}
	refuse.Setof(&p.Cursor)
	if !p.builtinType(&t) {
		p.genericType(&t)
	}
	p.arrayBounds(&t)
	return t
}

func (p *parser) arrayBounds(t *tree.TypeName) {
	if p.Accept("array") {
		t.Array = 1
		if p.AcceptOp("[") {
			p.integer()
			p.ExpectOp("]")
		}
		return
	}
	for p.AcceptOp("[") {
		if !p.IsOp("]") {
			p.integer()
		}
		p.ExpectOp("]")
		if t.Array++; t.Array > 6 {
			p.Refuse(t.At, "Use jsonb, or a table.", "number of array dimensions (%d) exceeds the maximum allowed (6)", t.Array)
		}
	}
}

// builtinType reads the types whose names are keywords; their names become
// Postgres' internal ones.
func (p *parser) builtinType(t *tree.TypeName) bool {
	c := p.Cur()
	if c.Kind != tIdent || c.Class == kwNone {
		return false
	}
	switch c.Val {
	case "int", "integer":
		t.Name = "int4"
	case "smallint":
		t.Name = "int2"
	case "bigint":
		t.Name = "int8"
	case "real":
		t.Name = "float4"
	case "boolean":
		t.Name = "bool"
	case "double":
		if !p.Peek(1).IsWord("precision") {
			return false
		}
		p.I++
		t.Name = "float8"
	default:
		return p.modifiedType(t, c.Val)
	}
	p.I++
	return true
}

// modifiedType reads the keyword types that take modifiers.
func (p *parser) modifiedType(t *tree.TypeName, word string) bool {
	switch word {
	case "float":
		p.I++
		p.float(t)
	case "decimal", "dec", "numeric":
		p.I++
		t.Name = "numeric"
		p.typeMods(t)
	case "bit":
		p.I++
		t.Name = "bit"
		if p.Accept("varying") {
			t.Name = "varbit"
		}
		p.length(t)
	case "varchar":
		p.I++
		t.Name = "varchar"
		p.typeMods(t)
	case "char", "character", "nchar", "national":
		p.I++
		if word == "national" {
			p.ExpectAny("char", "character")
		}
		t.Name = "bpchar"
		if p.Accept("varying") {
			t.Name = "varchar"
		}
		p.length(t)
	case "time", "timestamp":
		p.I++
		p.timeType(t, word)
	case "interval":
		p.I++
		t.Name = word
		p.typeMods(t)
		p.intervalFields(t)
	default:
		return false
	}
	return true
}

func (p *parser) float(t *tree.TypeName) {
	t.Name = "float8"
	if !p.AcceptOp("(") {
		return
	}
	if n := p.integer(); n <= 24 {
		t.Name = "float4"
	}
	p.ExpectOp(")")
}

// length reads the modifier of char and bit, which is 1 when it isn't written.
func (p *parser) length(t *tree.TypeName) {
	p.typeMods(t)
	if t.Mods == nil && (t.Name == "bpchar" || t.Name == "bit") {
		t.Mods = []int{1}
	}
}

func (p *parser) timeType(t *tree.TypeName, word string) {
	t.Name = word
	p.typeMods(t)
	if p.Accept("with", "time", "zone") {
		t.Name += "tz"
		if word == "time" {
			t.Name = "timetz"
		}
		return
	}
	p.Accept("without", "time", "zone")
}

// intervalFields refuses "interval year to month" and the like.
func (p *parser) intervalFields(t *tree.TypeName) {
	if w := p.IsAny("year", "month", "day", "hour", "minute", "second"); w != "" {
		p.Refuse(t.At, "Leave the field out.", "interval with fields (%s) is not supported", strings.ToUpper(w))
	}
}

// genericType reads any other type's name.
func (p *parser) genericType(t *tree.TypeName) {
	first := p.FuncName()
	parts := []string{first}
	for p.AcceptOp(".") {
		parts = append(parts, p.Label())
	}
	if p.IsOp("%") && (p.Peek(1).IsWord("type") || p.Peek(1).IsWord("rowtype")) {
		p.I++
		t.PctType = p.Accept("type")
		t.PctRowtype = !t.PctType && p.Accept("rowtype")
		t.Name = strings.Join(parts, ".")
		return
	}
	switch len(parts) {
	case 1:
		t.Name = first
	case 2:
		t.Schema, t.Name = first, parts[1]
	default:
		p.Refuse(t.At, "Write schema.type.", "cross-database references are not implemented")
	}
	if t.Schema == "pg_catalog" {
		t.Schema = ""
	}
	p.typeMods(t)
}

func (p *parser) typeMods(t *tree.TypeName) {
	if !p.AcceptOp("(") {
		return
	}
	for {
		neg := p.AcceptOp("-")
		if p.Cur().Kind != tNum {
			p.Refuse(t.At, "A type with words for modifiers is an extension's, which needs Postgres.", "type modifier of \"%s\" must be a number", t.Name)
		}
		n := p.integer()
		if neg {
			n = -n
		}
		t.Mods = append(t.Mods, n)
		if !p.AcceptOp(",") {
			break
		}
	}
	p.ExpectOp(")")
}

// integer takes a literal that fits an int4.
func (p *parser) integer() int {
	if p.Cur().Kind != tNum {
		p.Fail()
	}
	n, err := strconv.ParseInt(p.Cur().Val, 10, 32)
	if err != nil {
		p.Fail()
	}
	p.I++
	return int(n)
}
