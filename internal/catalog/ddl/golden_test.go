package ddl_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// The files of testdata hold statements, what PostgreSQL 15 answered to each, and its
// catalogue afterwards. A line "! reason" after a statement says that ours differs.

type exchange struct {
	sql     string
	want    []string
	differs bool
}

func readGolden(t *testing.T, path string) (list []exchange, dump string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	body, dump, _ := strings.Cut(string(data), "=== dump\n")
	for part := range strings.SplitSeq(body, "\n\n") {
		var x exchange
		for line := range strings.Lines(part) {
			line = strings.TrimSuffix(line, "\n")
			switch {
			case strings.HasPrefix(line, "< "):
				x.want = append(x.want, line[2:])
			case strings.HasPrefix(line, "! "):
				x.differs = true
			case line != "":
				x.sql += line + "\n"
			}
		}
		if x.sql != "" {
			list = append(list, x)
		}
	}
	return list, dump
}

func answer(notices []catalog.Notice, err error) []string {
	var out []string
	for _, n := range notices {
		out = append(out, fmt.Sprintf("NOTICE: %s: %s", n.Code, n.Message))
		if n.Detail != "" {
			out = append(out, details(n.Detail)...)
		}
	}
	if err != nil {
		f := fault.From(err)
		out = append(out, fmt.Sprintf("ERROR: %s: %s", f.Code, f.Message))
		if f.Detail != "" {
			out = append(out, details(f.Detail)...)
		}
		if f.Hint != "" {
			out = append(out, "HINT: "+f.Hint)
		}
	}
	return out
}

// details puts the lines of a DETAIL in order: Postgres gives them by OID.
func details(s string) []string {
	lines := strings.Split(strings.TrimPrefix(s, "DETAIL: "), "\n")
	slices.Sort(lines)
	lines[0] = "DETAIL: " + lines[0]
	return lines
}

// ordered is want with the lines of a DETAIL in order.
func ordered(want []string) []string {
	var out, detail []string
	flush := func() {
		if detail != nil {
			out = append(out, details(strings.Join(detail, "\n"))...)
		}
		detail = nil
	}
	for _, l := range want {
		switch {
		case strings.HasPrefix(l, "DETAIL: "):
			detail = []string{l}
		case detail != nil && !strings.HasPrefix(l, "HINT: "):
			detail = append(detail, l)
		default:
			flush()
			out = append(out, l)
		}
	}
	flush()
	return out
}

func run(c *catalog.Catalog, s *catalog.Session, sql string) (*catalog.Catalog, []catalog.Notice, error) {
	stmts, err := pgsql.Parse(sql)
	if err != nil {
		return c, nil, err
	}
	var notices []catalog.Notice
	for _, st := range stmts {
		var ns []catalog.Notice
		c, ns, err = ddl.Apply(c, s, st, sql)
		notices = append(notices, ns...)
		if err != nil {
			return c, notices, err
		}
	}
	return c, notices, nil
}

func session() *catalog.Session {
	return &catalog.Session{Role: "postgres", SearchPath: []string{"public"}, Builtin: func(n string) bool {
		return slices.Contains([]string{"lower", "length", "char_length", "count"}, n)
	}}
}

func TestAnswersLikePostgres(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			list, dump := readGolden(t, path)
			c := catalog.New()
			s := session()
			for _, x := range list {
				next, notices, err := run(c, s, x.sql)
				c = next
				if got := answer(notices, err); !x.differs && !slices.Equal(got, ordered(x.want)) {
					t.Errorf("%s\n got %s\nwant %s", x.sql, strings.Join(got, "\n     "), strings.Join(x.want, "\n     "))
				}
			}
			sameDump(t, dumpOf(c), dump)
		})
	}
}

func sameDump(t *testing.T, got []string, want string) {
	t.Helper()
	lines := strings.Split(strings.TrimRight(want, "\n"), "\n")
	for _, l := range lines {
		if !slices.Contains(got, l) && l != "" && !strings.HasPrefix(l, "! ") {
			t.Errorf("missing: %s", l)
		}
	}
	for _, l := range got {
		if !slices.Contains(lines, l) {
			t.Errorf("too much: %s", l)
		}
	}
}

func dumpOf(c *catalog.Catalog) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, t := range c.AllTables() {
		name := t.Schema + "." + t.Name
		if t.Kind != catalog.Base {
			add("view %s %s", name, strings.Join(t.ColumnNames(), ","))
		}
		dumpTable(t, name, add)
		for _, ix := range t.Indexes {
			add("index %s.%s", t.Schema, ix.Name)
		}
	}
	for _, sn := range slices.Sorted(maps.Keys(c.Schemas)) {
		s := c.Schemas[sn]
		for _, q := range s.Sequences {
			add("sequence %s.%s %d %d %d %d", sn, q.Name, q.Start, q.Increment, q.Min, q.Max)
		}
		for n, u := range s.Types {
			kind := map[value.Kind]string{value.Enum: "e", value.Domain: "d", value.Record: "c"}[u.Type.Kind]
			add("type %s.%s %s %s", sn, n, kind, strings.Join(u.Type.Labels, ","))
		}
	}
	for _, f := range c.AllFunctions() {
		add("function %s.%s %s", f.Schema, f.Name, arguments(f))
	}
	return out
}

func dumpTable(t *catalog.Table, name string, add func(string, ...any)) {
	for _, col := range t.Columns {
		if t.Kind != catalog.Base {
			continue
		}
		suffix := ""
		if col.NotNull {
			suffix = " not null"
		}
		if col.Identity != "" {
			suffix += " " + col.Identity
		}
		add("column %s.%s %s%s", name, col.Name, col.Type, suffix)
	}
	for _, k := range t.Keys {
		kind := "u"
		if k.Primary {
			kind = "p"
		}
		add("constraint %s %s %s %s", name, k.Name, kind, strings.Join(k.Cols, ","))
		add("index %s.%s", t.Schema, k.Name)
	}
	for _, f := range t.Foreign {
		add("constraint %s %s f %s %s.%s %s", name, f.Name, strings.Join(f.Cols, ","), f.RefSchema, f.RefTable, strings.Join(f.RefCols, ","))
	}
	for _, k := range t.Checks {
		add("constraint %s %s c ", name, k.Name)
	}
	for _, p := range t.Policies {
		add("policy %s %s", name, p.Name)
	}
	for _, tr := range t.Triggers {
		add("trigger %s %s", name, tr.Name)
	}
}

func arguments(f *catalog.Function) string {
	var parts []string
	for _, a := range f.Args {
		if a.Mode == "table" {
			continue
		}
		p := strings.ToUpper(a.Mode) + " "
		if a.Mode == "in" && !f.Procedure {
			p = ""
		}
		if a.Name != "" {
			p += a.Name + " "
		}
		parts = append(parts, p+a.Type.String())
	}
	return strings.Join(parts, ", ")
}
