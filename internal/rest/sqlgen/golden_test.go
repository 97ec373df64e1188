package sqlgen_test

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func load(t testing.TB) *catalog.Catalog {
	t.Helper()
	text, err := os.ReadFile("testdata/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	stmts, err := pgsql.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	cat := catalog.New()
	s := &catalog.Session{Role: "postgres", SearchPath: []string{"public", "extensions"}, Check: bind.Checker{}}
	for _, st := range stmts {
		if cat, _, err = ddl.Apply(cat, s, st, string(text)); err != nil {
			t.Fatal(err)
		}
	}
	return cat
}

// TestGolden compiles the requests of testdata/*.txt, compares the SQL, and binds it
// to the catalogue as the SQLite engine would.
func TestGolden(t *testing.T) {
	t.Parallel()
	cat := load(t)
	c := sqlgen.Compiler{Schema: sqlgen.NewSchema(cat, []string{"public"}), Options: sqlgen.Options{LegacyTargets: true, Aggregates: true, Path: []string{"public"}}}
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for _, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
			switch {
			case strings.HasPrefix(line, "<"):
			case strings.HasPrefix(line, ">"):
				out.WriteString(line + "\n")
				for _, l := range compile(t, c, cat, strings.TrimSpace(line[1:])) {
					out.WriteString("< " + l + "\n")
				}
			default:
				out.WriteString(line + "\n")
			}
		}
		if *update {
			os.WriteFile(file, []byte(out.String()), 0o644)
			continue
		}
		if got := out.String(); got != string(text) {
			t.Errorf("%s differs (run with -update and look at the difference):\n%s", file, diff(string(text), got))
		}
	}
}

func diff(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "want " + a[i] + "\n got " + b[i]
		}
	}
	return "lengths differ"
}

// compile handles "GET todos?select=…", "POST todos cols=a,b many return …" and
// "CALL fn arg,arg ?query".
func compile(t *testing.T, c sqlgen.Compiler, cat *catalog.Catalog, line string) []string {
	t.Helper()
	words := strings.Fields(line)
	target, raw, _ := strings.Cut(words[1], "?")
	ps, ferr := query.Split(strings.ReplaceAll(raw, "%20", "+"), false, nil)
	if ferr != nil {
		t.Fatal(ferr)
	}
	req, err := query.Parse(ps)
	if err != nil {
		return []string{"error " + err.Error()}
	}
	var p *sqlgen.Plan
	table := cat.Schemas["public"].Tables[target]
	if words[0] != "CALL" && table == nil {
		t.Fatalf("no table %s", target)
	}
	switch words[0] {
	case "GET":
		p, err = c.Read(table, req, sqlgen.Page{Limit: slices.Contains(words, "limit"), Offset: slices.Contains(words, "offset"), Count: slices.Contains(words, "count")})
	case "CALL":
		p, err = call(c, target, words[2:], req)
	default:
		p, err = c.Mutate(table, req, write(words))
	}
	if err != nil {
		return describe(err)
	}
	out := []string{p.SQL}
	accepted(t, cat, line, p.SQL)
	if len(p.Args) > 0 {
		out = append(out, "args "+args(p.Args, ps))
	}
	if p.CountSQL != "" {
		accepted(t, cat, line, p.CountSQL)
		out = append(out, "count "+p.CountSQL)
	}
	if hasObject(p.Out) {
		out = append(out, "out "+outs(p.Out))
	}
	return out
}

func describe(err error) []string {
	out := []string{"error " + err.Error()}
	var f *fault.Error
	if errors.As(err, &f) {
		if f.Detail != "" {
			out = append(out, "detail "+f.Detail)
		}
		if f.Hint != "" {
			out = append(out, "hint "+f.Hint)
		}
	}
	return out
}

func write(words []string) sqlgen.Write {
	verbs := map[string]sqlgen.Verb{"POST": sqlgen.Insert, "PATCH": sqlgen.Update, "DELETE": sqlgen.Delete, "PUT": sqlgen.Put}
	w := sqlgen.Write{Verb: verbs[words[0]], One: true}
	for _, word := range words[2:] {
		key, val, _ := strings.Cut(word, "=")
		switch key {
		case "cols":
			w.Cols = strings.Split(val, ",")
		case "defaults":
			w.Defaults = strings.Split(val, ",")
		case "many":
			w.One = false
		case "merge", "ignore":
			w.Resolution = key
		case "return":
			w.Return = sqlgen.Full
		case "keys":
			w.Return = sqlgen.KeysOnly
		}
	}
	return w
}

