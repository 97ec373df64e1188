package sqlgen

import "github.com/plinth-dev/plinth/internal/value"

// Source says where an argument's value comes from.
type Source uint8

const (
	Const  Source = iota // Arg.Text
	Param                // the open part of query Param Arg.N
	Body                 // the whole body, as a JSON array of objects
	Member               // member Arg.Text of the body's object, as text of Arg.Type
	Whole                // the body's text as it is
	Limit                // the root's limit, a number
	Offset               // the root's offset, a number
	More                 // one more than the root's limit
	Place                // value Arg.N of the place that a cursor names
)

// Form says how a Param's text becomes an argument.
type Form uint8

const (
	Plain  Form = iota
	Like        // * is %
	InList      // (a,b) becomes an array literal
	Number      // a limit or offset: digits, or null
	Items       // the values of all Params of this key, as an array literal
)

// Arg is one argument of a statement.
type Arg struct {
	From Source
	Form Form
	N    int
	Text string
	Type *value.Type
}

// Out is one member of an encoded row: a column, or an object of joined columns.
type Out struct {
	Name    string
	Key     []byte // `"name":`, escaped
	Col     int
	Kids    []Out // of an object
	Object  bool
	Present int // an object is null where this column is
	Cursor  bool
}

// Mode says how rows become a body.
type Mode uint8

const (
	Rows    Mode = iota // an array of objects
	One                 // a single object (functions that return one row)
	Scalar              // the one value of the one row
	List                // an array of the rows' only values
	Nothing             // no body: void
)

// Plan is a compiled request.
type Plan struct {
	SQL   string
	Args  []Arg
	Out   []Out
	Mode  Mode
	Write bool
	// CountSQL counts all rows of a read, without limit and offset; "" where the
	// rows themselves must be counted.
	CountSQL  string
	CountFrom string // its part from FROM on, for estimates
	CountArgs []Arg
	// Keys are the columns of the Location header, by their place in the row.
	Keys []Out
	// Result is the type of a scalar.
	Result *value.Type
	// Counted says that the one row is a Handler's: its value, and the number of rows.
	Counted bool
	// Window says that limit and offset apply to the encoded rows, not to the SQL.
	Window bool
	// Filtered names the table and the columns by which its rows are looked for.
	Filtered string
	// Order is set where the rows have cursors.
	Order *Order
}
