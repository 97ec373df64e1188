package sqlgen

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Closest returns the candidate most like name, or "" where none reaches min: 1 is
// equal, 0 has nothing in common. Candidates must share a pair of letters.
func Closest(name string, candidates []string, min float64) string {
	sort.Strings(candidates)
	want := strings.ToLower(name)
	grams := pairs(fold(want))
	best, score := "", 0.0
	for _, c := range candidates {
		have := strings.ToLower(c)
		if !shares(grams, fold(have)) {
			continue
		}
		n := max(utf8.RuneCountInString(want), utf8.RuneCountInString(have))
		if n == 0 {
			continue
		}
		if s := 1 - float64(distance(want, have))/float64(n); s >= min && s > score {
			best, score = c, s
		}
	}
	return best
}

// fold drops the punctuation of a name in lower case.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == ',' || r == ' ' {
			return r
		}
		return -1
	}, s)
}

func pairs(s string) map[string]bool {
	s = "-" + s + "-"
	out := make(map[string]bool, len(s))
	for i := 0; i+2 <= len(s); i++ {
		out[s[i:i+2]] = true
	}
	return out
}

func shares(grams map[string]bool, s string) bool {
	s = "-" + s + "-"
	for i := 0; i+2 <= len(s); i++ {
		if grams[s[i:i+2]] {
			return true
		}
	}
	return false
}

// distance is the number of edits between a and b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			next := min(row[j]+1, row[j-1]+1, diag+cost)
			diag, row[j] = row[j], next
		}
	}
	return row[len(y)]
}
