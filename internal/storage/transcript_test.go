package storage_test

import (
	"flag"
	"fmt"
	"image"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/wire"
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
	var routes []wire.Route
	var asked []string
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			s := &script{h: open(t, nil), names: map[string]string{}, values: map[string]string{}}
			got := s.play(string(text))
			routes, asked = s.h.svc.Routes(), append(asked, s.asked...)
			if *update {
				if err := os.WriteFile(f, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			diff(t, string(text), got)
		})
	}
	for _, pattern := range unasked(t, routes, asked) {
		t.Errorf("no transcript asks for %s", pattern)
	}
}

// unasked returns the routes that none of the requests leads to.
func unasked(t *testing.T, routes []wire.Route, asked []string) []string {
	mux, missing := http.NewServeMux(), map[string]bool{}
	for _, r := range routes {
		mux.Handle(r.Pattern, http.NotFoundHandler())
		missing[r.Pattern] = !strings.Contains(r.Pattern, "crooked")
	}
	for _, line := range asked {
		method, path, _ := strings.Cut(line, " ")
		req, err := http.NewRequest(method, "http://x"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, pattern := mux.Handler(req)
		missing[pattern] = false
	}
	var out []string
	for p, is := range missing {
		if is {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
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
	asked  []string // "METHOD path"
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

var shownHeaders = []string{
	"Content-Type", "Content-Range", "Content-Length", "Etag", "Cache-Control", "Content-Disposition", "Accept-Ranges", "Content-Encoding",
	"Content-Security-Policy", "X-Transformations", "Location", "Upload-Offset", "Upload-Length", "Upload-Defer-Length", "Upload-Metadata", "Upload-Concat",
	"Tus-Version", "Tus-Extension", "Tus-Checksum-Algorithm", "Tus-Max-Size",
}

// photo is a body that stands for a picture.
var photo = regexp.MustCompile(`^\(a picture of (\d+) × (\d+)\)$`)

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
	if m := photo.FindStringSubmatch(text); m != nil {
		text = jpegOf(s.h.t, atoi(s.h.t, m[1]), atoi(s.h.t, m[2]))
	}
	a := s.h.call(as, method, path, text, head[1:]...)
	s.asked = append(s.asked, method+" "+strings.SplitN(path, "?", 2)[0])
	var out strings.Builder
	fmt.Fprintf(&out, "< %d\n", a.code)
	if etag := a.header.Get("Etag"); a.header.Get("X-Transformations") != "" && etag != "" || strings.HasSuffix(etag, `-2"`) {
		a.header.Set("Etag", "«etag»") // made of the versions of pictures and pieces, which are new
	}
	for _, name := range shownHeaders {
		if v := a.header.Get(name); v != "" && !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
			fmt.Fprintf(&out, "< %s: %s\n", name, v)
		}
	}
	if m, kind, err := image.DecodeConfig(strings.NewReader(a.body)); err == nil {
		a.body = fmt.Sprintf("(a picture of %d × %d, %s)", m.Width, m.Height, kind)
	}
	if a.body != "" {
		fmt.Fprintf(&out, "< %s\n", strings.ReplaceAll(strings.TrimSuffix(a.body, "\n"), "\n", "\n< "))
	}
	return s.number(strings.ReplaceAll(out.String(), s.h.url, "«url»"))
}

var volatile = []struct {
	form *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`), "token"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`), "id"},
	{regexp.MustCompile(`[0-9a-f]{32}-2`), "time"},
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
