package value

// CastContext says where a cast may happen by itself.
type CastContext uint8

const (
	Implicit   CastContext = iota // anywhere
	Assignment                    // into a column or variable
	Explicit                      // only by cast(…) and ::
)

// casts is pg_cast for our types: source, then target and context.
var casts = map[Kind]map[Kind]CastContext{
	Bool:    {Int4: Explicit},
	Int2:    {Float4: Implicit, Float8: Implicit, Int4: Implicit, Int8: Implicit, Numeric: Implicit, OID: Implicit, Regclass: Implicit},
	Int4:    {Int2: Assignment, Bool: Explicit, Float4: Implicit, Float8: Implicit, Int8: Implicit, Numeric: Implicit, OID: Implicit, Regclass: Implicit},
	Int8:    {Int2: Assignment, Int4: Assignment, Float4: Implicit, Float8: Implicit, Numeric: Implicit, OID: Implicit, Regclass: Implicit},
	Float4:  {Int2: Assignment, Int4: Assignment, Int8: Assignment, Numeric: Assignment, Float8: Implicit},
	Float8:  {Float4: Assignment, Int2: Assignment, Int4: Assignment, Int8: Assignment, Numeric: Assignment},
	Numeric: {Int2: Assignment, Int4: Assignment, Int8: Assignment, Float4: Implicit, Float8: Implicit},
	OID:     {Int4: Assignment, Int8: Assignment, Regclass: Implicit},
	Regclass: {
		Int4: Assignment, Int8: Assignment, OID: Implicit,
	},
	Text:    {Citext: Assignment, Bpchar: Implicit, Name: Implicit, Regclass: Implicit, Varchar: Implicit},
	Varchar: {Citext: Assignment, Bpchar: Implicit, Name: Implicit, Regclass: Implicit, Text: Implicit},
	Bpchar:  {Citext: Assignment, Name: Implicit, Text: Implicit, Varchar: Implicit},
	Citext:  {Bpchar: Assignment, Text: Implicit, Varchar: Implicit},
	Name:    {Bpchar: Assignment, Varchar: Assignment, Text: Implicit},
	Cidr:    {Inet: Implicit},
	Inet:    {Cidr: Assignment},
	Date:    {Timestamp: Implicit, Timestamptz: Implicit},
	Time:    {Interval: Implicit, Timetz: Implicit},
	Timetz:  {Time: Assignment},
	Timestamp: {
		Date: Assignment, Time: Assignment, Timestamptz: Implicit,
	},
	Timestamptz: {Date: Assignment, Time: Assignment, Timestamp: Assignment, Timetz: Assignment},
	Interval:    {Time: Assignment},
	JSON:        {JSONB: Assignment},
	JSONB: {
		JSON: Assignment, Bool: Explicit, Float4: Explicit, Float8: Explicit, Int2: Explicit,
		Int4: Explicit, Int8: Explicit, Numeric: Explicit,
	},
}

// IsString reports whether t is of the string category, which any type may be
// assigned to and explicitly read from through its text.
func IsString(t *Type) bool {
	switch t.Base().Kind {
	case Text, Varchar, Bpchar, Name, Citext:
		return true
	}
	return false
}

// CastPath returns the weakest context in which from casts to to by itself, and
// whether there is a cast at all. Modifiers do not matter.
func CastPath(from, to *Type) (CastContext, bool) {
	from, to = from.Base(), to.Base()
	if from.Kind == Unknown || Same(from, to) {
		return Implicit, true
	}
	if ctx, ok := casts[from.Kind][to.Kind]; ok {
		return ctx, true
	}
	if from.Kind == Void && IsString(to) {
		return Explicit, true // its text is empty
	}
	if isPseudo(from.Kind) || isPseudo(to.Kind) {
		return Explicit, false
	}
	switch {
	case from.Kind == Array && to.Kind == Array:
		return CastPath(from.Elem, to.Elem)
	case from.Kind == Record && to.Kind == Record:
		return recordPath(from, to)
	case IsString(to):
		return Assignment, true
	case IsString(from):
		return Explicit, true
	}
	return Explicit, false
}

func isPseudo(k Kind) bool {
	switch k {
	case Void, Trigger, Any, AnyElement, AnyArray, AnyEnum:
		return true
	}
	return false
}

// recordPath lets a row become a named type of as many fields, and any row a record.
func recordPath(from, to *Type) (CastContext, bool) {
	if len(to.Fields) == 0 {
		return Implicit, true
	}
	if from.Name != "" || len(from.Fields) != len(to.Fields) {
		return Explicit, false
	}
	worst := Implicit
	for i := range to.Fields {
		ctx, ok := CastPath(from.Fields[i].Type, to.Fields[i].Type)
		if !ok {
			return Explicit, false
		}
		worst = max(worst, ctx)
	}
	return worst, true
}
