package textsearch

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is, as far as dictionaries care.
type kind uint8

const (
	plainWord kind = iota // letters alone: goes to the stemmer
	asciiWord             // the same, of ASCII letters
	other                 // numbers, addresses, words with digits: only lower-cased
)

type token struct {
	text string
	kind kind
}

// Addresses, paths and numbers; each is tried where a token begins.
var (
	protocol = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
	email    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	host     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*\.[A-Za-z][A-Za-z0-9]+(?::\d+)?`)
	path     = regexp.MustCompile(`^/[^\s<>"']*`)
	file     = regexp.MustCompile(`^/?[\pL\pN_]+(?:/[\pL\pN_.]+)+`)
	version  = regexp.MustCompile(`^\d+(?:\.\d+){2,}`)
	float    = regexp.MustCompile(`^[-+]?\d+(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+)`)
	integer  = regexp.MustCompile(`^[-+]?\d+`)
	compound = regexp.MustCompile(`^[\pL\pN]+(?:-[\pL\pN]+)+`)
	markup   = regexp.MustCompile(`^</?[A-Za-z!?][^<>]*>`)
	entity   = regexp.MustCompile(`^&(?:[A-Za-z]+|#\d+|#x[0-9A-Fa-f]+);`)
)

// How far the start of an address may reach. What is tried and fails at every token
// has to end early, else a text of near-addresses costs the square of its length.
const (
	longProtocol = 64
	longEmail    = 320
	longHost     = 512
	longFile     = 2048
)

// begins matches re within the first limit bytes of text, where they hold mark.
func begins(re *regexp.Regexp, text, mark string, limit int) string {
	if len(text) > limit {
		text = text[:limit]
	}
	if !strings.Contains(text, mark) {
		return ""
	}
	return re.FindString(text)
}

// scan calls yield for each token of text.
func scan(text string, yield func(token)) {
	blank := true // what came before was no part of a token
	for len(text) > 0 {
		n := skip(text)
		if n == 0 {
			n = next(text, blank, yield)
		}
		if blank = n == 0; blank {
			r, size := utf8.DecodeRuneInString(text)
			n, blank = size, r != '_' || blank
		}
		text = text[n:]
	}
}

// skip is the length of the markup, entity or protocol that text begins with.
func skip(text string) int {
	switch {
	case text[0] == '<':
		return len(markup.FindString(text))
	case text[0] == '&':
		return len(entity.FindString(text))
	}
	return len(begins(protocol, text, "://", longProtocol))
}

// next yields the tokens that begin at the start of text and returns their length.
func next(text string, blank bool, yield func(token)) int {
	r, _ := utf8.DecodeRuneInString(text)
	signed := blank && (r == '-' || r == '+')
	if !inWord(r) && r != '/' && !signed {
		return 0
	}
	if n := address(text, yield); n > 0 {
		return n
	}
	for _, re := range []*regexp.Regexp{version, float, integer} {
		if m := re.FindString(text); m != "" && !wordGoesOn(text[len(m):]) {
			yield(token{m, other})
			return len(m)
		}
	}
	if signed || r == '/' {
		return 0
	}
	if m := compound.FindString(text); m != "" {
		yield(classify(m))
		for part := range strings.SplitSeq(m, "-") {
			yield(classify(part))
		}
		return len(m)
	}
	m := text[:wordEnd(text)]
	yield(classify(m))
	return len(m)
}

// address yields an e-mail address, a host with its path, or the path of a file.
func address(text string, yield func(token)) int {
	if m := begins(email, text, "@", longEmail); m != "" {
		yield(token{m, other})
		return len(m)
	}
	if m := begins(host, text, ".", longHost); m != "" && !wordGoesOn(text[len(m):]) {
		p := path.FindString(text[len(m):])
		if p != "" {
			yield(token{m + p, other})
		}
		yield(token{m, other})
		if p != "" {
			yield(token{p, other})
		}
		return len(m) + len(p)
	}
	if m := begins(file, text, "/", longFile); m != "" {
		yield(token{m, other})
		return len(m)
	}
	return 0
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

func wordGoesOn(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text != "" && inWord(r)
}

func wordEnd(text string) int {
	if i := strings.IndexFunc(text, func(r rune) bool { return !inWord(r) }); i >= 0 {
		return i
	}
	return len(text)
}

func classify(word string) token {
	ascii := true
	for _, r := range word {
		if unicode.IsDigit(r) {
			return token{word, other}
		}
		ascii = ascii && r < utf8.RuneSelf
	}
	if ascii {
		return token{word, asciiWord}
	}
	return token{word, plainWord}
}
