package textsearch

import (
	"math"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/value/tsearch"
)

// nothing is the rank of a vector in which no words stand together.
const nothing = 1e-20

// Weights are what positions of the weights D, C, B and A count.
type Weights [4]float32

// Usual are the weights where none are given.
var Usual = Weights{0.1, 0.2, 0.4, 1}

func (w *Weights) of(p tsearch.Position) float32 {
	if p.Weight < 'A' || p.Weight > 'D' {
		return w[0]
	}
	return w['D'-p.Weight]
}

// normal divides a rank by what the bits of how ask for, of the document's length and
// its number of different words.
func normal(rank float32, l []tsearch.Lexeme, how int64) float64 {
	if len(l) == 0 {
		return float64(rank)
	}
	length := 0
	for _, x := range l {
		length += max(1, len(x.Pos))
	}
	if how&1 != 0 {
		rank = float32(float64(rank) / (math.Log(float64(length+1)) / math.Log(2)))
	}
	if how&2 != 0 {
		rank /= float32(length)
	}
	if how&8 != 0 {
		rank /= float32(len(l))
	}
	if how&16 != 0 {
		rank = float32(float64(rank) / (math.Log(float64(len(l)+1)) / math.Log(2)))
	}
	if how&32 != 0 {
		rank /= rank + 1
	}
	return float64(rank)
}

// Rank is ts_rank: how often, how heavy and, for words that must all be there, how near
// to each other the query's words stand. The bits of how say by what it is divided.
func (q *Queries) Rank(weights Weights, vector, query string, how int64) (float64, error) {
	l, err := tsearch.ParseVector(vector)
	if err != nil {
		return 0, err
	}
	n, err := q.parse(query)
	if err != nil || n == nil || len(l) == 0 {
		return 0, err
	}
	d := document(l)
	words := operands(n, nil)
	rank := float32(-1)
	if (n.Op == '&' || n.Op == '<') && len(words) > 1 {
		rank = d.rankAnd(words, &weights)
	} else {
		rank = d.rankOr(words, &weights)
	}
	if rank < 0 {
		rank = nothing
	}
	return normal(rank, l, how), nil
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
func (d document) rankOr(words []*tsearch.Node, weights *Weights) float32 {
	sum := float32(0)
	for _, w := range words {
		for _, l := range d.lexemes(w) {
			pos := l.Pos
			if len(pos) == 0 {
				pos = []tsearch.Position{{At: maxPosition, Weight: 'D'}}
			}
			series, best, at := float32(0), float32(-1), 0
			for i, p := range pos {
				x := weights.of(p)
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
func (d document) rankAnd(words []*tsearch.Node, weights *Weights) float32 {
	rank := float32(-1)
	var seen [][]tsearch.Position
	for _, w := range words {
		for _, l := range d.lexemes(w) {
			for _, before := range seen {
				rank = weights.near(rank, before, l.Pos)
			}
			seen = append(seen, l.Pos)
		}
	}
	return rank
}

func (w *Weights) near(rank float32, a, b []tsearch.Position) float32 {
	for _, p := range a {
		for _, q := range b {
			gap := math.Abs(float64(p.At - q.At))
			if gap == 0 {
				continue
			}
			x := float32(math.Sqrt(float64(w.of(p) * w.of(q) * closeness(gap))))
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
