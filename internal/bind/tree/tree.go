package tree

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Expr is a typed expression: every name is resolved, every implicit cast is a
// Cast node, every literal has the type of its place.
type Expr interface {
	Type() *value.Type
}

type (
	// Const is a literal, already of its type.
	Const struct {
		Val value.Value
		T   *value.Type
	}
	// Param is $N.
	Param struct {
		N int
		T *value.Type
	}
	// Var is a variable of the surrounding PL/pgSQL block or a parameter of the SQL
	// function being bound, by slot number.
	Var struct {
		N int
		T *value.Type
	}
	// Col is a column of a range-table entry of this query or an outer one.
	Col struct {
		Rel *Rel
		Idx int // index in Rel.Cols
		T   *value.Type
	}
	// WholeRow is a reference to a whole row of a Rel; T is a Record.
	WholeRow struct {
		Rel *Rel
		T   *value.Type
	}
	// Call is a builtin function or operator.
	Call struct {
		Fn   *builtin.Func
		Args []Expr
		T    *value.Type
	}
	// UserCall is a user-defined function in a scalar place.
	UserCall struct {
		Fn   *catalog.Function
		Args []Expr // one per input parameter: defaults are filled in, variadics gathered
		T    *value.Type
	}
	// Agg is an aggregate, or a window function where Over is set.
	Agg struct {
		Fn       *builtin.Agg // nil for pure window functions
		Name     string
		Args     []Expr
		Star     bool
		Distinct bool
		OrderBy  []Sort
		Filter   Expr
		Over     *Window
		T        *value.Type
	}
	// Logic is a conjunction or disjunction of two or more booleans.
	Logic struct {
		Or   bool
		Args []Expr
	}
	// Not negates a boolean.
	Not struct{ X Expr }
	// Is tests for null, true, false or unknown.
	Is struct {
		X    Expr
		What string
		Not  bool
	}
	// IsDistinct is l is [not] distinct from r.
	IsDistinct struct {
		L, R Expr
		Eq   *builtin.Func
		Not  bool
	}
	// In is x [not] in (a, b, …); all of one type.
	In struct {
		X    Expr
		List []Expr
		Eq   *builtin.Func
		Not  bool
	}
	// Case is a searched case (a simple one is lowered).
	Case struct {
		Whens []When
		Else  Expr // nil = NULL
		T     *value.Type
	}
	// Coalesce returns its first argument that is not NULL.
	Coalesce struct {
		Args []Expr
		T    *value.Type
	}
	// MinMax is greatest or least.
	MinMax struct {
		Max  bool
		Args []Expr
		T    *value.Type
	}
	// Cast converts; implicit casts are made explicit by the binder.
	Cast struct {
		X   Expr
		T   *value.Type
		Ctx value.CastContext
	}
	// Array is array[…]; T is the array type.
	Array struct {
		Elems []Expr
		T     *value.Type
	}
	// RowExpr is row(…).
	RowExpr struct {
		Elems []Expr
		T     *value.Type
	}
	// Index is x[i] (arrays are one-dimensional and 1-based; jsonb subscripts too).
	Index struct {
		X, I Expr
		T    *value.Type
	}
	// Slice is x[lo:hi].
	Slice struct {
		X, Lo, Hi Expr
		T         *value.Type
	}
	// Field is (x).name of a record.
	Field struct {
		X   Expr
		Idx int
		T   *value.Type
	}
	// AnyAll is x op any|all (array).
	AnyAll struct {
		X   Expr
		Op  *builtin.Func
		Arr Expr
		All bool
	}
	// Sub is a subquery in an expression.
	// Kind: "scalar", "exists", "array", "any" (x op any (query); in is "any" with =),
	// "all".
	Sub struct {
		Kind  string
		Query *Query
		X     []Expr // left side of any/all: one per output column
		Op    []*builtin.Func
		Not   bool // not in / not exists
		T     *value.Type
	}
)

// When is an arm of a Case.
type When struct{ Cond, Then Expr }

// Sort is an item of ORDER BY. NullsFirst is resolved (asc: false, desc: true by default).
type Sort struct {
	X          Expr
	Desc       bool
	NullsFirst bool
}

// Window is an OVER clause.
type Window struct {
	Partition []Expr
	OrderBy   []Sort
	Frame     string
}

// Query is a typed SELECT, VALUES or set operation.
type Query struct {
	With      []*CTE
	Recursive bool

	Distinct   bool
	DistinctOn []Expr
	Targets    []Target
	From       []From // comma list
	Where      Expr
	GroupBy    []Expr
	Having     Expr

	Values [][]Expr

	Op          string // "union", "intersect", "except" or ""
	All         bool
	Left, Right *Query

	// OrderBy of a set operation refers to output columns by Out.
	OrderBy       []Sort
	Limit, Offset Expr
	Lock          string

	Cols []value.Field // the output columns
}

// Out is output column Idx of the query being ordered (set operations only).
type Out struct {
	Idx int
	T   *value.Type
}

// Target is an output column.
type Target struct {
	Name string
	X    Expr
}

// CTE is a common table expression; exactly one of Query and Write is set.
type CTE struct {
	Name         string
	Cols         []value.Field
	Materialized string
	Query        *Query
	Write        *Write
}

