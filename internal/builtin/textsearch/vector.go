package textsearch

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value/tsearch"
)

const maxPosition = 16383

// builder collects the lexemes of texts.
type builder struct {
	config *config
	at     int
	out    []tsearch.Lexeme
}

func (b *builder) add(text string) {
	scan(text, func(t token) {
		b.at++
		if word, ok := b.config.lexeme(t); ok && word != "" {
			pos := tsearch.Position{At: min(b.at, maxPosition), Weight: 'D'}
			b.out = append(b.out, tsearch.Lexeme{Word: word, Pos: []tsearch.Position{pos}})
		}
	})
}

// Vector is to_tsvector: the text form of the vector of text.
func Vector(name, text string) (string, error) {
	c, err := find(name)
	if err != nil {
		return "", err
	}
	b := builder{config: c}
	b.add(text)
	return tsearch.FormatVector(b.out), nil
}

// JSONVector is to_tsvector of a JSON document: of its string values, in their order,
// one position apart.
func JSONVector(name, doc string) (string, error) {
	c, err := find(name)
	if err != nil {
		return "", err
	}
	b := builder{config: c}
	d := json.NewDecoder(bytes.NewReader([]byte(doc)))
	d.UseNumber()
	b.document(d)
	return tsearch.FormatVector(b.out), nil
}

// document adds the strings of the value that d reads next; names of members are
// none.
func (b *builder) document(d *json.Decoder) {
	tok, err := d.Token()
	if err != nil {
		return
	}
	switch t := tok.(type) {
	case string:
		if n := len(b.out); n > 0 {
			b.at++
		}
		b.add(t)
	case json.Delim:
		for d.More() {
			if t == '{' {
				if _, err := d.Token(); err != nil {
					return
				}
			}
			b.document(d)
		}
		_, _ = d.Token() // the closing delimiter
	}
}

// SetWeight is setweight: all positions get the weight A, B, C or D.
func SetWeight(vector, weight string) (string, error) {
	weight = strings.ToUpper(weight)
	if len(weight) != 1 || weight < "A" || weight > "D" {
		return "", fault.SQL("22023", "unrecognized weight: %q", weight)
	}
	l, err := tsearch.ParseVector(vector)
	for i := range l {
		for k := range l[i].Pos {
			l[i].Pos[k].Weight = weight[0]
		}
	}
	return tsearch.FormatVector(l), err
}

// Strip is strip: the lexemes without their positions.
func Strip(vector string) (string, error) {
	l, err := tsearch.ParseVector(vector)
	for i := range l {
		l[i].Pos = nil
	}
	return tsearch.FormatVector(l), err
}

// Concat is a || b: the positions of b go on after those of a.
func Concat(a, b string) (string, error) {
	l, err := tsearch.ParseVector(a)
	if err != nil {
		return "", err
	}
	r, err := tsearch.ParseVector(b)
	last := 0
	for _, x := range l {
		for _, p := range x.Pos {
			last = max(last, p.At)
		}
	}
	for i := range r {
		for k := range r[i].Pos {
			r[i].Pos[k].At = min(r[i].Pos[k].At+last, maxPosition)
		}
	}
	return tsearch.FormatVector(append(l, r...)), err
}
