package textsearch

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/value/tsearch"
)

// Match is vector @@ query, of their text forms.
func (q *Queries) Match(vector, query string) (bool, error) {
	l, err := tsearch.ParseVector(vector)
	if err != nil {
		return false, err
	}
	n, err := q.parse(query)
	if err != nil || n == nil {
		return false, err
	}
	return document(l).holds(n), nil
}

// document is a vector to match.
type document []tsearch.Lexeme

func (d document) holds(n *tsearch.Node) bool {
	switch n.Op {
	case '!':
		return !d.holds(n.Right)
	case '&':
		return d.holds(n.Left) && d.holds(n.Right)
	case '|':
		return d.holds(n.Left) || d.holds(n.Right)
	case '<':
		p := d.places(n)
		return p.not || len(p.at) > 0
	}
	return slices.ContainsFunc(d.lexemes(n), func(l tsearch.Lexeme) bool {
		return n.Weights == "" || len(l.Pos) == 0 || slices.ContainsFunc(l.Pos, func(p tsearch.Position) bool { return weighs(n, p) })
	})
}

// lexemes are those that a word of a query means.
func (d document) lexemes(n *tsearch.Node) document {
	i, found := slices.BinarySearchFunc(d, n.Word, func(l tsearch.Lexeme, w string) int { return strings.Compare(l.Word, w) })
	end := i
	if n.Prefix {
		for end < len(d) && strings.HasPrefix(d[end].Word, n.Word) {
			end++
		}
	} else if found {
		end++
	}
	return d[i:end]
}

// places are the positions at which a part of a phrase ends; not turns them into
// those where it does not. width is how far it reaches back.
type places struct {
	at    []int
	not   bool
	width int
}

func (d document) places(n *tsearch.Node) places {
	switch n.Op {
	case 0:
		return places{at: d.positions(n)}
	case '!':
		p := d.places(n.Right)
		p.not = !p.not
		return p
	}
	l, r := d.places(n.Left), d.places(n.Right)
	shift := [2]int{}
	width := max(l.width, r.width)
	if n.Op == '<' {
		shift[0] = n.Distance + r.width
		width = n.Distance + l.width + r.width
	} else {
		shift = [2]int{width - l.width, width - r.width}
	}
	return merge(n.Op, l.move(shift[0]), r.move(shift[1]), width)
}

// merge combines two sets of places, either of which may be a complement.
func merge(op byte, l, r places, width int) places {
	out := places{width: width}
	inL := func(p int) bool { return slices.Contains(l.at, p) }
	inR := func(p int) bool { return slices.Contains(r.at, p) }
	keep := func(from []int, test func(int) bool, want bool) {
		for _, p := range from {
			if test(p) == want {
				out.at = append(out.at, p)
			}
		}
	}
	all := func() { out.at = append(slices.Clone(l.at), r.at...) }
	switch or := op == '|'; {
	case or && l.not && r.not:
		out.not = true
		keep(l.at, inR, true)
	case or && l.not:
		out.not = true
		keep(l.at, inR, false)
	case or && r.not:
		out.not = true
		keep(r.at, inL, false)
	case or:
		all()
	case l.not && r.not:
		out.not = true
		all()
	case l.not:
		keep(r.at, inL, false)
	case r.not:
		keep(l.at, inR, false)
	default:
		keep(l.at, inR, true)
	}
	slices.Sort(out.at)
	out.at = slices.Compact(out.at)
	return out
}

func (p places) move(by int) places {
	out := make([]int, len(p.at))
	for i := range p.at {
		out[i] = p.at[i] + by
	}
	p.at = out
	return p
}

// positions are where a word of a query stands.
func (d document) positions(n *tsearch.Node) []int {
	var out []int
	for _, l := range d.lexemes(n) {
		for _, p := range l.Pos {
			if weighs(n, p) {
				out = append(out, p.At)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// weighs reports whether a position has one of the weights that a word asks for.
func weighs(n *tsearch.Node, p tsearch.Position) bool {
	return n.Weights == "" || strings.IndexByte(n.Weights, p.Weight) >= 0
}
