package textsearch

import (
	"embed"
	"strings"
	"sync"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/french"
	"github.com/kljensen/snowball/hungarian"
	"github.com/kljensen/snowball/norwegian"
	"github.com/kljensen/snowball/russian"
	"github.com/kljensen/snowball/spanish"
	"github.com/kljensen/snowball/swedish"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Default is the configuration where none is named.
const Default = "english"

//go:embed stop/*.txt
var stopFiles embed.FS

// config turns tokens into lexemes.
type config struct {
	stem  func(word string) string // nil: words stay as they are
	stop  map[string]bool
	ascii *config // for words of ASCII letters, where it is another one
}

// configs is built at its first use and never changes.
var configs = sync.OnceValue(func() map[string]*config {
	all := map[string]*config{"simple": {}}
	for name, stem := range map[string]func(string, bool) string{
		"english": english.Stem, "french": french.Stem, "spanish": spanish.Stem, "norwegian": norwegian.Stem,
		"swedish": swedish.Stem, "russian": russian.Stem, "hungarian": hungarian.Stem,
		"german": func(word string, _ bool) string { return german(word) },
	} {
		all[name] = &config{stop: stopWords(name), stem: func(word string) string { return stem(word, true) }}
	}
	all["russian"].ascii = all["english"]
	return all
})

func stopWords(name string) map[string]bool {
	text, _ := stopFiles.ReadFile("stop/" + name + ".txt") // embedded: it is there
	words := map[string]bool{}
	for _, w := range strings.Fields(string(text)) {
		words[w] = true
	}
	return words
}

// find returns the configuration of that name; "" is the default.
func find(name string) (*config, error) {
	name = strings.TrimPrefix(name, "pg_catalog.")
	if name == "" {
		name = Default
	}
	if c := configs()[name]; c != nil {
		return c, nil
	}
	return nil, fault.SQL("42704", `text search configuration "%s" does not exist`, name)
}

// lexeme is what t is indexed as; ok is false for a stop word.
func (c *config) lexeme(t token) (string, bool) {
	word := strings.ToLower(t.text)
	if t.kind == other || c.stem == nil {
		return word, true
	}
	if t.kind == asciiWord && c.ascii != nil {
		c = c.ascii
	}
	if c.stop[word] {
		return "", false
	}
	return c.stem(word), true
}
