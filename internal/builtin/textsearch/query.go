package textsearch

import (
	"strings"
	"unicode"

	"github.com/plinth-dev/plinth/internal/value/tsearch"
)

// maxDistance is the greatest distance of a phrase.
const maxDistance = 16384

// Query is to_tsquery: text in the query language, its words made lexemes.
func Query(name, text string) (string, error) {
	c, err := find(name)
	if err != nil {
		return "", err
	}
	n, err := tsearch.ParseQuery(text)
	if err != nil {
		return "", err
	}
	return finish(c.normalize(n)), nil
}

// Plain is plainto_tsquery: all words of text.
func Plain(name, text string) (string, error) { return words(name, text, '&') }

// Phrase is phraseto_tsquery: the words of text, one after the other.
func Phrase(name, text string) (string, error) { return words(name, text, '<') }

func words(name, text string, op byte) (string, error) {
	c, err := find(name)
	if err != nil {
		return "", err
	}
	return finish(c.join(text, op, &tsearch.Node{})), nil
}

// stopNode stands for a stop word until finish removes it.
func stopNode() *tsearch.Node { return &tsearch.Node{} }

func isStop(n *tsearch.Node) bool { return n.Op == 0 && n.Word == "" }

// join makes a query of the words of text under op; like gives the prefix mark and
// the weights.
func (c *config) join(text string, op byte, like *tsearch.Node) *tsearch.Node {
	var out *tsearch.Node
	scan(text, func(t token) {
		leaf := stopNode()
		if word, ok := c.lexeme(t); ok && word != "" {
			leaf = &tsearch.Node{Word: word, Prefix: like.Prefix, Weights: like.Weights}
		}
		out = both(op, out, leaf)
	})
	return out
}

// both puts two queries, either of which may be nil, under op.
func both(op byte, l, r *tsearch.Node) *tsearch.Node {
	switch {
	case l == nil:
		return r
	case r == nil:
		return l
	}
	return &tsearch.Node{Op: op, Distance: 1, Left: l, Right: r}
}

// normalize replaces the words of a parsed query; a word of several tokens becomes a
// phrase, one of none a stop word.
func (c *config) normalize(n *tsearch.Node) *tsearch.Node {
	if n == nil {
		return nil
	}
	if n.Op == 0 {
		if out := c.join(n.Word, '<', n); out != nil {
			return out
		}
		return stopNode()
	}
	m := *n
	m.Left, m.Right = c.normalize(n.Left), c.normalize(n.Right)
	return &m
}

func finish(n *tsearch.Node) string {
	if n == nil {
		return ""
	}
	n, _, _ = clean(n)
	return tsearch.FormatQuery(n)
}

// clean removes stop words. A phrase around one gets wider: ladd and radd are what
// the operator to the left and to the right of n must add to its distance.
func clean(n *tsearch.Node) (out *tsearch.Node, ladd, radd int) {
	switch {
	case isStop(n):
		return nil, 0, 0
	case n.Op == 0:
		return n, 0, 0
	case n.Op == '!':
		right, l, r := clean(n.Right)
		if right == nil {
			return nil, l, r
		}
		return &tsearch.Node{Op: '!', Right: right}, l, r
	}
	left, ll, lr := clean(n.Left)
	right, rl, rr := clean(n.Right)
	phrase := n.Op == '<'
	switch {
	case !phrase:
		ladd, radd = max(ll, rl), max(lr, rr)
	case left == nil && right == nil:
		ladd = ll + n.Distance + rl
		radd = ladd
	case left == nil:
		ladd, radd = ll+n.Distance+rl, rr
	case right == nil:
		ladd, radd = ll, lr+n.Distance+rr
	default:
		ladd, radd = ll, rr
	}
	if left == nil || right == nil {
		return both(n.Op, left, right), ladd, radd
	}
	m := *n
	m.Left, m.Right = left, right
	if phrase {
		m.Distance = min(n.Distance+lr+rl, maxDistance)
	}
	return &m, ladd, radd
}

// Web is websearch_to_tsquery: words, "phrases", or, and - for not. It never fails on
// the text.
func Web(name, text string) (string, error) {
	c, err := find(name)
	if err != nil {
		return "", err
	}
	var any, all *tsearch.Node
	either := false
	for {
		text = strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsSpace(r) })
		if text == "" {
			break
		}
		if rest, ok := cutOr(text); ok && all != nil {
			text, either = rest, true
			continue
		}
		var n *tsearch.Node
		n, text = c.webTerm(text)
		if n == nil {
			continue
		}
		if either {
			any, all, either = both('|', any, all), n, false
		} else {
			all = both('&', all, n)
		}
	}
	return finish(both('|', any, all)), nil
}

// cutOr takes the word or from the start of text.
func cutOr(text string) (string, bool) {
	if len(text) > 2 && strings.EqualFold(text[:2], "or") && !wordGoesOn(text[2:]) && strings.TrimSpace(text[2:]) != "" {
		return text[2:], true
	}
	return text, false
}

// webTerm reads a word or a quoted phrase with its minus.
func (c *config) webTerm(text string) (n *tsearch.Node, rest string) {
	not := false
	for strings.HasPrefix(text, "-") {
		not, text = true, text[1:]
	}
	var part string
	if after, ok := strings.CutPrefix(text, `"`); ok {
		part, rest, _ = strings.Cut(after, `"`)
		n = c.join(part, '<', &tsearch.Node{})
	} else {
		end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
		if end < 0 {
			end = len(text)
		}
		part, rest = text[:end], text[end:]
		n = c.join(part, '<', &tsearch.Node{})
	}
	if not && n != nil {
		n = &tsearch.Node{Op: '!', Right: n}
	}
	return n, rest
}
