package batch

import (
	"encoding/json"
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`[{"id":"a","method":"POST","path":"/t","body":{"x":1}},{"method":"GET","path":"/t","query":{"id":{"eq":{"$ref":"a#/0/id"}}}}]`,
		`{"transaction":"each","requests":[{"method":"GET","path":"/t"},{"method":"PUT","path":"/t","body":[{"$ref":"0#/a~1b/~0"},{"$value":{"$ref":1}}]}]}`,
		`[{"method":"GET","path":"/t"},{"method":"GET","path":"/t","query":{"a":{"in":[{"$ref":"0#"},2]},"b":{"$ref":"0#"},"c":{"is":null},"d":"x"}}]`,
		`[{"method":"GET","path":"/t"},{"method":"POST","path":"/t","body":{"\u0024ref":"0#/0"}}]`,
	} {
		f.Add(s, `[{"id":"x&y=eq.1","a/b":{"~":[1.50]}}]`)
	}
	f.Fuzz(func(t *testing.T, text, result string) {
		b, err := Parse([]byte(text))
		if err != nil {
			return
		}
		r := b.NewResults()
		for i := range b.Items {
			if body, err := r.Body(i, 1<<20); err == nil && len(body) > 0 && !json.Valid(body) {
				t.Errorf("body %q is not JSON", body)
			}
			literal, params, err := r.Query(i, true)
			if err == nil && strings.ContainsAny(literal, " \x00") {
				t.Errorf("query %q is not escaped", literal)
			}
			for _, p := range params {
				if p.Tail > len(p.Value) || strings.IndexByte(p.Value, 0) >= 0 {
					t.Errorf("parameter %+v", p)
				}
			}
			r.Set(i, []byte(result))
		}
	})
}
