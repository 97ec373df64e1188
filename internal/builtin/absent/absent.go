// Package absent lists what Postgres has in pg_catalog and information_schema, and its
// usual extensions in their schemas, and the engine has not: functions, operators and
// relations, each with a way out. The lists were drawn from a Postgres' own catalogue,
// and a test holds them against it.
package absent

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed functions.txt
var functions string

//go:embed operators.txt
var operators string

//go:embed relations.txt
var relations string

// Family is what is missing for one reason. Names are words, or signatures of an
// overload whose name is there: length(bytea, name).
type Family struct {
	WayOut string
	Names  []string
}

// list is a file read: "# way out", then words, or one signature or operator a line.
type list struct {
	families []Family
	wayOut   map[string]string
}

func read(text string) list {
	l := list{wayOut: map[string]string{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if way, ok := strings.CutPrefix(line, "# "); ok {
			l.families = append(l.families, Family{WayOut: way})
			continue
		}
		names := strings.Fields(line)
		if strings.ContainsAny(line, "(<=>&|~@#!?-^%*+") {
			names = []string{line}
		}
		f := &l.families[len(l.families)-1]
		f.Names = append(f.Names, names...)
		for _, n := range names {
			l.wayOut[n] = f.WayOut
		}
	}
	return l
}

var (
	functionList = sync.OnceValue(func() list { return read(functions) })
	operatorList = sync.OnceValue(func() list { return read(operators) })
	relationList = sync.OnceValue(func() list { return read(relations) })
)

// Functions lists the missing functions.
func Functions() []Family { return functionList().families }

// Operators lists the missing operators, as "left op right" or "op right".
func Operators() []Family { return operatorList().families }

// Relations lists the missing relations of the catalogue, with their schema.
func Relations() []Family { return relationList().families }

// Function returns the way out where a function is missing: by its name, with the
// schema of its extension, or by its signature.
func Function(name string) (wayOut string, ok bool) {
	wayOut, ok = functionList().wayOut[name]
	return wayOut, ok
}

// Operator returns the way out where an operator is missing, as Operators writes it.
func Operator(written string) (wayOut string, ok bool) {
	wayOut, ok = operatorList().wayOut[written]
	return wayOut, ok
}

// Relation returns the way out where a relation of the catalogue is missing. One of
// pg_catalog is found without its schema.
func Relation(schema, name string) (wayOut string, ok bool) {
	if schema == "" {
		schema = "pg_catalog"
	}
	wayOut, ok = relationList().wayOut[schema+"."+name]
	return wayOut, ok
}
