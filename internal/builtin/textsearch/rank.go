package textsearch

import (
	"math"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/value/tsearch"
)

// nothing is the rank of a vector in which no words stand together.
const nothing = 1e-20

// weights are what a position of weight A to D counts.
var weights = map[byte]float32{'A': 1, 'B': 0.4, 'C': 0.2, 'D': 0.1}

// Rank is ts_rank without normalisation: how often, how heavy and, for words that
// must all be there, how near to each other the query's words stand.
func (q *Queries) Rank(vector, query string) (float64, error) {
	l, err := tsearch.ParseVector(vector)
	if err != nil {
		return 0, err
	}
	n, err := q.parse(query)
	if err != nil || n == nil {
		return 0, err
	}
	d := document(l)
	words := operands(n, nil)
	rank := float32(-1)
	if (n.Op == '&' || n.Op == '<') && len(words) > 1 {
		rank = d.rankAnd(words)
	} else {
		rank = d.rankOr(words)
	}
	if rank < 0 {
		rank = nothing
	}
	return float64(rank), nil
}

// operands are the different words of a query in the order of their text.
func operands(n *tsearch.Node, out []*tsearch.Node) []*tsearch.Node {
	if n == nil {
		return out
	}
	if n.Op != 0 {
		return operands(n.Right, operands(n.Left, out))
	}
	if !slices.ContainsFunc(out, func(o *tsearch.Node) bool { return o.Word == n.Word && o.Prefix == n.Prefix }) {
		out = append(out, n)
	}
	slices.SortStableFunc(out, func(a, b *tsearch.Node) int { return strings.Compare(a.Word, b.Word) })
	return out
}

// rankOr adds, for each word, its heaviest place fully and the others less the later
// they come.
func (d document) rankOr(words []*tsearch.Node) float32 {
	sum := float32(0)
	for _, w := range words {
		for _, l := range d.lexemes(w) {
			pos := l.Pos
			if len(pos) == 0 {
				pos = []tsearch.Position{{At: maxPosition, Weight: 'D'}}
			}
			series, best, at := float32(0), float32(-1), 0
			for i, p := range pos {
				x := weights[p.Weight]
				series += x / float32((i+1)*(i+1))
				if x > best {
					best, at = x, i
				}
			}
			sum += (best + series - best/float32((at+1)*(at+1))) / 1.64493406685
		}
	}
	return sum / float32(len(words))
}

// rankAnd goes by the distances between the words' places; -1 where there is no pair.
func (d document) rankAnd(words []*tsearch.Node) float32 {
	rank := float32(-1)
	var seen [][]tsearch.Position
	for _, w := range words {
		for _, l := range d.lexemes(w) {
			for _, before := range seen {
				rank = near(rank, before, l.Pos)
			}
			seen = append(seen, l.Pos)
		}
	}
	return rank
}

func near(rank float32, a, b []tsearch.Position) float32 {
	for _, p := range a {
		for _, q := range b {
			gap := math.Abs(float64(p.At - q.At))
			if gap == 0 {
				continue
			}
			x := float32(math.Sqrt(float64(weights[p.Weight] * weights[q.Weight] * closeness(gap))))
			if rank < 0 {
				rank = x
			} else {
				rank = float32(1 - (1-float64(rank))*(1-float64(x)))
			}
		}
	}
	return rank
}

// closeness falls with the distance of two words.
func closeness(gap float64) float32 {
	if gap > 100 {
		return 1e-30
	}
	return float32(1 / (1.005 + 0.05*math.Exp(float64(float32(gap)/1.5-2))))
}
