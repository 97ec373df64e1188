package storage_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the transcripts")

// A transcript has exchanges: "> METHOD path as name", "> Header: value", "| body",
// then "< status", the headers that matter, and the body. Values that differ in each
// run are numbered by their first appearance, and may be used in later requests.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got := (&script{h: open(t, nil), names: map[string]string{}, values: map[string]string{}}).play(string(text))
			if *update {
				if err := os.WriteFile(f, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			diff(t, string(text), got)
		})
	}
}

func diff(t *testing.T, want, got string) {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "", ""
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			t.Fatalf("line %d:\n got %s\nwant %s", i+1, b, a)
		}
	}
}

type script struct {
	h      *house
	names  map[string]string // value → name
	values map[string]string // name → value
	counts [3]int
}

func (s *script) play(text string) string {
	var out strings.Builder
	var head, body []string
	flush := func() {
		if head != nil {
			out.WriteString(s.exchange(head, body))
		}
		head, body = nil, nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "> "):
			head = append(head, line[2:])
		case strings.HasPrefix(line, "| "):
			body = append(body, line[2:])
		case strings.HasPrefix(line, "< "):
			continue
		default:
			flush()
		}
		out.WriteString(line + "\n")
	}
	flush()
	return out.String()
}

var shownHeaders = []string{"Content-Type", "Content-Range", "Content-Length", "Etag", "Cache-Control", "Content-Disposition", "Accept-Ranges", "Content-Encoding"}

func (s *script) exchange(head, body []string) string {
	for name, value := range s.values {
		for i := range head {
			head[i] = strings.ReplaceAll(head[i], name, value)
		}
		for i := range body {
			body[i] = strings.ReplaceAll(body[i], name, value)
		}
	}
	line, as, _ := strings.Cut(head[0], " as ")
	method, path, _ := strings.Cut(line, " ")
	text := strings.Join(body, "\n")
	for _, h := range head[1:] {
		if strings.Contains(h, "multipart/form-data") {
			text = strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"
		}
	}
	a := s.h.call(as, method, path, text, head[1:]...)
	var out strings.Builder
	fmt.Fprintf(&out, "< %d\n", a.code)
	for _, name := range shownHeaders {
		if v := a.header.Get(name); v != "" && !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
			fmt.Fprintf(&out, "< %s: %s\n", name, v)
		}
	}
	if a.body != "" {
		fmt.Fprintf(&out, "< %s\n", strings.ReplaceAll(strings.TrimSuffix(a.body, "\n"), "\n", "\n< "))
	}
	return s.number(out.String())
}

var volatile = []struct {
	form *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`), "token"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`), "id"},
	{regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`), "time"},
}

func (s *script) number(text string) string {
	for i, v := range volatile {
		text = v.form.ReplaceAllStringFunc(text, func(value string) string {
			switch {
			case v.name == "time":
				return "«time»"
			case strings.HasPrefix(value, "00000000-"): // a test's own user
				return value
			}
			if s.names[value] == "" {
				s.counts[i]++
				name := fmt.Sprintf("«%s%d»", v.name, s.counts[i])
				s.names[value], s.values[name] = name, value
			}
			return s.names[value]
		})
	}
	return text
}
