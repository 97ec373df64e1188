// Package trigram is the similarity of texts by their trigrams, as the extension
// pg_trgm computes it: words are folded, two blanks stand before and one behind each.
package trigram

import (
	"slices"
	"strings"
	"unicode"
)

// maxExtent bounds how far word similarity looks, in trigrams.
const maxExtent = 1000

// words cuts a text into its trigrams, word by word, in order.
func words(text string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		r := []rune("  " + w + " ")
		for i := 0; i+3 <= len(r); i++ {
			out = append(out, string(r[i:i+3]))
		}
	}
	return out
}

// Of returns the trigrams of a text, sorted, each once.
func Of(text string) []string {
	out := words(text)
	slices.Sort(out)
	return slices.Compact(out)
}

// Similarity is the share of trigrams that two texts have in common.
func Similarity(a, b string) float32 {
	x, y := Of(a), Of(b)
	common := 0
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch strings.Compare(x[i], y[j]) {
		case 0:
			common++
			i++
			j++
		case -1:
			i++
		default:
			j++
		}
	}
	return share(common, len(x), len(y))
}

func share(common, a, b int) float32 {
	if a+b-common == 0 {
		return 0
	}
	return float32(common) / float32(a+b-common)
}

// WordSimilarity is the greatest similarity of a to a stretch of b.
func WordSimilarity(a, b string) float32 {
	x := map[string]bool{}
	for _, t := range Of(a) {
		x[t] = true
	}
	y := words(b)
	best := float32(0)
	for lo := range y {
		if !x[y[lo]] {
			continue // the best stretch begins and ends with a trigram of a
		}
		seen, common := map[string]bool{}, 0
		for hi := lo; hi < len(y) && hi < lo+maxExtent; hi++ {
			if !seen[y[hi]] {
				seen[y[hi]] = true
				if x[y[hi]] {
					common++
				}
			}
			best = max(best, share(common, len(x), len(seen)))
		}
	}
	return best
}
