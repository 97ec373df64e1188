package value

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

func sprintf(format string, args ...any) string {
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// JKind is the kind of a JSON value, in jsonb's sort order.
type JKind uint8

const (
	JNull JKind = iota
	JString
	JNumber
	JBool
	JArray
	JObject
)

// maxJSONDepth stands for the stack limit of a Postgres with default settings.
const maxJSONDepth = 12000

// J is a parsed jsonb value: objects have their keys in order, each once.
type J struct {
	Kind JKind
	B    bool
	S    string // the string's content, or the number's canonical text
	A    []J
	O    []JMember
}

// JMember is one member of an object.
type JMember struct {
	Key string
	Val J
}

// ParseJ reads JSON text as jsonb does.
func ParseJ(s string) (J, error) {
	p := jsonParser{jsonLexer: jsonLexer{src: s, decode: true}, build: true}
	return p.document()
}

// checkJSON says whether s is JSON, with Postgres' errors.
func checkJSON(s string) error {
	p := jsonParser{jsonLexer: jsonLexer{src: s}}
	_, err := p.document()
	return err
}

// canonicalJSON returns s as jsonb prints it.
func canonicalJSON(s string) (string, error) {
	j, err := ParseJ(s)
	if err != nil {
		return "", err
	}
	return j.String(), nil
}

// mustJ parses text that is canonical already; anything else reads as null.
func mustJ(s string) J {
	j, err := ParseJ(s)
	if err != nil {
		return J{}
	}
	return j
}

type jsonParser struct {
	jsonLexer
	build bool
	depth int
}

func (p *jsonParser) document() (J, error) {
	if err := p.next(); err != nil {
		return J{}, err
	}
	j, err := p.value()
	if err != nil {
		return J{}, err
	}
	if p.tok != jtEnd {
		return J{}, p.expected("end of input")
	}
	return j, nil
}

func (p *jsonParser) value() (J, error) {
	var j J
	switch p.tok {
	case '{':
		return p.nested(p.object)
	case '[':
		return p.nested(p.array)
	case jtString:
		j = J{Kind: JString, S: p.text}
	case jtNumber:
		j = J{Kind: JNumber}
		if p.build {
			n, err := parseNumeric(p.src[p.start:p.end])
			if err != nil {
				return J{}, err
			}
			j.S = n
		}
	case jtTrue:
		j = J{Kind: JBool, B: true}
	case jtFalse:
		j = J{Kind: JBool}
	case jtNull:
	default:
		return J{}, p.expected("JSON value")
	}
	return j, p.next()
}

func (p *jsonParser) nested(f func() (J, error)) (J, error) {
	if p.depth++; p.depth > maxJSONDepth {
		return J{}, fault.SQL("54001", "stack depth limit exceeded").WithHint(
			`Increase the configuration parameter "max_stack_depth" (currently 2048kB), ` +
				`after ensuring the platform's stack depth limit is adequate.`)
	}
	j, err := f()
	p.depth--
	return j, err
}

func (p *jsonParser) array() (J, error) {
	j := J{Kind: JArray}
	if err := p.next(); err != nil {
		return J{}, err
	}
	for p.tok != ']' {
		e, err := p.value()
		if err != nil {
			return J{}, err
		}
		if p.build {
			j.A = append(j.A, e)
		}
		if p.tok == ']' {
			break
		}
		if p.tok != ',' {
			return J{}, p.expected(`"," or "]"`)
		}
		if err := p.next(); err != nil {
			return J{}, err
		}
		if p.tok == ']' {
			return J{}, p.expected("JSON value")
		}
	}
	return j, p.next()
}

func (p *jsonParser) object() (J, error) {
	j := J{Kind: JObject}
	if err := p.next(); err != nil {
		return J{}, err
	}
	if p.tok == '}' {
		return j, p.next()
	}
	if p.tok != jtString {
		return J{}, p.expected(`string or "}"`)
	}
	for {
		if p.tok != jtString {
			return J{}, p.expected("string")
		}
		m, err := p.member()
		if err != nil {
			return J{}, err
		}
		if p.build {
			j.O = append(j.O, m)
		}
		if p.tok == '}' {
			j.sortKeys()
			return j, p.next()
		}
		if p.tok != ',' {
			return J{}, p.expected(`"," or "}"`)
		}
		if err := p.next(); err != nil {
			return J{}, err
		}
	}
}

func (p *jsonParser) member() (JMember, error) {
	m := JMember{Key: p.text}
	if err := p.next(); err != nil {
		return m, err
	}
	if p.tok != ':' {
		return m, p.expected(`":"`)
	}
	if err := p.next(); err != nil {
		return m, err
	}
	var err error
	m.Val, err = p.value()
	return m, err
}

// cmpKeys orders object keys: shorter first, then by bytes.
func cmpKeys(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// sortKeys orders the members and keeps the last of equal keys.
func (j *J) sortKeys() {
	ordered := true
	for i := 1; i < len(j.O) && ordered; i++ {
		ordered = cmpKeys(j.O[i-1].Key, j.O[i].Key) < 0
	}
	if ordered {
		return
	}
	slices.SortStableFunc(j.O, func(a, b JMember) int { return cmpKeys(a.Key, b.Key) })
	out := j.O[:0]
	for i, m := range j.O {
		if i+1 < len(j.O) && j.O[i+1].Key == m.Key {
			continue
		}
		out = append(out, m)
	}
	j.O = out
}

// NewObject returns the object of these members; of equal keys the last one stays.
func NewObject(members []JMember) J {
	j := J{Kind: JObject, O: members}
	j.sortKeys()
	return j
}

// String returns the canonical text: {"a": 1, "b": [1, 2]}.
func (j J) String() string { return string(j.Append(nil)) }

// Append appends the canonical text.
func (j J) Append(dst []byte) []byte {
	switch j.Kind {
	case JString:
		return AppendJSONString(dst, j.S)
	case JNumber:
		return append(dst, j.S...)
	case JBool:
		if j.B {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case JArray:
		dst = append(dst, '[')
		for i := range j.A {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = j.A[i].Append(dst)
		}
		return append(dst, ']')
	case JObject:
		dst = append(dst, '{')
		for i := range j.O {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(AppendJSONString(dst, j.O[i].Key), ": "...)
			dst = j.O[i].Val.Append(dst)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// Field returns the member called key.
func (j J) Field(key string) (J, bool) {
	if j.Kind != JObject {
		return J{}, false
	}
	i, ok := j.find(key)
	if !ok {
		return J{}, false
	}
	return j.O[i].Val, true
}

func (j J) find(key string) (int, bool) {
	return slices.BinarySearchFunc(j.O, key, func(m JMember, k string) int { return cmpKeys(m.Key, k) })
}

// Index returns element i; a negative one counts from the end.
func (j J) Index(i int) (J, bool) {
	if i < 0 {
		i += len(j.A)
	}
	if j.Kind != JArray || i < 0 || i >= len(j.A) {
		return J{}, false
	}
	return j.A[i], true
}
