package pgsql

import (
	"strconv"
	"strings"
)

// funcType is a type where SETOF, %type and %rowtype are allowed.
func (p *parser) funcType() TypeName {
	at := p.at()
	setof := p.accept("setof")
	t := p.typeName()
	t.At, t.SetOf = at, setof
	return t
}

// typeName reads a type with modifiers and array bounds.
func (p *parser) typeName() TypeName {
	t := TypeName{At: p.at()}
	if !p.builtinType(&t) {
		p.genericType(&t)
	}
	p.arrayBounds(&t)
	return t
}

func (p *parser) arrayBounds(t *TypeName) {
	if p.accept("array") {
		t.Array = 1
		if p.acceptOp("[") {
			p.integer()
			p.expectOp("]")
		}
		return
	}
	for p.acceptOp("[") {
		if !p.isOp("]") {
			p.integer()
		}
		p.expectOp("]")
		if t.Array++; t.Array > 6 {
			p.refuse(t.At, "", "number of array dimensions (%d) exceeds the maximum allowed (6)", t.Array)
		}
	}
}

// builtinType reads the types whose names are keywords; their names become
// Postgres' internal ones.
func (p *parser) builtinType(t *TypeName) bool {
	c := p.cur()
	if c.kind != tIdent || c.class == kwNone {
		return false
	}
	switch c.val {
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
		if !p.peek(1).isWord("precision") {
			return false
		}
		p.i++
		t.Name = "float8"
	default:
		return p.modifiedType(t, c.val)
	}
	p.i++
	return true
}

// modifiedType reads the keyword types that take modifiers.
func (p *parser) modifiedType(t *TypeName, word string) bool {
	switch word {
	case "float":
		p.i++
		p.float(t)
	case "decimal", "dec", "numeric":
		p.i++
		t.Name = "numeric"
		p.typeMods(t)
	case "bit":
		p.i++
		t.Name = "bit"
		if p.accept("varying") {
			t.Name = "varbit"
		}
		p.length(t)
	case "varchar":
		p.i++
		t.Name = "varchar"
		p.typeMods(t)
	case "char", "character", "nchar", "national":
		p.i++
		if word == "national" {
			p.expectAny("char", "character")
		}
		t.Name = "bpchar"
		if p.accept("varying") {
			t.Name = "varchar"
		}
		p.length(t)
	case "time", "timestamp":
		p.i++
		p.timeType(t, word)
	case "interval":
		p.i++
		t.Name = word
		p.typeMods(t)
		p.intervalFields(t)
	default:
		return false
	}
	return true
}

func (p *parser) float(t *TypeName) {
	t.Name = "float8"
	if !p.acceptOp("(") {
		return
	}
	if n := p.integer(); n <= 24 {
		t.Name = "float4"
	}
	p.expectOp(")")
}

// length reads the modifier of char and bit, which is 1 when it isn't written.
func (p *parser) length(t *TypeName) {
	p.typeMods(t)
	if t.Mods == nil && (t.Name == "bpchar" || t.Name == "bit") {
		t.Mods = []int{1}
	}
}

func (p *parser) timeType(t *TypeName, word string) {
	t.Name = word
	p.typeMods(t)
	if p.accept("with", "time", "zone") {
		t.Name += "tz"
		if word == "time" {
			t.Name = "timetz"
		}
		return
	}
	p.accept("without", "time", "zone")
}

// intervalFields refuses "interval year to month" and the like.
func (p *parser) intervalFields(t *TypeName) {
	if w := p.isAny("year", "month", "day", "hour", "minute", "second"); w != "" {
		p.refuse(t.At, "Leave the field out.", "interval with fields (%s) is not supported", strings.ToUpper(w))
	}
}

// genericType reads any other type's name.
func (p *parser) genericType(t *TypeName) {
	first := p.funcName()
	parts := []string{first}
	for p.acceptOp(".") {
		parts = append(parts, p.label())
	}
	if p.isOp("%") && (p.peek(1).isWord("type") || p.peek(1).isWord("rowtype")) {
		p.i++
		t.PctType = p.accept("type")
		t.PctRowtype = !t.PctType && p.accept("rowtype")
		t.Name = strings.Join(parts, ".")
		return
	}
	switch len(parts) {
	case 1:
		t.Name = first
	case 2:
		t.Schema, t.Name = first, parts[1]
	default:
		p.refuse(t.At, "", "cross-database references are not implemented")
	}
	if t.Schema == "pg_catalog" {
		t.Schema = ""
	}
	p.typeMods(t)
}

func (p *parser) typeMods(t *TypeName) {
	if !p.acceptOp("(") {
		return
	}
	for {
		neg := p.acceptOp("-")
		if p.cur().kind != tNum {
			p.refuse(t.At, "", "type modifier of \"%s\" must be a number", t.Name)
		}
		n := p.integer()
		if neg {
			n = -n
		}
		t.Mods = append(t.Mods, n)
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
}

// integer takes a literal that fits an int4.
func (p *parser) integer() int {
	if p.cur().kind != tNum {
		p.fail()
	}
	n, err := strconv.ParseInt(p.cur().val, 10, 32)
	if err != nil {
		p.fail()
	}
	p.i++
	return int(n)
}
