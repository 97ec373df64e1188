package value

import "github.com/plinth-dev/plinth/internal/value/jsonb"

// J is a parsed jsonb value, JMember one member of an object.
type (
	J       = jsonb.J
	JKind   = jsonb.Kind
	JMember = jsonb.Member
)

// The kinds of J, in jsonb's sort order.
const (
	JNull   = jsonb.Null
	JString = jsonb.String
	JNumber = jsonb.Number
	JBool   = jsonb.Bool
	JArray  = jsonb.Array
	JObject = jsonb.Object
)

// ParseJ reads JSON text as jsonb does; NewObject orders members and drops doubles;
// CompareJ is the btree order.
func ParseJ(s string) (J, error)                   { return jsonb.Parse(s) }
func NewObject(members []JMember) J                { return jsonb.NewObject(members) }
func CompareJ(a, b J) int                          { return jsonb.Compare(a, b) }
func AppendJSONString(dst []byte, s string) []byte { return jsonb.AppendString(dst, s) }
func AppendJSONBytes(dst, s []byte) []byte         { return jsonb.AppendBytes(dst, s) }

// The operators and functions of jsonb, on canonical text; false is SQL NULL.

// JGet is -> and a key.
func JGet(j, key string) (string, bool) { return jsonb.Get(j, key) }

// JIndex is -> and an index, negative from the end.
func JIndex(j string, i int) (string, bool) { return jsonb.Index(j, i) }

// JPath is #>.
func JPath(j string, path []string) (string, bool) { return jsonb.Path(j, path) }

// JScalarText is what ->> makes of a value: strings unquoted, null NULL.
func JScalarText(j string) (string, bool) { return jsonb.ScalarText(j) }

// JTypeOf is jsonb_typeof.
func JTypeOf(j string) string { return jsonb.TypeOf(j) }

// JExists is ?.
func JExists(j, key string) bool { return jsonb.Exists(j, key) }

// JContains is a @> b.
func JContains(a, b string) bool { return jsonb.Contains(a, b) }

// JConcat is a || b.
func JConcat(a, b string) string { return jsonb.Concat(a, b) }

// JDelete is - and a key.
func JDelete(j, key string) (string, error) { return jsonb.Delete(j, key) }

// JDeleteIndex is - and an index.
func JDeleteIndex(j string, i int) (string, error) { return jsonb.DeleteIndex(j, i) }

// JDeletePath is #-.
func JDeletePath(j string, path []string) (string, error) { return jsonb.DeletePath(j, path) }

// JSet is jsonb_set.
func JSet(j string, path []string, val string, create bool) (string, error) {
	return jsonb.Set(j, path, val, create)
}

// JInsert is jsonb_insert.
func JInsert(j string, path []string, val string, after bool) (string, error) {
	return jsonb.Insert(j, path, val, after)
}

// JStrip is jsonb_strip_nulls.
func JStrip(j string) string { return jsonb.Strip(j) }