// From is *Rel or *Join.
type From interface{ from() }

// RelKind says what a range-table entry is.
type RelKind uint8

const (
	RelTable RelKind = iota
	RelQuery         // subquery, or a view (View set)
	RelCTE
	RelFunc // set-returning builtin, user function, or scalar function in FROM
	RelRow  // a row given from outside: OLD, NEW, EXCLUDED, the proposed row of a policy or check
)

// Rel is a range-table entry. Its identity is its pointer.
type Rel struct {
	Kind  RelKind
	Alias string
	Cols  []value.Field

	Table *catalog.Table // RelTable; RelRow of a table; a view's own entry with RelQuery
	Query *Query         // RelQuery
	CTE   *CTE           // RelCTE
	Func  *FuncCall      // RelFunc

	// Actor is the role whose policies and grants apply to a RelTable: "" is the
	// session's role; a view without security_invoker and a definer function put
	// their owner here.
	Actor string
	// Filter is the policies' condition, put there by package policy; nil for none.
	Filter Expr
	// Barrier says that Filter must be decided before any expression that may raise.
	Barrier bool
	Lateral bool
}

// FuncCall is a function in FROM. One of Set, Scalar and User is set.
type FuncCall struct {
	Set        *builtin.SetFunc
	Scalar     Expr
	User       *catalog.Function
	Args       []Expr
	Ordinality bool
	// Defs is the column definition list of json_to_recordset and its kin.
	Defs []value.Field
}

// Join is a join. Kind: "inner", "left", "right", "full", "cross". USING and
// NATURAL are lowered to On.
type Join struct {
	Kind string
	L, R From
	On   Expr
}

func (*Rel) from()  {}
func (*Join) from() {}

// Write is a typed INSERT, UPDATE or DELETE.
type Write struct {
	Command   string // "insert", "update", "delete"
	With      []*CTE
	Recursive bool
	Table     *catalog.Table
	Target    *Rel // the target's row: current row of update and delete, new row in RETURNING

	// Insert
	Cols       []int  // target column indexes, in the order of Source's columns
	Source     *Query // nil: default values. A cell that is DEFAULT is a *Default
	Overriding string
	Conflict   *Conflict

	// Update
	Set  []Assign
	From []From // update … from, delete … using

	// Of a write through a view: the view's condition, whether it must be decided
	// before anything that may raise, and what WITH CHECK OPTION asks of new rows.
	Within  Expr
	Barrier bool
	Checks  []Target

	Where     Expr
	Returning []Target      // over Target (new row; old row of a delete) and From
	Out       []value.Field // output columns of Returning
}

// Default stands for DEFAULT in a VALUES cell or a SET.
type Default struct{ T *value.Type }

// Conflict is ON CONFLICT.
type Conflict struct {
	Key      *catalog.Key   // the arbiter: a key …
	Index    *catalog.Index // … or a unique index; both nil: any (do nothing only)
	Nothing  bool
	Excluded *Rel // RelRow
	Set      []Assign
	Where    Expr
}

// Assign sets target column Idx; X is *Default for DEFAULT.
type Assign struct {
	Idx int
	X   Expr
}

// Stmt is a bound statement: exactly one field is set.
type Stmt struct {
	Query *Query
	Write *Write
	Proc  *UserCall // of CALL
	// Params are the types of $1 …, resolved.
	Params []*value.Type
	// Uses and Calls are what the statement needs privileges for: tables, and user
	// functions (EXECUTE).
	Uses  []Use
	Calls []*catalog.Function
	// Source is the tree it came from.
	Source pgsql.Stmt
}

func (e *Const) Type() *value.Type      { return e.T }
func (e *Param) Type() *value.Type      { return e.T }
func (e *Var) Type() *value.Type        { return e.T }
func (e *Col) Type() *value.Type        { return e.T }
func (e *WholeRow) Type() *value.Type   { return e.T }
func (e *Call) Type() *value.Type       { return e.T }
func (e *UserCall) Type() *value.Type   { return e.T }
func (e *Agg) Type() *value.Type        { return e.T }
func (e *Logic) Type() *value.Type      { return value.TBool }
func (e *Not) Type() *value.Type        { return value.TBool }
func (e *Is) Type() *value.Type         { return value.TBool }
func (e *IsDistinct) Type() *value.Type { return value.TBool }
func (e *In) Type() *value.Type         { return value.TBool }
func (e *Case) Type() *value.Type       { return e.T }
func (e *Coalesce) Type() *value.Type   { return e.T }
func (e *MinMax) Type() *value.Type     { return e.T }
func (e *Cast) Type() *value.Type       { return e.T }
func (e *Array) Type() *value.Type      { return e.T }
func (e *RowExpr) Type() *value.Type    { return e.T }
func (e *Index) Type() *value.Type      { return e.T }
func (e *Slice) Type() *value.Type      { return e.T }
func (e *Field) Type() *value.Type      { return e.T }
func (e *AnyAll) Type() *value.Type     { return value.TBool }
func (e *Sub) Type() *value.Type        { return e.T }
func (e *Out) Type() *value.Type        { return e.T }
func (e *Default) Type() *value.Type    { return e.T }
