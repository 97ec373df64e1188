package tree

// Stmt is a statement.
type Stmt interface {
	Node
	stmt()
}

// Select is a query: a core (Targets …), VALUES (Values), or a set operation
// (Op with Left and Right). With, OrderBy, Limit and Offset apply to any of them.
//
// budget: the clauses of SELECT
type Select struct {
	At
	With *With

	Distinct   bool
	DistinctOn []Expr
	Targets    []Target
	From       []TableExpr // comma list
	Where      Expr
	GroupBy    []Expr
	// GroupDistinct is GROUP BY DISTINCT: of equal grouping sets one.
	GroupDistinct bool
	Having        Expr
	Windows       []Window

	Values [][]Expr

	Op          string // "union", "intersect", "except", or ""
	All         bool
	Left, Right *Select

	OrderBy       []Sort
	Limit, Offset Expr
	Ties          bool   // FETCH FIRST … WITH TIES
	Lock          string // "for update" … as written, normalised; "" for none
}

// Target is one output column; As is "" where no alias is written.
type Target struct {
	X  Expr
	As string
}

// With is a WITH clause.
type With struct {
	Recursive bool
	CTEs      []CTE
}

// CTE is one common table expression; Stmt is *Select, *Insert, *Update or *Delete.
type CTE struct {
	Name         string
	Cols         []string
	Materialized string // "", "materialized", "not materialized"
	Stmt         Stmt
}

// TableExpr is an item of FROM.
type TableExpr interface {
	Node
	tableExpr()
}

type (
	// TableRef is a table, view or CTE by name.
	TableRef struct {
		At
		Name  Ident
		Only  bool
		Alias string
		Cols  []string
	}
	// QueryRef is (select …) alias. Where it is Joined it was written as a join in
	// parentheses, (a join b …) alias: a query of all its columns.
	QueryRef struct {
		At
		Query   *Select
		Joined  bool
		Lateral bool
		Alias   string
		Cols    []string
	}
	// FuncRef is f(…) [with ordinality] alias [(cols)] or alias(col type, …). Rows are
	// the functions of ROWS FROM (…), whose first has the Call.
	FuncRef struct {
		At
		Rows       []FuncRef
		Call       *Call
		Lateral    bool
		Ordinality bool
		Alias      string
		Cols       []string
		ColDefs    []ColDef
	}
	// Join is l kind join r on|using.
	Join struct {
		At
		Kind    string // "inner", "left", "right", "full", "cross"
		Natural bool
		L, R    TableExpr
		On      Expr
		Using   []string
	}
)

// ColDef is name type in a column definition list.
type ColDef struct {
	Name string
	Type TypeName
}

func (*TableRef) tableExpr() {}
func (*QueryRef) tableExpr() {}
func (*FuncRef) tableExpr()  {}
func (*Join) tableExpr()     {}

// Insert is INSERT. Query is nil for DEFAULT VALUES.
type Insert struct {
	At
	With       *With
	Table      Ident
	Alias      string
	Cols       []string
	Overriding string // "", "system", "user"
	Query      *Select
	Conflict   *Conflict
	Returning  []Target
}

// Conflict is ON CONFLICT.
type Conflict struct {
	Cols       []Expr // target columns or expressions; nil with Constraint or no target
	Where      Expr   // arbiter predicate
	Constraint string
	Nothing    bool
	Set        []Assign
	SetWhere   Expr
}

// Assign is col = x; Cols has several names for (a,b) = (row or subquery).
type Assign struct {
	Cols  []string
	Parts []Part // with one column: where in it X goes
	X     Expr
}

// Part is one step into a value that is assigned to: [Sub], or .Field.
type Part struct {
	Sub   Expr
	Field string
}

// Update is UPDATE.
type Update struct {
	At
	With      *With
	Table     Ident
	Alias     string
	Set       []Assign
	From      []TableExpr
	Where     Expr
	Returning []Target
}

// Delete is DELETE.
type Delete struct {
	At
	With      *With
	Table     Ident
	Alias     string
	Using     []TableExpr
	Where     Expr
	Returning []Target
}

func (*Select) stmt() {}
func (*Insert) stmt() {}
func (*Update) stmt() {}
func (*Delete) stmt() {}
