package conformance

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Verdict is how a case went.
type Verdict uint8

const (
	Pass    Verdict = iota
	Fail            // the answer is another one
	Refused         // it needs an object that the engine does not take
)

// Result is a case and how it went.
type Result struct {
	*Case
	Verdict Verdict
	Why     string // of a failure, or of the refusal
}

// Run sends all cases, in their order, to a database that Load has filled. only,
// where not nil, chooses among them.
func Run(s *Stack, cases []*Case, refused []Refusal, only *regexp.Regexp) ([]Result, error) {
	var at http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { at.ServeHTTP(w, r) }))
	defer srv.Close()
	needs := newIndex(refused)
	var out []Result
	for _, c := range cases {
		if only != nil && !only.MatchString(c.ID()+" "+c.Path) {
			continue
		}
		var err error
		if at, err = s.Handler(c); err != nil {
			return nil, err
		}
		why, err := c.Send(srv.Client(), srv.URL)
		if err != nil {
			why = "no answer: " + err.Error()
		}
		r := Result{Case: c, Why: why}
		if why != "" {
			r.Verdict = Fail
			if reason := needs.reason(c); reason != "" {
				r.Verdict, r.Why = Refused, reason
			} else if o := disputed(c, cases); o != nil {
				r.Verdict, r.Why = Refused, o.ID()+" wants another answer to the same request"
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// index finds refused objects by the names that requests use.
type index map[string]Refusal

func newIndex(refused []Refusal) index {
	x := index{}
	for _, r := range refused {
		for _, n := range r.names {
			if _, known := x[n]; !known {
				x[n] = r
			}
		}
	}
	return x
}

var word = regexp.MustCompile(`[\pL_][\pL\pN_]*`)

// reason says which refused object c needs: the table or function of its path, or
// one that its query embeds or calls. It also knows what the data itself lacks.
func (x index) reason(c *Case) string {
	if r, ok := beyond(c); ok {
		return r
	}
	path, query, _ := strings.Cut(strings.TrimPrefix(c.Path, "/"), "?")
	names := []string{strings.TrimPrefix(path, "rpc/")}
	names = append(names, word.FindAllString(query, -1)...)
	for _, n := range names {
		if r, ok := x[n]; ok {
			return r.Object + ": " + r.Reason
		}
	}
	return ""
}

// beyond knows the cases whose set-up is not in the data.
func beyond(c *Case) (string, bool) {
	switch {
	case strings.Contains(c.Config, "configJwtSecret = Just jwks"):
		return "the key set that verifies the token is not in the data", true
	case c.template():
		return "the token's payload is a template of the specification's that was not filled in", true
	case c.Config == "" && c.Seq > 0:
		return "the request before it, which makes its state, is not in the data", true
	}
	return "", false
}

// template reports whether the case's token has a payload with a #{name} in it.
func (c *Case) template() bool {
	for _, h := range c.Headers {
		if parts := strings.Split(h[1], "."); h[0] == "Authorization" && len(parts) == 3 {
			payload, err := base64.RawURLEncoding.DecodeString(parts[1])
			return err == nil && strings.Contains(string(payload), "#{")
		}
	}
	return false
}

// disputed returns the case that wants another answer to the very request of c.
func disputed(c *Case, cases []*Case) *Case {
	for _, o := range cases {
		if o.Config == c.Config && o.Method == c.Method && o.Path == c.Path && o.Body == c.Body && o.Seq == c.Seq && o.Seq == 0 &&
			reflect.DeepEqual(o.Headers, c.Headers) && !reflect.DeepEqual(o.Expect.JSON, c.Expect.JSON) {
			return o
		}
	}
	return nil
}

// Table is the part of the compatibility page for one engine.
func Table(engine string, results []Result, refused []Refusal) string {
	var b strings.Builder
	type sum [3]int
	chapters := map[string]*sum{}
	var names []string
	var total sum
	for _, r := range results {
		s := chapters[r.Chapter()]
		if s == nil {
			s = &sum{}
			chapters[r.Chapter()] = s
			names = append(names, r.Chapter())
		}
		s[r.Verdict]++
		total[r.Verdict]++
	}
	slices.Sort(names)
	fmt.Fprintf(&b, "## %s\n\n%d of %d cases pass (%.1f %%), %d fail, %d are refused.\n\n", engine,
		total[Pass], len(results), 100*float64(total[Pass])/float64(len(results)), total[Fail], total[Refused])
	b.WriteString("| chapter | pass | fail | refused |\n|---|---:|---:|---:|\n")
	for _, n := range names {
		s := chapters[n]
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", n, s[Pass], s[Fail], s[Refused])
	}
	fmt.Fprintf(&b, "| **all** | **%d** | **%d** | **%d** |\n", total[Pass], total[Fail], total[Refused])
	writeOpen(&b, "Cases that fail", results, Fail)
	writeOpen(&b, "Cases that need a refused object", results, Refused)
	writeRefusals(&b, refused)
	return b.String()
}

func writeOpen(b *strings.Builder, title string, results []Result, v Verdict) {
	fmt.Fprintf(b, "\n### %s\n\n", title)
	n := 0
	for _, r := range results {
		if r.Verdict != v {
			continue
		}
		n++
		fmt.Fprintf(b, "- `%s` %s: `%s %s`", r.ID(), r.It, r.Method, strings.ReplaceAll(r.Path, "`", "'"))
		if v == Refused {
			fmt.Fprintf(b, " (%s)", r.Why)
		}
		b.WriteString("\n")
	}
	if n == 0 {
		b.WriteString("None.\n")
	}
}

// writeRefusals lists the refused objects, those of one reason together.
func writeRefusals(b *strings.Builder, refused []Refusal) {
	b.WriteString("\n### Objects of the fixture that are refused\n\n")
	by := map[string][]string{}
	var reasons []string
	for _, r := range refused {
		if by[r.Reason] == nil {
			reasons = append(reasons, r.Reason)
		}
		by[r.Reason] = append(by[r.Reason], r.Object)
	}
	if len(reasons) == 0 {
		b.WriteString("None.\n")
		return
	}
	b.WriteString("| reason | objects |\n|---|---|\n")
	for _, reason := range reasons {
		objects := strings.Join(slices.Compact(by[reason]), ", ")
		fmt.Fprintf(b, "| %s | %s |\n", cell(reason), cell(objects))
	}
}

func cell(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "|", `\|`), "\n", " ") }
