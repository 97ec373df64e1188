package auth_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// talk runs a transcript: "> METHOD path [as name] [to name]", a body in the lines
// below, and the answer. {{…}} stands for what only the run knows. "@ room name" goes on
// in a new room of this kind, "@ later 2h" moves its clock.
type talk struct {
	*house
	iss    *issuer
	old    bool // the errors of clients that send no version
	people map[string]object
	last   object
	secret string
	seen   map[string]string
}

var (
	blank    = regexp.MustCompile(`\{\{([^}]*)\}\}`)
	volatile = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(-[\w-]{43})?|\d{4}-\d\d-\d\dT[\d:.]+Z|"\\u003csvg.*?svg\\u003e"|[\w-]{43,54}|[A-Z2-7]{32}|[0-9a-f]{32}|\b1\d{9}\b|http(?:://|%3A%2F%2F)127\.0\.0\.1(?::|%3A)\d+|"\d{6}"|[a-z2-7]{5}-[a-z2-7]{5}`)
)

// fill replaces what stands in braces.
func (k *talk) fill(text string) string {
	return blank.ReplaceAllStringFunc(text, func(m string) string {
		name, arg, _ := strings.Cut(strings.Trim(m, "{}"), " ")
		switch name {
		case "code":
			if !strings.Contains(arg, "@") {
				return k.message(arg)
			}
			digits, _ := k.letter(arg)
			return digits
		case "link":
			_, q := k.letter(arg)
			return q.Get("token")
		case "totp":
			k.now = k.now.Add(30 * time.Second) // the next code
			return k.app(k.secret)
		case "idtoken":
			return k.iss.sign(jose.ES256, k.iss.key, "k1", object{"iss": k.iss.url, "aud": "com.example.app", "sub": arg,
				"exp": k.now.Unix() + 60, "iat": k.now.Unix(), "email": arg + "@example.com", "email_verified": true})
		case "last":
			return fmt.Sprint(k.last[arg])
		}
		return fmt.Sprint(k.people[name][arg])
	})
}

// plain numbers what differs from run to run by its first appearance.
func (k *talk) plain(text string) string {
	return volatile.ReplaceAllStringFunc(text, func(m string) string {
		if k.seen[m] == "" {
			kind := "id"
			switch {
			case strings.HasPrefix(m, `"\u003csvg`):
				return `"«svg»"`
			case m[0] == '2' && strings.Contains(m, "-") && strings.Contains(m, ":"):
				return "«time»"
			case len(m) == 10 && m[0] == '1':
				return "«seconds»"
			case strings.HasPrefix(m, "eyJ"):
				return "«token»"
			case len(m) != 36:
				return "«word»"
			}
			n := 1
			for _, v := range k.seen {
				if strings.HasPrefix(v, "«"+kind) {
					n++
				}
			}
			k.seen[m] = fmt.Sprintf("«%s%d»", kind, n)
		}
		return k.seen[m]
	})
}

// ask sends one request and returns its answer in the transcript's form.
func (k *talk) ask(line, body string) string {
	k.now = k.now.Add(time.Second) // so that what comes later is later
	words := strings.Fields(k.fill(line))
	method, path := words[0], words[1]
	r := httptest.NewRequest(method, path, strings.NewReader(k.fill(body)))
	if !k.old {
		r.Header.Set("X-Supabase-Api-Version", "2024-01-01")
	}
	if strings.HasPrefix(body, "state=") {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	id := &wire.Identity{Session: db.Session{Role: "anon"}}
	to := ""
	for i := 2; i+1 < len(words); i += 2 {
		if words[i] == "to" {
			to = words[i+1]
			continue
		}
		tok := k.service()
		if words[i+1] != "service" {
			tok = fmt.Sprint(k.people[words[i+1]]["access_token"])
		}
		claims, err := k.ring.Verify(tok, k.now)
		id = &wire.Identity{Token: tok, Claims: claims, Fault: err}
	}
	w := httptest.NewRecorder()
	k.h.ServeHTTP(w, wire.WithIdentity(r, id))
	text, _ := io.ReadAll(w.Body)
	answer := object{}
	if json.Unmarshal(text, &answer) == nil && len(answer) > 0 {
		k.last = answer
		if t, ok := answer["totp"].(object); ok {
			k.secret = t["secret"].(string)
		}
		if to != "" {
			k.people[to] = answer
		}
	}
	out := fmt.Sprint(w.Code)
	if l := w.Header().Get("Location"); l != "" {
		out += " " + l
		if u, err := url.Parse(l); err == nil {
			k.last = object{"code": u.Query().Get("code"), "state": u.Query().Get("state")}
			if to != "" {
				k.people[to] = k.last
			}
		}
	}
	return strings.TrimSpace(k.plain(out + " " + string(bytes.TrimSpace(text))))
}

// turn follows an "@" line.
func (k *talk) turn(line string) *talk {
	what, arg, _ := strings.Cut(line, " ")
	switch what {
	case "room":
		return openTalk(k.t.(*testing.T), k.old, arg)
	case "later":
		d, err := time.ParseDuration(arg)
		if err != nil {
			k.t.Fatal(err)
		}
		k.now = k.now.Add(d)
	default:
		k.t.Fatalf("@ %s", line)
	}
	return k
}

// TestTranscripts holds every route, grant and error code of the room to what is written
// down, in both error shapes.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			now, old := openTalk(t, false, "open"), openTalk(t, true, "open")
			var out, body []string
			line := ""
			flush := func() {
				if line == "" {
					return
				}
				in := strings.Join(body, "\n")
				a, b := now.ask(line, in), old.ask(line, in)
				out = append(append(append(out, "> "+line), body...), "< "+a)
				if a != b && strings.Contains(b, `"error_code"`) {
					out = append(out, "<old "+b)
				} else if a != b {
					t.Errorf("%s: two answers: %s and %s", line, a, b)
				}
				line, body = "", nil
			}
			for l := range strings.Lines(string(text)) {
				l = strings.TrimRight(l, "\n")
				switch {
				case strings.HasPrefix(l, "> "):
					flush()
					line = l[2:]
				case strings.HasPrefix(l, "@ "):
					flush()
					out = append(out, l)
					now, old = now.turn(l[2:]), old.turn(l[2:])
				case strings.HasPrefix(l, "<"):
				case line != "" && l != "" && l[0] != '#':
					body = append(body, l)
				default:
					flush()
					out = append(out, l)
				}
			}
			flush()
			got := strings.Join(out, "\n") + "\n"
			if *update && !strings.HasPrefix(t.Name(), "TestOnPostgres/") {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for i, want := range strings.Split(string(text), "\n") {
				if have := strings.Split(got, "\n"); i >= len(have) || have[i] != want {
					t.Fatalf("%s:%d is\n%s\nwant\n%s", file, i+1, have[min(i, len(have)-1)], want)
				}
			}
		})
	}
}

// TestEveryRouteHasATranscript compares the route table with the files.
func TestEveryRouteHasATranscript(t *testing.T) {
	t.Parallel()
	var all []string
	files, _ := filepath.Glob("testdata/transcripts/*.txt")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Split(string(text), "\n")...)
	}
	svc := open(t, nil).room
	for _, r := range svc.Routes() {
		method, path, ok := strings.Cut(r.Pattern, " ")
		if !ok {
			continue
		}
		form := regexp.MustCompile(`^> ` + method + " " + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), `[^/? ]+|\{\{[^}]*\}\}`) + `(\?\S*)?( .*)?$`)
		form = regexp.MustCompile(strings.ReplaceAll(form.String(), `[^/? ]+|\{\{[^}]*\}\}`, `(?:[^/? ]+|\{\{[^}]*\}\})`))
		if !slices.ContainsFunc(all, form.MatchString) {
			t.Errorf("%s has no transcript", r.Pattern)
		}
	}
}
