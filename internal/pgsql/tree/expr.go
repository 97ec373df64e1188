package tree

// Pos is a byte offset into the text that was parsed.
type Pos int32

// At makes every node that embeds it tell its position. Positions do not take part
// in equality of trees (see Equal).
type At struct{ Pos Pos }

// Position returns the node's offset.
func (a At) Position() Pos { return a.Pos }

// Node is any part of a tree.
type Node interface{ Position() Pos }

// Ident is a possibly schema-qualified name, folded as Postgres folds (unquoted →
// lower case).
type Ident struct{ Schema, Name string }

// TypeName is a type as written: "timestamp with time zone" is folded to
// "timestamptz", "int" to "int4", "character varying" to "varchar" and so on.
// Schema is "" unless written; pg_catalog is dropped.
type TypeName struct {
	At
	Schema, Name string
	Mods         []int // (10,2)
	Array        int   // dimensions: text[] = 1
	SetOf        bool
	PctType      bool // tbl.col%type: Name holds "tbl.col"
	PctRowtype   bool // tbl%rowtype
}

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

type (
	// Str is a quoted literal of unknown type.
	Str struct {
		At
		Val string
	}
	// Num is a numeric literal as written.
	Num struct {
		At
		Text string
	}
	// BoolLit is true or false.
	BoolLit struct {
		At
		Val bool
	}
	// NullLit is NULL.
	NullLit struct{ At }
	// Default is DEFAULT in VALUES or SET.
	Default struct{ At }
	// Param is $n.
	Param struct {
		At
		N int
	}
	// Column is a name path: a, t.a, s.t.a; Star for t.* and *.
	Column struct {
		At
		Parts []string
		Star  bool
	}
	// Call is a function call. Special syntax is lowered to calls with plain
	// arguments: extract(f from x) → extract('f', x); position(a in b) →
	// position(b, a) named "strpos"; substring(x from a for b) → substring(x,a,b);
	// trim(both a from b) → btrim(b,a); x at time zone z → timezone(z, x);
	// current_timestamp, current_user … → Call without arguments and Bare set;
	// coalesce, nullif, greatest, least are calls; f(x) over w has Over.
	Call struct {
		At
		Name     Ident
		Args     []Expr
		ArgNames []string // f(a => 1): same length as Args, "" for positional; nil if none
		Star     bool     // count(*)
		Distinct bool
		Variadic bool
		Bare     bool
		OrderBy  []Sort
		Filter   Expr
		Within   []Sort // within group (order by …)
		Over     *Window
	}
	// Binary is any infix operator, with Op as written: + - * / % ^ || = <> < > <= >=
	// (!= becomes <>), and, or, ->, ->>, #>, @>, ?, ~, !~*, && …; LIKE, ILIKE and
	// SIMILAR are Like.
	Binary struct {
		At
		Op   string
		L, R Expr
	}
	// Unary is not, - , +, ~ …
	Unary struct {
		At
		Op string
		X  Expr
	}
	// Like is x [not] like|ilike|similar p [escape e].
	Like struct {
		At
		X, Pattern, Escape Expr
		Op                 string // "like", "ilike", "similar"
		Not                bool
	}
	// AnyAll is x op any|all (array or query); exactly one of Array and Query is set.
	AnyAll struct {
		At
		X     Expr
		Op    string
		All   bool
		Array Expr
		Query *Select
	}
	// Is is x is [not] null|true|false|unknown.
	Is struct {
		At
		X    Expr
		What string // "null", "true", "false", "unknown"
		Not  bool
	}
	// IsDistinct is l is [not] distinct from r.
	IsDistinct struct {
		At
		L, R Expr
		Not  bool
	}
	// In is x [not] in (list or query).
	In struct {
		At
		X     Expr
		List  []Expr
		Query *Select
		Not   bool
	}
	// Between is x [not] between [symmetric] lo and hi.
	Between struct {
		At
		X, Lo, Hi      Expr
		Not, Symmetric bool
	}
	// Case is case [arg] when … end.
	Case struct {
		At
		Arg   Expr
		Whens []When
		Else  Expr
	}
	// Cast is x::t or cast(x as t) or typename 'literal' (Prefix).
	Cast struct {
		At
		X  Expr
		To TypeName
	}
	// Subquery is (select …), exists (select …) or array(select …).
	Subquery struct {
		At
		Kind  string // "scalar", "exists", "array"
		Query *Select
	}
	// ArrayLit is array[…].
	ArrayLit struct {
		At
		Elems []Expr
	}
	// Row is row(…) or (a, b).
	Row struct {
		At
		Elems []Expr
	}
	// Index is x[i] or x[lo:hi] (Slice; a bound may be nil).
	Index struct {
		At
		X      Expr
		I      Expr
		Lo, Hi Expr
		Slice  bool
	}
	// Field is (x).name; Star for (x).*.
	Field struct {
		At
		X    Expr
		Name string
		Star bool
	}
	// Collate is x collate "C".
	Collate struct {
		At
		X    Expr
		Name string
	}
)

// When is one arm of a Case.
type When struct{ Cond, Then Expr }

// Sort is one item of ORDER BY.
type Sort struct {
	X     Expr
	Desc  bool
	Nulls string // "", "first", "last"
}

// Window is an OVER clause or a named window.
type Window struct {
	Name      string // over w, or window w as (…)
	Base      string // the window that it copies: over (w order by …)
	Partition []Expr
	OrderBy   []Sort
	Frame     string // the frame clause as normalised text, "" for none
}

func (*Str) expr()        {}
func (*Num) expr()        {}
func (*BoolLit) expr()    {}
func (*NullLit) expr()    {}
func (*Default) expr()    {}
func (*Param) expr()      {}
func (*Column) expr()     {}
func (*Call) expr()       {}
func (*Binary) expr()     {}
func (*Unary) expr()      {}
func (*Like) expr()       {}
func (*AnyAll) expr()     {}
func (*Is) expr()         {}
func (*IsDistinct) expr() {}
func (*In) expr()         {}
func (*Between) expr()    {}
func (*Case) expr()       {}
func (*Cast) expr()       {}
func (*Subquery) expr()   {}
func (*ArrayLit) expr()   {}
func (*Row) expr()        {}
func (*Index) expr()      {}
func (*Field) expr()      {}
func (*Collate) expr()    {}
