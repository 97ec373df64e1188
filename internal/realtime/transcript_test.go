package realtime_test

import (
	"bufio"
	"bytes"
	"flag"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

var update = flag.Bool("update", false, "rewrite the transcripts")

// volatile is what no run has twice.
var volatile = []struct {
	re *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`"(phx_ref|phx_ref_prev)":"[A-Za-z0-9_-]{12}"`), `"$1":"«ref»"`},
	{regexp.MustCompile(`"joins":\{"[0-9a-f-]{36}"`), `"joins":{"«uuid»"`},
	{regexp.MustCompile(`"commit_timestamp":"[^"]+"`), `"commit_timestamp":"«time»"`},
	{regexp.MustCompile(`"meta":\{"id":"[0-9a-f-]{36}"`), `"meta":{"id":"«uuid»"`},
}

// The transcripts of testdata, byte for byte, on both engines: one of each event of the
// server, in both versions of the protocol, and what the clients of Kotlin, Swift and
// Flutter say otherwise than that of JavaScript. Binary frames are quoted.
func TestTranscripts(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		for file, version := range map[string]string{"testdata/socket-v1.txt": "1.0.0", "testdata/socket-v2.txt": "2.0.0", "testdata/socket-phones.txt": "2.0.0"} {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w := openOn(t, engine, todos, nil)
			got := w.transcript(version, text)
			switch {
			case *update && engine == "sqlite":
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			case !bytes.Equal(got, text):
				t.Errorf("%s: the conversation was\n%s", file, got)
			}
		}
	})
}

// transcript holds the conversation of a file, and returns it as it went.
func (w *world) transcript(version string, text []byte) []byte {
	w.t.Helper()
	c := w.dial("apikey=anon&vsn=" + version)
	tok := w.token(1, time.Hour)
	var out bytes.Buffer
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "> "):
			text := strings.ReplaceAll(line[2:], "«token»", tok)
			if bin, err := strconv.Unquote(text); err == nil {
				c.frame(2, []byte(bin))
				break
			}
			c.say(text)
		case strings.HasPrefix(line, "! "):
			w.exec(db.Owner, line[2:])
		case strings.HasPrefix(line, "<"):
			op, b := c.read()
			if line = "< " + string(b); op == 2 {
				line = "< " + strconv.Quote(string(b))
			}
			for _, v := range volatile {
				line = v.re.ReplaceAllString(line, v.as)
			}
		}
		out.WriteString(line + "\n")
	}
	return out.Bytes()
}
