package builtin

import (
	"time"

	"github.com/plinth-dev/plinth/internal/value"
)

// Env is what a request gives to functions. Everything that a stable function
// reads is here, so evaluation needs no other input.
type Env struct {
	Role     string
	Now      int64             // transaction start, microseconds since 1970-01-01 UTC
	Zone     *time.Location    // nil = UTC
	Claims   string            // request.jwt.claims, JSON text or ""
	Settings map[string]string // request.headers, request.method, app.settings.* …
	Random   func(p []byte)    // source of randomness (crypto/rand), set by the driver
	Clock    func() int64      // clock_timestamp(), microseconds
	// SetSetting is set_config; nil where settings may not be changed.
	SetSetting func(name, val string, local bool)
	// Made finds what SetSetting set in this transaction, by the name in lower case.
	Made func(name string) (string, bool)
	// Late makes a setting that nobody may ask for; nil for none.
	Late func(name string) (string, bool)
	// Server has the server's own settings, which it shows to some roles alone; nil for
	// none.
	Server func(name, role string) (string, bool)
	// NextVal, CurrVal, SetVal and LastVal reach sequences; nil outside a write.
	Sequence Sequences
	// Relation and RelationID are those of value.Env.
	Relation   func(oid int64) (string, bool)
	RelationID func(name string) (int64, bool)
	Path       []string                                 // the search path, nil finds all
	Domain     func(t *value.Type, v value.Value) error // of value.Env
	// TriggerDepth is pg_trigger_depth; nil is outside any trigger.
	TriggerDepth func() int

	caller struct { // what auth.uid() gave last, and by what: one statement asks again and again
		by [2]string
		id value.Value
	}
}

// Value is what conversions of values read of e, which may be nil.
func (e *Env) Value() value.Env {
	if e == nil {
		return value.Env{}
	}
	return value.Env{Now: e.Now, Zone: e.Zone, Relation: e.Relation, RelationID: e.RelationID, Path: e.Path, Domain: e.Domain}
}

// Sequences is how nextval and its kin reach the database.
type Sequences interface {
	NextVal(name string) (int64, error)
	CurrVal(name string) (int64, error)
	LastVal() (int64, error)
	// OwnedBy names the sequence of a serial or identity column, "" for none.
	OwnedBy(table, column string) (string, error)
	SetVal(name string, v int64, called bool) (int64, error)
}

// Volatility of a function.
type Volatility uint8

const (
	Immutable Volatility = iota
	Stable               // depends on Env but not on the moment: may be a slot
	Volatile             // random(), gen_random_uuid(), nextval(): once per row
)

// Call is one evaluation's context.
type Call struct {
	Env  *Env
	Args []*value.Type // the arguments' types after resolution
	Ret  *value.Type
	// Defs are the result columns of a SetFunc whose Cols are nil: a column definition
	// list, or the fields of a row type.
	Defs []value.Field
}

// Func is a function or operator. Operators are named by their symbol: "+", "->>",
// "~~" (like), "~~*" (ilike), "!~~", "=" … ; a prefix operator has one argument.
type Func struct {
	Schema   string // "pg_catalog", or "auth", "storage", "extensions" …
	Name     string
	Args     []*value.Type // pseudo types: value.TAny, TAnyElement, TAnyArray, TAnyEnum
	Variadic bool          // the last argument repeats
	Optional int           // how many trailing arguments may be left out
	// Names are the parameters' names, where named notation is usual (make_interval,
	// jsonb_set); one left out before another is given takes its value in Defaults.
	Names      []string
	Defaults   []value.Value
	Ret        *value.Type // may be a pseudo type: resolved from the arguments
	NotStrict  bool        // true: called with NULLs too; false: any NULL gives NULL
	Volatility Volatility
	Raises     bool // may raise for some arguments of the right types
	Operator   bool
	Eval       func(c *Call, args []value.Value) (value.Value, error)
}

// SetFunc returns rows: generate_series, unnest, jsonb_array_elements,
// regexp_matches … Cols names its output columns (one for scalar results).
type SetFunc struct {
	Schema     string
	Name       string
	Args       []*value.Type
	Optional   int
	Variadic   bool
	Cols       []value.Field // a nil Type is resolved from the arguments
	NotStrict  bool
	Volatility Volatility
	Raises     bool
	// Rows calls yield for each row until it returns false.
	Rows func(c *Call, args []value.Value, yield func(row []value.Value) bool) error
}

// Agg is an aggregate.
type Agg struct {
	Schema    string
	Name      string
	Args      []*value.Type
	Variadic  bool
	Ret       *value.Type
	KeepNulls bool // array_agg, json_agg: NULL inputs count
	New       func(c *Call) AggState
}

// AggState is a running aggregate.
type AggState interface {
	Step(args []value.Value) error
	Final() (value.Value, error)
}
