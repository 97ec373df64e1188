package query

// Request is the parsed query string.
type Request struct {
	Select     []*Item  // nil = not given: every column
	Columns    []string // ?columns=, nil = not given
	OnConflict []string
	Where      []Scoped
	Order      []ScopedOrder
	Bounds     []ScopedBound // limits and offsets of embeds; the root's are in Root
	Args       []Arg         // parameters of a function called by GET
	Nodes      int           // filters and tree nodes, for the bound on them
}

// ItemKind tells the items of a select list apart.
type ItemKind uint8

const (
	Column ItemKind = iota
	Star
	Count // count()
	Embed
	Spread
	Cursor // cursor(), the place of the row
)

// Item is one item of a select list.
type Item struct {
	Kind  ItemKind
	Alias string
	Field Field  // Column
	Cast  string // ::type
	Agg   string // sum, avg, count, max, min; the Cast before it is Field's
	// AggCast is the cast behind the aggregate.
	AggCast string

	// Embed and Spread.
	Name string
	Hint string
	Join string // "", "inner", "left"
	Kids []*Item
}

// Field is a column with a json path.
type Field struct {
	Name string
	Path []Step
}

// Step is one -> or ->> of a json path.
type Step struct {
	Key   string
	Index bool // an array index: Key is an integer
	Text  bool // ->>
}

// Val is a value of the query string. Param is the index of the Param whose tail
// it is, -1 for a value that belongs to the shape.
type Val struct {
	Text  string
	Param int
}

// Filter is an operator with its value.
type Filter struct {
	Not   bool
	Op    string   // eq neq gt gte lt lte like ilike match imatch cs cd ov sl sr nxl nxr adj in is isdistinct fts plfts phfts wfts
	Quant string   // "", "any", "all"
	Lang  string   // full-text configuration
	Val   Val      // is: null, not_null, true, false, unknown
	List  []string // in: the elements, where Val.Param < 0
}

// Cond is a node of a condition: a leaf has Filter, a tree Kids.
type Cond struct {
	Not    bool // trees only
	Or     bool
	Kids   []*Cond
	Field  Field
	Filter *Filter
}

// Scoped is a condition on the embed at Path (nil = root).
type Scoped struct {
	Path []string
	Cond *Cond
}

// Term is one item of an order list; Rel is set for rel(field).
type Term struct {
	Rel   string
	Field Field
	Desc  bool
	Nulls string // "", "first", "last"
}

// ScopedOrder orders the embed at Path.
type ScopedOrder struct {
	Path  []string
	Terms []Term
}

// ScopedBound limits the embed at Path. Limit and Offset are nil where not given.
type ScopedBound struct {
	Path          []string
	Limit, Offset *Val
}

// Arg is a function's argument as text.
type Arg struct {
	Name string
	Val  Val
}
