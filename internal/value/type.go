package value

// Kind says what a type is. Kinds are closed; user-defined types are Enum, Domain
// or Record with a name.
type Kind uint8

const (
	Unknown Kind = iota // an untyped literal: text that takes the type its place asks for
	Bool
	Int2
	Int4
	Int8
	Float4
	Float8
	Numeric
	Text
	Varchar // Mod = n, 0 = unbounded
	Bpchar  // char(n), blank padded; Mod = n
	Name    // identifiers of the system tables
	Citext
	UUID
	Timestamptz
	Timestamp
	Date
	Time
	Timetz
	Interval
	JSON
	JSONB
	Bytea
	Inet
	Cidr
	OID
	Regclass
	TSVector
	TSQuery
	Enum   // Schema, Name, Labels in declaration order
	Array  // Elem
	Record // Fields; a table's row type has Schema and Name
	Domain // Elem = base type; checks live in the catalogue
	Void
	Trigger // return type of trigger functions
	// Pseudo types of function signatures.
	Any
	AnyElement
	AnyArray
	AnyEnum
)

// Type is a Postgres type. Built-in types without modifier are the package's
// shared values (TInt4 …): compare types with Same, never by pointer.
type Type struct {
	Kind   Kind
	Schema string // user-defined types only
	Name   string // user-defined types only
	Mod    int32  // varchar/char length; numeric precision<<16|scale, 0 = none; timestamp precision+1, 0 = none
	Elem   *Type
	Labels []string
	Fields []Field
}

// Field is one attribute of a Record type.
type Field struct {
	Name string
	Type *Type
}

// The built-in types.
var (
	TUnknown     = &Type{Kind: Unknown}
	TBool        = &Type{Kind: Bool}
	TInt2        = &Type{Kind: Int2}
	TInt4        = &Type{Kind: Int4}
	TInt8        = &Type{Kind: Int8}
	TFloat4      = &Type{Kind: Float4}
	TFloat8      = &Type{Kind: Float8}
	TNumeric     = &Type{Kind: Numeric}
	TText        = &Type{Kind: Text}
	TVarchar     = &Type{Kind: Varchar}
	TBpchar      = &Type{Kind: Bpchar}
	TName        = &Type{Kind: Name}
	TCitext      = &Type{Kind: Citext}
	TUUID        = &Type{Kind: UUID}
	TTimestamptz = &Type{Kind: Timestamptz}
	TTimestamp   = &Type{Kind: Timestamp}
	TDate        = &Type{Kind: Date}
	TTime        = &Type{Kind: Time}
	TTimetz      = &Type{Kind: Timetz}
	TInterval    = &Type{Kind: Interval}
	TJSON        = &Type{Kind: JSON}
	TJSONB       = &Type{Kind: JSONB}
	TBytea       = &Type{Kind: Bytea}
	TInet        = &Type{Kind: Inet}
	TCidr        = &Type{Kind: Cidr}
	TOID         = &Type{Kind: OID}
	TRegclass    = &Type{Kind: Regclass}
	TTSVector    = &Type{Kind: TSVector}
	TTSQuery     = &Type{Kind: TSQuery}
	TVoid        = &Type{Kind: Void}
	TTrigger     = &Type{Kind: Trigger}
	TAny         = &Type{Kind: Any}
	TAnyElement  = &Type{Kind: AnyElement}
	TAnyArray    = &Type{Kind: AnyArray}
	TAnyEnum     = &Type{Kind: AnyEnum}
	TRecord      = &Type{Kind: Record}
)

// ArrayOf returns the array type of elem.
func ArrayOf(elem *Type) *Type { return &Type{Kind: Array, Elem: elem} }

// Base returns the type under any domains.
func (t *Type) Base() *Type {
	for t.Kind == Domain {
		t = t.Elem
	}
	return t
}

// Same reports whether a and b are one type, modifiers aside.
func Same(a, b *Type) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case Array:
		return Same(a.Elem, b.Elem)
	case Enum, Domain:
		return a.Schema == b.Schema && a.Name == b.Name
	case Record:
		if a.Name != "" || b.Name != "" {
			return a.Schema == b.Schema && a.Name == b.Name
		}
		if len(a.Fields) != len(b.Fields) {
			return false
		}
		for i := range a.Fields {
			if !Same(a.Fields[i].Type, b.Fields[i].Type) {
				return false
			}
		}
	}
	return true
}
