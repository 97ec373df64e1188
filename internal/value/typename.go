package value

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// udtNames are Postgres' internal names, by Kind.
var udtNames = [...]string{
	Unknown: "unknown", Bool: "bool", Int2: "int2", Int4: "int4", Int8: "int8",
	Float4: "float4", Float8: "float8", Numeric: "numeric", Text: "text",
	Varchar: "varchar", Bpchar: "bpchar", Name: "name", Citext: "citext", UUID: "uuid",
	Timestamptz: "timestamptz", Timestamp: "timestamp", Date: "date", Time: "time",
	Timetz: "timetz", Interval: "interval", JSON: "json", JSONB: "jsonb", Bytea: "bytea",
	Inet: "inet", Cidr: "cidr", OID: "oid", Regclass: "regclass", TSVector: "tsvector",
	TSQuery: "tsquery", Void: "void", Trigger: "trigger", Any: "any",
	AnyElement: "anyelement", AnyArray: "anyarray", AnyEnum: "anyenum", Record: "record",
}

// sqlNames are the names of format_type where they differ from the internal ones.
var sqlNames = map[Kind]string{
	Bool: "boolean", Int2: "smallint", Int4: "integer", Int8: "bigint", Float4: "real",
	Float8: "double precision", Varchar: "character varying", Bpchar: "character",
	Timestamptz: "timestamp with time zone", Timestamp: "timestamp without time zone",
	Time: "time without time zone", Timetz: "time with time zone", Any: `"any"`,
}

// byName maps every spelling of a built-in type to it.
var byName = map[string]*Type{
	"unknown": TUnknown, "bool": TBool, "boolean": TBool, "int2": TInt2, "smallint": TInt2,
	"int4": TInt4, "int": TInt4, "integer": TInt4, "int8": TInt8, "bigint": TInt8,
	"float4": TFloat4, "real": TFloat4, "float8": TFloat8, "float": TFloat8,
	"double precision": TFloat8, "numeric": TNumeric, "decimal": TNumeric, "dec": TNumeric,
	"text": TText, "varchar": TVarchar, "character varying": TVarchar, "bpchar": TBpchar,
	"char": {Kind: Bpchar, Mod: 1}, "character": {Kind: Bpchar, Mod: 1},
	"name": TName, "citext": TCitext, "uuid": TUUID,
	"timestamptz": TTimestamptz, "timestamp with time zone": TTimestamptz,
	"timestamp": TTimestamp, "timestamp without time zone": TTimestamp, "date": TDate,
	"time": TTime, "time without time zone": TTime,
	"timetz": TTimetz, "time with time zone": TTimetz, "interval": TInterval,
	"json": TJSON, "jsonb": TJSONB, "bytea": TBytea, "inet": TInet, "cidr": TCidr,
	"oid": TOID, "regclass": TRegclass, "tsvector": TTSVector, "tsquery": TTSQuery,
	"void": TVoid, "trigger": TTrigger, "any": TAny, "anyelement": TAnyElement,
	"anyarray": TAnyArray, "anynonarray": TAnyElement, "anyenum": TAnyEnum, "record": TRecord,
}

// Names lists the built-in types, pseudo types left out, as Postgres writes them.
func Names() []string {
	var out []string
	for _, t := range byName {
		if t.Kind != Unknown && t.Kind != Record && !isPseudo(t.Kind) && !slices.Contains(out, t.String()) && t.Mod == 0 {
			out = append(out, t.String())
		}
	}
	slices.Sort(out)
	return out
}

// ByName returns the built-in type of that name, internal or long form; a leading
// underscore or trailing brackets make an array of it.
func ByName(name string) (*Type, bool) {
	if t, ok := byName[name]; ok {
		return t, true
	}
	elem, ok := strings.CutPrefix(name, "_")
	if !ok {
		elem, ok = strings.CutSuffix(name, "[]")
	}
	if !ok {
		return nil, false
	}
	t, ok := byName[elem]
	if !ok {
		return nil, false
	}
	return ArrayOf(t), true
}

// String returns the name as Postgres' format_type gives it.
func (t *Type) String() string {
	switch t.Kind {
	case Array:
		return t.Elem.String() + "[]"
	case Enum, Domain:
		return t.qualified()
	case Record:
		if t.Name != "" {
			return t.qualified()
		}
	case Numeric:
		if t.Mod != 0 {
			p, s := t.numericMod()
			return "numeric(" + strconv.Itoa(p) + "," + strconv.Itoa(s) + ")"
		}
	case Timestamp, Timestamptz, Time, Timetz:
		if p := t.precision(); p >= 0 {
			first, rest, _ := strings.Cut(sqlNames[t.Kind], " ")
			return first + "(" + strconv.Itoa(p) + ") " + rest
		}
	case Interval:
		if p := t.precision(); p >= 0 {
			return "interval(" + strconv.Itoa(p) + ")"
		}
	}
	s, ok := sqlNames[t.Kind]
	if !ok {
		s = udtNames[t.Kind]
	}
	if (t.Kind == Varchar || t.Kind == Bpchar) && t.Mod > 0 {
		s += "(" + strconv.Itoa(int(t.Mod)) + ")"
	}
	return s
}

// bare returns the type without its modifier: Postgres names it so in most errors.
func (t *Type) bare() *Type {
	if t.Mod == 0 {
		return t
	}
	c := *t
	c.Mod = 0
	return &c
}

