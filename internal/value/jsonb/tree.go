package jsonb

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value/decimal"
)

// Kind is the kind of a JSON value, in jsonb's sort order.
type Kind uint8

const (
	Null Kind = iota
	String
	Number
	Bool
	Array
	Object
)

// maxDepth stands for the stack limit of a Postgres with default settings.
const maxDepth = 12000

// J is a parsed jsonb value: objects have their keys in order, each once.
type J struct {
	Kind Kind
	B    bool
	S    string // the string's content, or the number's canonical text
	A    []J
	O    []Member
}

// Member is one member of an object.
type Member struct {
	Key string
	Val J
}

// Parse reads JSON text as jsonb does.
func Parse(s string) (J, error) {
	p := parser{lexer: lexer{src: s, decode: true}, build: true}
	return p.document()
}

// Check says whether s is JSON, with Postgres' errors.
func Check(s string) error {
	p := parser{lexer: lexer{src: s}}
	_, err := p.document()
	return err
}

// Canonical returns s as jsonb prints it.
func Canonical(s string) (string, error) {
	j, err := Parse(s)
	if err != nil {
		return "", err
	}
	return j.String(), nil
}

// Read parses text that is canonical already; anything else reads as null.
func Read(s string) J {
	j, err := Parse(s)
	if err != nil {
		return J{}
	}
	return j
}

type parser struct {
	lexer
	build bool
	depth int
}

func (p *parser) document() (J, error) {
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

func (p *parser) value() (J, error) {
	var j J
	switch p.tok {
	case '{':
		return p.nested(p.object)
	case '[':
		return p.nested(p.array)
	case jtString:
		j = J{Kind: String, S: p.text}
	case jtNumber:
		j = J{Kind: Number}
		if p.build {
			n, err := decimal.Parse(p.src[p.start:p.end])
			if err != nil {
				return J{}, err
			}
			j.S = n
		}
	case jtTrue:
		j = J{Kind: Bool, B: true}
	case jtFalse:
		j = J{Kind: Bool}
	case jtNull:
	default:
		return J{}, p.expected("JSON value")
	}
	return j, p.next()
}

func (p *parser) nested(f func() (J, error)) (J, error) {
	if p.depth++; p.depth > maxDepth {
		return J{}, fault.SQL("54001", "stack depth limit exceeded").WithHint(
			`Increase the configuration parameter "max_stack_depth" (currently 2048kB), ` +
				`after ensuring the platform's stack depth limit is adequate.`)
	}
	j, err := f()
	p.depth--
	return j, err
}

func (p *parser) array() (J, error) {
	j := J{Kind: Array}
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

func (p *parser) object() (J, error) {
	j := J{Kind: Object}
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

func (p *parser) member() (Member, error) {
	m := Member{Key: p.text}
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
	slices.SortStableFunc(j.O, func(a, b Member) int { return cmpKeys(a.Key, b.Key) })
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
func NewObject(members []Member) J {
	j := J{Kind: Object, O: members}
	j.sortKeys()
	return j
}

// String returns the canonical text: {"a": 1, "b": [1, 2]}.
func (j J) String() string { return string(j.Append(nil)) }

// Append appends the canonical text.
func (j J) Append(dst []byte) []byte {
	switch j.Kind {
	case String:
		return AppendString(dst, j.S)
	case Number:
		return append(dst, j.S...)
	case Bool:
		if j.B {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case Array:
		dst = append(dst, '[')
		for i := range j.A {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = j.A[i].Append(dst)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i := range j.O {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(AppendString(dst, j.O[i].Key), ": "...)
			dst = j.O[i].Val.Append(dst)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// Field returns the member called key.
func (j J) Field(key string) (J, bool) {
	if j.Kind != Object {
		return J{}, false
	}
	i, ok := j.find(key)
	if !ok {
		return J{}, false
	}
	return j.O[i].Val, true
}

func (j J) find(key string) (int, bool) {
	return slices.BinarySearchFunc(j.O, key, func(m Member, k string) int { return cmpKeys(m.Key, k) })
}

// Index returns element i; a negative one counts from the end.
func (j J) Index(i int) (J, bool) {
	if i < 0 {
		i += len(j.A)
	}
	if j.Kind != Array || i < 0 || i >= len(j.A) {
		return J{}, false
	}
	return j.A[i], true
}
