package catalog

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Catalog is one version of a database's schema. A published Catalog is never
// changed: Apply works on a copy (tables are copied when first touched), so readers
// need no lock.
type Catalog struct {
	Version      uint64 // grows with every applied statement
	NextID       int    // source of Table.ID and Column.ID
	Schemas      map[string]*Schema
	Roles        map[string]*Role
	Publications map[string]*Publication
	Extensions   map[string]string // name → schema
	Defaults     []*DefaultGrant   // ALTER DEFAULT PRIVILEGES
	Casts        []Cast            // CREATE CAST … WITH FUNCTION
	Handlers     []Handler         // aggregates that make a media type
}

// Cast is a cast by a function. Casts of a domain change no expression, as in
// Postgres; they tell the data API how the domain's values look on the wire.
type Cast struct {
	From, To     *value.Type
	Schema, Func string
	ToJSON       bool // from a type that is no domain: to_json heeds it
}

// Handler is an aggregate over rows whose result is a domain called like a media type:
// the data API answers with it where a request accepts that type.
type Handler struct {
	Schema, Func string
	Rows         *value.Type // of the rows that it takes: a table's, or anyelement
	Returns      *value.Type // the domain
}

// Schema is a namespace.
type Schema struct {
	Name      string
	Owner     string
	Tables    map[string]*Table // tables, views and materialized views
	Types     map[string]*UserType
	Funcs     map[string][]*Function // overloads, in order of creation
	Sequences map[string]*Sequence
	Grants    []Grant
	Comment   string
}

// Role is a database role.
type Role struct {
	Name      string
	Super     bool
	BypassRLS bool
	Login     bool
	MemberOf  []string
	Config    map[string]string // alter role … set statement_timeout
}

// TableKind tells tables from views.
type TableKind uint8

const (
	Base TableKind = iota
	View
	MatView
)

// Table is a table or view.
type Table struct {
	ID      int // stable across renames
	Schema  string
	Name    string
	Kind    TableKind
	Owner   string
	Comment string
	Columns []*Column // in order; dropped columns are gone
	Keys    []*Key    // primary key and unique constraints
	Foreign []*Foreign
	Checks  []*Check
	Indexes []*Index
	Security
	Triggers []*Trigger // sorted by name, as they fire
	Grants   []Grant
	ViewDef  *ViewDef
	Identity string // replica identity: "default", "full", "nothing", or an index name
	// Partition says that the table is a part of another: the API shows the whole alone.
	Partition bool
}

// Security is a table's row-level security.
type Security struct {
	RLS      bool
	ForceRLS bool
	Policies []*Policy // sorted by name
}

// ViewDef is the definition of a view.
type ViewDef struct {
	Query           *pgsql.Select
	Text            string
	SecurityInvoker bool
	SecurityBarrier bool
	CheckOption     string
	SearchPath      []string // at creation
	// Writes are the events that the view takes ("insert", "update", "delete"), where the
	// server says so; nil where the definition tells.
	Writes []string
}

// Column is a column of a table or view.
type Column struct {
	ID        int // stable across renames
	Name      string
	Type      *value.Type // a Domain type where a domain was named
	NotNull   bool
	Default   pgsql.Expr // nil for none
	Generated pgsql.Expr // stored generated column
	Identity  string     // "", "always", "by default"
	Sequence  *Sequence  // of identity and serial columns
	Collation string
	Comment   string
}

// Key is a primary key or unique constraint; it has an index of its name.
type Key struct {
	Name              string
	Primary           bool
	Cols              []string
	NullsNotDistinct  bool
	Deferrable        bool
	InitiallyDeferred bool
}

// Foreign is a foreign key.
type Foreign struct {
	Name              string
	Cols              []string
	RefSchema         string
	RefTable          string
	RefCols           []string // always filled in
	OnDelete          string   // "no action", "restrict", "cascade", "set null", "set default"
	OnUpdate          string
	SetCols           []string
	Deferrable        bool
	InitiallyDeferred bool
	NotValid          bool // existing rows were not looked at
}