// UDTName returns the internal name: int4, timestamptz, _text.
func (t *Type) UDTName() string {
	switch t.Kind {
	case Array:
		return "_" + t.Elem.UDTName()
	case Enum, Domain:
		return t.Name
	case Record:
		if t.Name != "" {
			return t.Name
		}
	}
	return udtNames[t.Kind]
}

func (t *Type) qualified() string {
	if t.Schema == "" || t.Schema == "public" || t.Schema == "pg_catalog" {
		return quoteIdent(t.Name)
	}
	return quoteIdent(t.Schema) + "." + quoteIdent(t.Name)
}

// quoteIdent quotes a name that would not survive folding.
func quoteIdent(s string) string {
	plain := s != "" && !(s[0] >= '0' && s[0] <= '9')
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c == '_' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
	}
	if plain && !reserved[s] {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// reserved are the words that quote_ident quotes and that a type may well be called.
var reserved = map[string]bool{
	"all": true, "analyze": true, "and": true, "any": true, "array": true, "as": true,
	"asc": true, "between": true, "both": true, "case": true, "cast": true, "check": true,
	"collation": true, "column": true, "constraint": true, "create": true, "cross": true,
	"default": true, "desc": true, "distinct": true, "do": true, "else": true, "end": true,
	"except": true, "exists": true, "false": true, "fetch": true, "for": true, "foreign": true,
	"from": true, "full": true, "grant": true, "group": true, "having": true, "in": true,
	"inner": true, "interval": true, "into": true, "is": true, "join": true, "leading": true,
	"left": true, "like": true, "limit": true, "not": true, "null": true, "offset": true,
	"on": true, "only": true, "or": true, "order": true, "outer": true, "overlaps": true,
	"position": true, "primary": true, "references": true, "returning": true, "right": true,
	"row": true, "select": true, "some": true, "table": true, "then": true, "time": true,
	"timestamp": true, "to": true, "true": true, "union": true, "unique": true, "user": true,
	"using": true, "values": true, "verbose": true, "when": true, "where": true, "window": true,
	"with": true,
}

// WithMod returns t with its type modifiers: varchar(20), numeric(10,2), timestamptz(3).
// An array passes them to its element.
func WithMod(t *Type, mods []int) (*Type, error) {
	if len(mods) == 0 {
		return t, nil
	}
	c := *t
	switch t.Kind {
	case Array:
		e, err := WithMod(t.Elem, mods)
		if err != nil {
			return nil, err
		}
		c.Elem = e
		return &c, nil
	case Varchar, Bpchar:
		return withLength(&c, mods)
	case Numeric:
		return withNumeric(&c, mods)
	case Timestamp, Timestamptz, Time, Timetz, Interval:
		return withPrecision(&c, mods)
	}
	return nil, fault.SQL("42601", `type modifier is not allowed for type "%s"`, t.UDTName())
}

// Unmodified is a type as a function takes or gives it: Postgres reads lengths and
// precisions there, and forgets them.
func Unmodified(t *Type) *Type {
	c := *t
	switch {
	case t.Kind == Array:
		c.Elem = Unmodified(t.Elem)
	case t.Kind != Domain:
		c.Mod = 0
	}
	return &c
}

func withLength(c *Type, mods []int) (*Type, error) {
	name := "varchar"
	if c.Kind == Bpchar {
		name = "char"
	}
	switch {
	case len(mods) > 1:
		return nil, fault.SQL("22023", "invalid type modifier")
	case mods[0] < 1:
		return nil, fault.SQL("22023", "length for type %s must be at least 1", name)
	case mods[0] > 10485760:
		return nil, fault.SQL("22023", "length for type %s cannot exceed 10485760", name)
	}
	c.Mod = int32(mods[0])
	return c, nil
}

func withNumeric(c *Type, mods []int) (*Type, error) {
	p, s := mods[0], 0
	if len(mods) > 1 {
		s = mods[1]
	}
	switch {
	case len(mods) > 2:
		return nil, fault.SQL("22023", "invalid NUMERIC type modifier")
	case p < 1 || p > 1000:
		return nil, fault.SQL("22023", "NUMERIC precision %d must be between 1 and 1000", p)
	case s < -1000 || s > 1000:
		return nil, fault.SQL("22023", "NUMERIC scale %d must be between -1000 and 1000", s)
	}
	c.Mod = int32(p)<<16 | int32(uint16(int16(s)))
	return c, nil
}

func withPrecision(c *Type, mods []int) (*Type, error) {
	name := strings.ToUpper(udtNames[c.Kind])
	zone := ""
	if c.Kind == Timestamptz || c.Kind == Timetz {
		name, zone = strings.TrimSuffix(name, "TZ"), " WITH TIME ZONE"
	}
	switch {
	case len(mods) > 1:
		return nil, fault.SQL("22023", "invalid type modifier")
	case mods[0] < 0:
		return nil, fault.SQL("22023", "%s(%d)%s precision must not be negative", name, mods[0], zone)
	}
	c.Mod = int32(min(mods[0], 6)) + 1
	return c, nil
}

// numericMod returns precision and scale of a numeric with a modifier.
func (t *Type) numericMod() (precision, scale int) {
	return int(t.Mod >> 16), int(int16(uint16(t.Mod & 0xffff)))
}

// precision returns the number of fractional digits of a date/time type, -1 for none given.
func (t *Type) precision() int { return int(t.Mod) - 1 }
