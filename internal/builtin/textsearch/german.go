package textsearch

import (
	"slices"
	"strings"
)

// german stems a German word by the rules of Snowball's German stemmer.
func german(word string) string {
	g := germanWord{r: markGerman(word)}
	g.regions()
	g.inflections()
	g.comparisons()
	g.derivations()
	return strings.NewReplacer("U", "u", "Y", "y", "ä", "a", "ö", "o", "ü", "u").Replace(string(g.r))
}

// germanWord is a word, and where its regions after the first and the second
// vowel and consonant begin.
type germanWord struct {
	r      []rune
	r1, r2 int
}

func germanVowel(r rune) bool { return strings.ContainsRune("aeiouyäöü", r) }

// markGerman writes ß as ss, and u and y between vowels as consonants: U and Y.
func markGerman(word string) []rune {
	r := []rune(strings.ReplaceAll(word, "ß", "ss"))
	for i := 1; i < len(r)-1; i++ {
		if (r[i] == 'u' || r[i] == 'y') && germanVowel(r[i-1]) && germanVowel(r[i+1]) {
			r[i] += 'A' - 'a'
		}
	}
	return r
}

func (g *germanWord) regions() {
	after := func(from int) int {
		for i := from + 1; i < len(g.r); i++ {
			if !germanVowel(g.r[i]) && germanVowel(g.r[i-1]) {
				return i + 1
			}
		}
		return len(g.r)
	}
	g.r1 = after(0)
	g.r2 = after(g.r1)
	g.r1 = max(g.r1, min(3, len(g.r)))
}

// ending returns the longest of the endings that the word has.
func (g *germanWord) ending(endings ...string) string {
	best := ""
	for _, e := range endings {
		if len(e) > len(best) && g.has(e) {
			best = e
		}
	}
	return best
}

func (g *germanWord) has(ending string) bool {
	e := []rune(ending)
	return len(g.r) >= len(e) && slices.Equal(g.r[len(g.r)-len(e):], e)
}

// cut removes an ASCII ending that lies in the region from start.
func (g *germanWord) cut(ending string, start int) bool {
	if at := len(g.r) - len(ending); ending != "" && g.has(ending) && at >= start {
		g.r = g.r[:at]
		return true
	}
	return false
}

// before is the letter n letters from the end, or 0.
func (g *germanWord) before(n int) rune {
	if n < len(g.r) {
		return g.r[len(g.r)-1-n]
	}
	return 0
}

func (g *germanWord) inflections() {
	switch e := g.ending("em", "ern", "er", "e", "en", "es", "s"); e {
	case "s":
		if strings.ContainsRune("bdfghklmnrt", g.before(1)) {
			g.cut(e, g.r1)
		}
	case "e", "en", "es":
		if g.cut(e, g.r1) && g.has("niss") {
			g.r = g.r[:len(g.r)-1]
		}
	default:
		g.cut(e, g.r1)
	}
}

func (g *germanWord) comparisons() {
	switch e := g.ending("en", "er", "est", "st"); e {
	case "st":
		if len(g.r) >= 6 && strings.ContainsRune("bdfghklmnt", g.before(2)) {
			g.cut(e, g.r1)
		}
	default:
		g.cut(e, g.r1)
	}
}

func (g *germanWord) derivations() {
	switch e := g.ending("end", "ung", "ig", "ik", "isch", "lich", "heit", "keit"); e {
	case "end", "ung":
		if g.cut(e, g.r2) && g.has("ig") && g.before(2) != 'e' {
			g.cut("ig", g.r2)
		}
	case "ig", "ik", "isch":
		if g.before(len(e)) != 'e' {
			g.cut(e, g.r2)
		}
	case "lich", "heit":
		if g.cut(e, g.r2) {
			g.cut(g.ending("er", "en"), g.r1)
		}
	case "keit":
		if g.cut(e, g.r2) {
			g.cut(g.ending("lich", "ig"), g.r2)
		}
	}
}