// Check is a check constraint.
type Check struct {
	Name     string
	X        pgsql.Expr
	Text     string
	NotValid bool // existing rows were not looked at
}

// Index is an index that is not a Key's own.
type Index struct {
	Name             string
	Unique           bool
	Method           string
	Items            []pgsql.IndexItem
	Include          []string
	Where            pgsql.Expr
	NullsNotDistinct bool
}

// Policy is a row-level-security policy. Using and Check are nil where not given.
type Policy struct {
	Name       string
	Permissive bool
	Command    string   // "all", "select", "insert", "update", "delete"
	Roles      []string // "public" for everyone
	Using      pgsql.Expr
	Check      pgsql.Expr
}

// Trigger is a trigger of a table.
type Trigger struct {
	Name       string
	Timing     string // "before", "after", "instead of"
	Events     []string
	UpdateOf   []string
	ForEachRow bool
	When       pgsql.Expr
	FuncSchema string
	Func       string
	Args       []string
	OldTable   string
	NewTable   string
	Deferrable bool
	Deferred   bool
	Disabled   bool
}

// InsteadOf reports whether a trigger of the view takes event (insert, update, delete).
func (t *Table) InsteadOf(event string) bool {
	return slices.ContainsFunc(t.Triggers, func(tr *Trigger) bool {
		return tr.Timing == "instead of" && !tr.Disabled && slices.Contains(tr.Events, event)
	})
}

// Function is a user-defined function or procedure.
type Function struct {
	ID         int
	Schema     string
	Name       string
	Owner      string
	Args       []Arg // all of them; InArgs filters
	Returns    *value.Type
	SetOf      bool
	Rows       string        // ROWS n of a set-returning function, "" where not given
	OutCols    []value.Field // returns table(…) and OUT arguments
	Language   string        // "sql", "plpgsql"
	Body       string
	Stmts      []pgsql.Stmt // parsed body of sql functions
	Procedure  bool
	Volatility string // "immutable", "stable", "volatile"
	Strict     bool
	Definer    bool
	Set        map[string]string // set search_path = … ; nil where none
	SearchPath []string          // from Set, else at creation
	Grants     []Grant
	Comment    string
}

// Arg is a parameter of a Function.
type Arg struct {
	Name    string
	Mode    string // "in", "out", "inout", "variadic", "table"
	Type    *value.Type
	Default pgsql.Expr
}

// Sequence is a sequence; its state lives in the database.
type Sequence struct {
	ID               int // stable across renames
	Schema, Name     string
	Type             *value.Type
	Start, Increment int64
	Min, Max         int64
	Cycle            bool
	OwnedBy          string // "schema.table.column"
	Grants           []Grant
	Restarts         int   // how often RESTART was said
	RestartAt        int64 // where the last one said
}

// UserType is an enum, domain or composite type.
type UserType struct {
	Type    *value.Type
	NotNull bool // domain
	Default pgsql.Expr
	Checks  []*Check
	Comment string
}

// Grant says that Role holds Priv ("select", "insert", "update", "delete",
// "truncate", "references", "trigger", "usage", "execute", "create"); Cols limits
// it to columns.
type Grant struct {
	Role   string
	Priv   string
	Cols   []string
	Option bool
}

// DefaultGrant is what a new object of What ("tables", "functions", "sequences",
// "types", "schemas") in Schema ("" = any) made by ForRole ("" = any) gets.
type DefaultGrant struct {
	ForRole string
	Schema  string
	What    string
	Grants  []Grant
	Revoked []Grant
}

// Publication is a set of tables whose changes are published.
type Publication struct {
	Name      string
	AllTables bool
	Tables    []TableName
}

// TableName names a table.
type TableName struct{ Schema, Name string }

// Notice is a remark of Apply about something accepted but without effect here.
type Notice struct {
	Code, Message, Detail, Hint string
	Pos                         int
}
