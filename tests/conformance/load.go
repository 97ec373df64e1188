package conformance

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/tests/conformance/psql"
)

// Refusal is a statement of the fixture that an engine does not take.
type Refusal struct {
	File   string // the script
	Object string // what it would have made or filled: "table test.shops"
	Reason string
	names  []string // the bare names that cases may use it by
}

func (r Refusal) String() string { return r.File + " | " + r.Object + " | " + r.Reason }

// scripts are the parts of the fixture in their order.
func scripts() []string {
	return []string{"database", "roles", "schema", "jwt", "jsonschema", "privileges", "data"}
}

// Step is one statement of the fixture and what the statements before it have set.
type Step struct {
	File   string
	Path   string // search_path
	Checks string // a SET of check_function_bodies, or ""
	SQL    string
}

// Load runs the fixture in dir, statement by statement, and goes on past what the
// engine refuses.
func Load(dir string, run func(Step) error) ([]Refusal, error) {
	var out []Refusal
	for _, name := range scripts() {
		text, err := os.ReadFile(filepath.Join(dir, "fixtures", name+".sql"))
		if err != nil {
			return nil, err
		}
		step := Step{File: name, Path: "public"}
		for _, st := range psql.Split(string(text)) {
			if p, ok := searchPath(st.Text); ok {
				step.Path = p
				continue
			}
			if noChecks.MatchString(psql.Bare(st.Text)) {
				step.Checks = psql.Bare(st.Text) + ";"
			}
			if housekeeping(st.Text) {
				continue
			}
			step.SQL = st.SQL()
			if err := run(step); err != nil {
				out = append(out, refusal(name, st.Text, err))
			}
		}
	}
	return out, nil
}

var setPath = regexp.MustCompile(`(?is)^set\s+search_path\s*(?:=|\bto\b)\s*(.*)$`)

func searchPath(text string) (string, bool) {
	m := setPath.FindStringSubmatch(psql.Bare(text))
	if m == nil {
		return "", false
	}
	return m[1], true
}

// session are the statements that concern the loading session alone.
var session = regexp.MustCompile(`(?i)^(begin|commit|end|set)\b`)

// noChecks is the one of them that concerns what is made: bodies of functions may
// name what comes later.
var noChecks = regexp.MustCompile(`(?i)^set\s+check_function_bodies\b`)

func housekeeping(text string) bool {
	return psql.Bare(text) == "" || session.MatchString(psql.Bare(text))
}

// object finds what a statement makes or fills.
var object = regexp.MustCompile(`(?is)^(create(?: or replace)?|alter|comment on|drop|insert into|update|truncate(?: table)?|copy|grant|revoke)\s+` +
	`((?:unique |materialized |foreign |event )*(?:table|view|function|procedure|type|domain|schema|extension|sequence|trigger|aggregate|operator|rule|index|server|cast|database|policy)\s+)?` +
	`(?:if (?:not )?exists\s+|only\s+)*((?:"(?:[^"]|"")*"|[^\s(,;.])+(?:\.(?:"(?:[^"]|"")*"|[^\s(,;.])+)?)`)

func refusal(file, text string, err error) Refusal {
	f := fault.From(err)
	r := Refusal{File: file, Reason: strings.TrimSpace(f.Code + " " + f.Message)}
	line := strings.Join(strings.Fields(psql.Bare(text)), " ")
	m := object.FindStringSubmatch(line)
	if m == nil {
		r.Object = short(line)
		return r
	}
	verb := strings.ToLower(m[1])
	kind := strings.ToLower(m[2])
	r.Object = verb + " " + kind + m[3]
	name := m[3]
	if i := strings.LastIndexByte(name, '.'); i >= 0 && !strings.HasSuffix(name, `"`) {
		name = name[i+1:]
	}
	r.names = append(r.names, strings.Trim(name, `"`))
	if on := onTable.FindStringSubmatch(line); on != nil && attached.MatchString(kind) {
		r.names = append(r.names, strings.Trim(on[1], `"`))
		r.Object += " on " + on[1]
	}
	if verb == "comment on" || verb == "drop" {
		r.names = nil
	}
	return r
}

var (
	attached = regexp.MustCompile(`trigger|rule|index|policy`)
	onTable  = regexp.MustCompile(`(?i)\bon\s+(?:\w+ to )?(?:\w+\.)?("[^"]+"|\w+)`)
)

func short(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
