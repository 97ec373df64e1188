package builtin

import (
	"sync"

	"github.com/plinth-dev/plinth/internal/builtin/pattern"
	"github.com/plinth-dev/plinth/internal/builtin/textsearch"
	"github.com/plinth-dev/plinth/internal/value"
)

// name is a name in a schema.
type name struct{ schema, name string }

// opKey is an operator's symbol and the number of its arguments.
type opKey struct {
	symbol string
	nargs  int
}

type tables struct {
	funcs map[name][]*Func
	ops   map[opKey][]*Func
	sets  map[name][]*SetFunc
	aggs  map[name][]*Agg
}

// table is built at its first use and never changes.
var table = sync.OnceValue(build)

func build() *tables {
	t := &tables{
		funcs: map[name][]*Func{}, ops: map[opKey][]*Func{},
		sets: map[name][]*SetFunc{}, aggs: map[name][]*Agg{},
	}
	rx, queries := pattern.NewMemo(), textsearch.NewQueries()
	for _, family := range [][]*Func{
		opCompare(), opInt(), opNum(), opText(), opTime(), opJSON(), opArray(), opRegexp(rx), opSearch(queries), opTrigram(), opNet(),
	} {
		for _, f := range family {
			f.Operator, f.Schema = true, "pg_catalog"
			k := opKey{f.Name, len(f.Args)}
			t.ops[k] = append(t.ops[k], f)
		}
	}
	for _, family := range [][]*Func{
		fnString(), fnNormal(), fnPad(), fnEncode(), fnFormat(), fnMath(), fnMathNum(), fnTime(), fnClock(), fnToChar(), fnJSON(),
		fnJSONEdit(), fnArray(), fnSession(), fnSupabase(), fnUUID(), fnRegexp(rx), fnCrypto(), fnMisc(), fnSearch(queries), fnPart(), fnTrigram(), fnNet(), fnBits(),
	} {
		for _, f := range family {
			if f.Schema == "" {
				f.Schema = "pg_catalog"
			}
			put(t.funcs, f.Schema, f.Name, f)
		}
	}
	for _, family := range [][]*SetFunc{setSeries(), setArray(), setJSON(), setRegexp(rx)} {
		for _, f := range family {
			f.Schema = "pg_catalog"
			put(t.sets, f.Schema, f.Name, f)
		}
	}
	for _, family := range [][]*Agg{aggBasic(), aggSum(), aggJSON(), aggStat(), aggRegr(), aggOrder()} {
		for _, f := range family {
			f.Schema = "pg_catalog"
			put(t.aggs, f.Schema, f.Name, f)
		}
	}
	return t
}

// put files an entry under its schema and under the schemas that find it too: ""
// sees pg_catalog, then extensions; public sees extensions.
func put[T any](m map[name][]T, schema, n string, f T) {
	m[name{schema, n}] = append(m[name{schema, n}], f)
	switch schema {
	case "pg_catalog":
		m[name{"", n}] = append(m[name{"", n}], f)
	case "extensions":
		for _, s := range []string{"", "public"} {
			m[name{s, n}] = append(m[name{s, n}], f)
		}
	}
}

// Funcs returns the functions of that name; schema "" means pg_catalog and then
// extensions. The slice must not be changed.
func Funcs(schema, fn string) []*Func { return table().funcs[name{schema, fn}] }

// Operators returns the operators of that symbol with nargs arguments.
func Operators(symbol string, nargs int) []*Func { return table().ops[opKey{symbol, nargs}] }

// SetFuncs returns the set-returning functions of that name.
func SetFuncs(schema, fn string) []*SetFunc { return table().sets[name{schema, fn}] }

// Aggs returns the aggregates of that name.
func Aggs(schema, fn string) []*Agg { return table().aggs[name{schema, fn}] }

// Call evaluates f, strictness included.
func (f *Func) Call(c *Call, args []value.Value) (value.Value, error) {
	if !f.NotStrict {
		for i := range args {
			if args[i].Tag == value.Null {
				return value.Value{}, nil
			}
		}
	}
	return f.Eval(c, args)
}

// Series calls Rows, strictness included: a NULL argument gives no rows.
func (f *SetFunc) Series(c *Call, args []value.Value, yield func([]value.Value) bool) error {
	if !f.NotStrict {
		for i := range args {
			if args[i].Tag == value.Null {
				return nil
			}
		}
	}
	return f.Rows(c, args, yield)
}
