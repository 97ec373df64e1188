package plpgsql

import "github.com/plinth-dev/plinth/internal/pgsql"

// Stmt is a statement of PL/pgSQL.
type Stmt interface {
	Position() pgsql.Pos
	stmt()
}

// Block is [<<label>>] declare … begin … exception … end.
type Block struct {
	pgsql.At
	Label    string
	Conflict string // #variable_conflict: "", "error", "use_variable", "use_column"; outer block only
	Decls    []Decl
	Body     []Stmt
	Handlers []Handler
}

// Decl is one variable. With Alias set it is another name for a variable or
// parameter ("$1"), and nothing else is set.
type Decl struct {
	pgsql.At
	Name      string
	Alias     string
	Const     bool
	Type      pgsql.TypeName
	Collation string
	NotNull   bool
	Default   pgsql.Expr
	Cursor    *Cursor // of a bound cursor; Type is not set
}

// Cursor is the query of a bound cursor, with its parameters.
type Cursor struct {
	Args  []Decl
	Query pgsql.Stmt
}

// Handler is WHEN cond [or cond] THEN ….
type Handler struct {
	pgsql.At
	Conds []Condition
	Body  []Stmt
}

// Condition is an error condition. State is the SQLSTATE; a State that ends in
// "000" stands for its whole class. Name is "others", with State "", for all but
// query_canceled and assert_failure.
type Condition struct {
	Name  string // as written, "" for sqlstate '…'
	State string
}

// Target is what a value is assigned to: a variable, a field of a record (new.col),
// or an element of an array.
type Target struct {
	pgsql.At
	Path []string     // x, rec.field
	Subs []pgsql.Expr // [i][j]
}

type (
	// Assign is target := x.
	Assign struct {
		pgsql.At
		To Target
		X  pgsql.Expr
	}
	// If is if … elsif … else … end if.
	If struct {
		pgsql.At
		Arms []Arm
		Else []Stmt
	}
	// Case is the statement case [arg] when … end case. With Arg set an arm's
	// condition is a value (several: see Whens).
	Case struct {
		pgsql.At
		Arg     pgsql.Expr
		Whens   []When
		Else    []Stmt
		HasElse bool // without it, no match is 20000 "case not found"
	}
	// Loop is loop … end loop.
	Loop struct {
		pgsql.At
		Label string
		Body  []Stmt
	}
	// While is while cond loop … end loop.
	While struct {
		pgsql.At
		Label string
		Cond  pgsql.Expr
		Body  []Stmt
	}
	// ForInt is for i in [reverse] lo..hi [by step] loop; Var is a new integer.
	ForInt struct {
		pgsql.At
		Label        string
		Var          string
		Reverse      bool
		Lo, Hi, Step pgsql.Expr
		Body         []Stmt
	}
	// ForQuery is for rec in query loop, or for rec in execute command using …;
	// exactly one of Query and Command is set.
	ForQuery struct {
		pgsql.At
		Label    string
		Into     []Target
		Query    pgsql.Stmt // *Select, or a write with RETURNING
		Command  pgsql.Expr
		Using    []pgsql.Expr
		Cursor   string // for rec in cursor [(args)] loop: rec is a new record
		Args     []pgsql.Expr
		ArgNames []string // name := x, "" for positional; nil without arguments
		Body     []Stmt
	}
	// Open is open c [(args)], open c for query, or open c for execute command using ….
	Open struct {
		pgsql.At
		Cursor   Target
		Args     []pgsql.Expr
		ArgNames []string // as in ForQuery
		Query    pgsql.Stmt
		Command  pgsql.Expr
		Using    []pgsql.Expr
	}
	// Fetch is fetch [direction from] c into …, or move (Into nil).
	Fetch struct {
		pgsql.At
		Cursor Target
		Way    string     // "next", "prior", "first", "last", "absolute", "relative", "forward", "backward"
		Count  pgsql.Expr // of absolute, relative, forward and backward; nil is 1
		All    bool
		Into   []Target
	}
	// Close is close c.
	Close struct {
		pgsql.At
		Cursor Target
	}
	// Foreach is foreach x [slice n] in array a loop.
	Foreach struct {
		pgsql.At
		Label string
		Into  []Target
		Slice int
		Array pgsql.Expr
		Body  []Stmt
	}
	// Exit is exit or continue [label] [when cond].
	Exit struct {
		pgsql.At
		Continue bool
		Label    string
		When     pgsql.Expr
	}
	// Return is return [x].
	Return struct {
		pgsql.At
		X pgsql.Expr
	}
	// ReturnNext is return next [x].
	ReturnNext struct {
		pgsql.At
		X pgsql.Expr
	}
	// ReturnQuery is return query select … or return query execute ….
	ReturnQuery struct {
		pgsql.At
		Query   pgsql.Stmt
		Command pgsql.Expr
		Using   []pgsql.Expr
	}
	// Raise is raise. With neither Format, Cond nor Options it is a re-raise.
	Raise struct {
		pgsql.At
		Level     string // "debug", "log", "info", "notice", "warning", "exception"
		Format    string // with % for each of Args and %% for a percent sign
		HasFormat bool
		Args      []pgsql.Expr
		Cond      *Condition
		Options   []RaiseOption
	}
	// Perform is perform …: a query whose result is dropped.
	Perform struct {
		pgsql.At
		Query *pgsql.Select
	}
	// SQL is an SQL statement, with INTO taken out.
	SQL struct {
		pgsql.At
		Stmt   pgsql.Stmt
		Into   []Target
		Strict bool
	}
	// Execute is execute command [into …] [using …].
	Execute struct {
		pgsql.At
		Command pgsql.Expr
		Into    []Target
		Strict  bool
		Using   []pgsql.Expr
	}
	// Diagnostics is get [stacked] diagnostics x = item, ….
	Diagnostics struct {
		pgsql.At
		Stacked bool
		Items   []DiagItem
	}
	// Assert is assert cond [, message].
	Assert struct {
		pgsql.At
		Cond, Message pgsql.Expr
	}
	// Null does nothing.
	Null struct{ pgsql.At }
)

// Arm is one condition of If with its statements.
type Arm struct {
	Cond pgsql.Expr
	Body []Stmt
}

// When is one arm of Case: with Case.Arg, several values; else one condition.
type When struct {
	Conds []pgsql.Expr
	Body  []Stmt
}

// RaiseOption is one item of RAISE … USING: "errcode", "message", "detail", "hint",
// "column", "constraint", "datatype", "table" or "schema".
type RaiseOption struct {
	Name string
	X    pgsql.Expr
}

// DiagItem assigns one item, such as "row_count" or "message_text".
type DiagItem struct {
	To   Target
	Item string
}

func (*Block) stmt()       {}
func (*Assign) stmt()      {}
func (*If) stmt()          {}
func (*Case) stmt()        {}
func (*Loop) stmt()        {}
func (*While) stmt()       {}
func (*ForInt) stmt()      {}
func (*ForQuery) stmt()    {}
func (*Foreach) stmt()     {}
func (*Exit) stmt()        {}
func (*Return) stmt()      {}
func (*ReturnNext) stmt()  {}
func (*ReturnQuery) stmt() {}
func (*Raise) stmt()       {}
func (*Perform) stmt()     {}
func (*SQL) stmt()         {}
func (*Execute) stmt()     {}
func (*Diagnostics) stmt() {}
func (*Assert) stmt()      {}
func (*Null) stmt()        {}
func (*Open) stmt()        {}
func (*Fetch) stmt()       {}
func (*Close) stmt()       {}
