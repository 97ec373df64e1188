package tsearch

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Node is a node of a tsquery: a word (Op 0), or an operator over Left and Right.
// Not has only Right; Phrase asks for Right at Distance after Left.
type Node struct {
	Op          byte // 0, '!', '&', '|', '<'
	Word        string
	Prefix      bool
	Weights     string // of "ABCD"; empty for any
	Distance    int
	Left, Right *Node
}

const maxDepth = 12000 // stands for the stack limit

const operators = "!&|()<"

// ParseQuery reads the text form of a tsquery; nil is the empty query.
func ParseQuery(s string) (*Node, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	p := parser{wordReader: wordReader{src: s}}
	n := p.binary(1)
	p.skip()
	if p.err == nil && !p.done() {
		p.syntax()
	}
	if p.err != nil {
		return nil, p.err
	}
	return n, nil
}

// FormatQuery prints a tsquery as Postgres does.
func FormatQuery(n *Node) string {
	if n == nil {
		return ""
	}
	return string(n.append(nil, 0, false))
}

// CanonicalQuery returns the text form of a tsquery as Postgres prints it.
func CanonicalQuery(s string) (string, error) {
	n, err := ParseQuery(s)
	if err != nil {
		return "", err
	}
	return FormatQuery(n), nil
}

type parser struct {
	wordReader
	err   error
	depth int
}

func (p *parser) syntax() {
	if p.err == nil {
		p.err = fault.SQL("42601", `syntax error in tsquery: "%s"`, p.src)
	}
}

// priority orders the operators: | & <-> !
func priority(op byte) int {
	switch op {
	case '|':
		return 1
	case '&':
		return 2
	case '<':
		return 3
	}
	return 4
}

// binary reads operators of at least this priority.
func (p *parser) binary(level int) *Node {
	if level == 4 {
		return p.unary()
	}
	left := p.binary(level + 1)
	for p.err == nil {
		p.skip()
		if p.done() || strings.IndexByte("|&<", p.src[p.pos]) < 0 || priority(p.src[p.pos]) != level {
			break
		}
		n := &Node{Op: p.src[p.pos], Left: left}
		p.pos++
		if n.Op == '<' {
			n.Distance = p.distance()
		}
		n.Right = p.binary(level + 1)
		left = n
	}
	return left
}

// distance reads the rest of <-> and <n>.
func (p *parser) distance() int {
	n := 1
	if !p.take('-') {
		k := digits(p.src[p.pos:])
		var err error
		if n, err = strconv.Atoi(p.src[p.pos : p.pos+k]); k == 0 {
			p.syntax()
		} else if err != nil || n > 16384 {
			p.err = fault.SQL("22023", "distance in phrase operator must be an integer value between zero and 16384 inclusive")
		}
		p.pos += k
	}
	if !p.take('>') {
		p.syntax()
	}
	return n
}

func (p *parser) unary() *Node {
	p.skip()
	if p.depth++; p.depth > maxDepth {
		p.err = fault.SQL("54001", "stack depth limit exceeded")
	}
	defer func() { p.depth-- }()
	switch {
	case p.err != nil:
		return nil
	case p.done():
		p.err = fault.SQL("42601", `no operand in tsquery: "%s"`, p.src)
		return nil
	case p.take('!'):
		return &Node{Op: '!', Right: p.unary()}
	case p.take('('):
		n := p.binary(1)
		if p.skip(); !p.take(')') {
			p.syntax()
		}
		return n
	}
	return p.operand()
}

func (p *parser) operand() *Node {
	w, ok := p.word(operators)
	if !ok || w == "" {
		p.syntax()
		return nil
	}
	n := &Node{Word: w}
	if !p.take(':') {
		return n
	}
	for !p.done() && strings.IndexByte("abcdABCD*", p.src[p.pos]) >= 0 {
		if c := strings.ToUpper(p.src[p.pos : p.pos+1]); c == "*" {
			n.Prefix = true
		} else if !strings.Contains(n.Weights, c) {
			n.Weights += c
		}
		p.pos++
	}
	if !p.done() && !isSpace(p.src[p.pos]) && strings.IndexByte(operators, p.src[p.pos]) < 0 {
		p.syntax()
	}
	return n
}

// append prints n under an operator of priority parent; right is set for the right
// operand of a phrase.
func (n *Node) append(dst []byte, parent int, right bool) []byte {
	switch n.Op {
	case 0:
		return n.appendOperand(dst)
	case '!':
		return n.Right.append(append(dst, '!'), 4, false)
	}
	prio := priority(n.Op)
	paren := prio < parent || n.Op == '<' && right
	if paren {
		dst = append(dst, "( "...)
	}
	dst = n.Left.append(dst, prio, false)
	switch {
	case n.Op != '<':
		dst = append(dst, ' ', n.Op, ' ')
	case n.Distance == 1:
		dst = append(dst, " <-> "...)
	default:
		dst = append(strconv.AppendInt(append(dst, " <"...), int64(n.Distance), 10), "> "...)
	}
	dst = n.Right.append(dst, prio, n.Op == '<')
	if paren {
		dst = append(dst, " )"...)
	}
	return dst
}

func (n *Node) appendOperand(dst []byte) []byte {
	dst = appendWord(dst, n.Word)
	if n.Prefix || n.Weights != "" {
		dst = append(dst, ':')
	}
	if n.Prefix {
		dst = append(dst, '*')
	}
	for _, c := range []byte("ABCD") {
		if strings.IndexByte(n.Weights, c) >= 0 {
			dst = append(dst, c)
		}
	}
	return dst
}