func call(c sqlgen.Compiler, name string, words []string, req *query.Request) (*sqlgen.Plan, error) {
	want := sqlgen.Wanted{Schema: "public", Name: name}
	if len(words) > 0 {
		want.Keys = strings.Split(words[0], ",")
		if words[0] == "json" {
			want.Keys, want.Media = nil, "json"
		}
	}
	f, whole, err := c.Choose(want)
	if err != nil {
		return nil, err
	}
	var list []sqlgen.CallArg
	if whole {
		list = []sqlgen.CallArg{{From: sqlgen.Whole}}
	}
	for _, k := range want.Keys {
		list = append(list, sqlgen.CallArg{Name: k, From: sqlgen.Member})
	}
	return c.Call(f, list, req, sqlgen.Page{})
}

func args(list []sqlgen.Arg, ps []query.Param) string {
	out := make([]string, len(list))
	for i, a := range list {
		switch a.From {
		case sqlgen.Const:
			out[i] = "'" + a.Text + "'"
		case sqlgen.Param:
			out[i] = ps[a.N].Text()
		case sqlgen.Member:
			out[i] = "." + a.Text
		default:
			out[i] = [...]string{sqlgen.Body: "body", sqlgen.Whole: "whole", sqlgen.Limit: "limit", sqlgen.Offset: "offset"}[a.From]
		}
	}
	return strings.Join(out, " | ")
}

func hasObject(list []sqlgen.Out) bool {
	return slices.ContainsFunc(list, func(o sqlgen.Out) bool { return o.Object })
}

func outs(list []sqlgen.Out) string {
	parts := make([]string, len(list))
	for i, o := range list {
		parts[i] = fmt.Sprintf("%s=%d", o.Name, o.Col)
		if o.Object {
			parts[i] = fmt.Sprintf("%s?%d{%s}", o.Name, o.Present, outs(o.Kids))
		}
	}
	return strings.Join(parts, " ")
}

// accepted binds a statement.
func accepted(t *testing.T, cat *catalog.Catalog, line, sql string) {
	t.Helper()
	st, err := pgsql.ParseOne(sql)
	if err == nil {
		_, err = bind.Statement(&bind.Config{Catalog: cat, SearchPath: []string{"public", "extensions"}}, st)
	}
	if err != nil {
		t.Errorf("%s\n%s\n%v", line, sql, err)
	}
}

func TestClosest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   []string
		min  float64
		want string
	}{
		{"sayhell", []string{"sayhello", "add"}, 0.33, "sayhello"},
		{"(a, b, smthelse)", []string{"(a, b)"}, 0.33, "(a, b)"},
		{"(wrong_arg)", []string{"()", "(a, b)", "(a, b, c)"}, 0.33, ""},
		{"projxxxx", []string{"projects", "items"}, 0.75, ""},
		{"todo", []string{"todos", "toads"}, 0.75, "todos"},
	} {
		if got := sqlgen.Closest(c.name, c.in, c.min); got != c.want {
			t.Errorf("Closest(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}

// TestNames checks that a hostile name stays inside its quotes.
func TestNames(t *testing.T) {
	t.Parallel()
	cat := load(t)
	c := sqlgen.Compiler{Schema: sqlgen.NewSchema(cat, []string{"public"})}
	for _, in := range []string{
		`select=data->>'); drop table users; --`, `select=data->"a'b\\"->>"c"`, `select=a:"x""y"`, `select=id::"int; drop"`,
		`data->>'x=eq.1`, `select=id::int)`, `text=fts(e'n).x`,
	} {
		ps, _ := query.Split(url.PathEscape(in), false, nil)
		ps, _ = query.Split(strings.ReplaceAll(url.QueryEscape(in), "%3D", "="), false, ps[:0])
		req, err := query.Parse(ps)
		if err != nil {
			continue
		}
		p, err := c.Read(cat.Schemas["public"].Tables["projects"], req, sqlgen.Page{})
		if err != nil {
			continue
		}
		if st, err := pgsql.Parse(p.SQL); err != nil || len(st) != 1 {
			t.Errorf("%s: %s: %d statements, %v", in, p.SQL, len(st), err)
		}
	}
}
