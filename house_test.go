package plinth_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/plinth-dev/plinth"

// drawing is the block of ARCHITECTURE.md that this test reads.
type drawing struct {
	floor map[string]int
	sees  map[string][]string
}

func readDrawing(t *testing.T) drawing {
	t.Helper()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```floors\n")
	block, _, ok2 := strings.Cut(rest, "```")
	if !ok || !ok2 {
		t.Fatal("ARCHITECTURE.md has no ```floors block")
	}
	d := drawing{floor: map[string]int{}, sees: map[string][]string{}}
	for line := range strings.Lines(block) {
		f := strings.Fields(line)
		switch {
		case len(f) > 2 && f[1] == "sees":
			d.sees[f[0]] = f[2:]
		case len(f) > 2 && regexp.MustCompile(`^F\d$`).MatchString(f[0]):
			for _, room := range f[2:] {
				d.floor[room] = int(f[0][1] - '0')
			}
		default:
			t.Fatalf("ARCHITECTURE.md: cannot read %q", line)
		}
	}
	return d
}

// room is the name in the drawing of an import path of this module.
func (d drawing) room(path string) string {
	rel := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	switch {
	case rel == "":
		return "plinth"
	case strings.HasPrefix(rel, "internal/"):
		name, _, _ := strings.Cut(strings.TrimPrefix(rel, "internal/"), "/")
		return name
	}
	return rel
}

type source struct {
	path string // of the file
	pkg  string // import path
	file *ast.File
	text []byte
	fset *token.FileSet
}

func sources(t *testing.T, tests bool) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := e.Name()
		if e.IsDir() && path != "." && (name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") || nested(path)) {
			return filepath.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") && !tests {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		pkg := module
		if dir := filepath.ToSlash(filepath.Dir(path)); dir != "." {
			pkg += "/" + dir
		}
		out = append(out, source{path: path, pkg: pkg, file: file, text: text, fset: fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func nested(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func TestImportsFollowTheDrawing(t *testing.T) {
	t.Parallel()
	d := readDrawing(t)
	for _, s := range sources(t, false) {
		from := d.room(s.pkg)
		if strings.HasPrefix(from, "bench") || strings.HasPrefix(from, "tests") || strings.HasPrefix(from, "tools") || strings.HasPrefix(from, "scripts") {
			continue
		}
		floor, known := d.floor[from]
		if !known {
			t.Errorf("%s: package %s is not in ARCHITECTURE.md's drawing", s.path, from)
			continue
		}
		for _, imp := range s.file.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			if path != module && !strings.HasPrefix(path, module+"/") {
				checkForeign(t, s, floor, path)
				continue
			}
			if why := d.refuses(s.pkg, from, floor, path); why != "" {
				t.Errorf("%s imports %s: %s", s.path, path, why)
			}
		}
	}
}

func (d drawing) refuses(pkg, from string, floor int, path string) string {
	to := d.room(path)
	if to == from {
		return ""
	}
	if from == "cmd/plinth" && to != "plinth" {
		return "the command sees package plinth alone"
	}
	if (strings.HasPrefix(path, module+"/internal/db/sqlite") || strings.HasPrefix(path, module+"/internal/db/postgres")) && from != "server" {
		return "the roof alone imports drivers"
	}
	target, known := d.floor[to]
	if !known {
		return "it is not in the drawing"
	}
	if target < floor {
		return ""
	}
	for _, s := range d.sees[from] {
		if s == to {
			return ""
		}
	}
	return "imports go down only, and the drawing has no such sees line"
}

// checkForeign keeps the language floor pure.
func checkForeign(t *testing.T, s source, floor int, path string) {
	if floor != 1 {
		return
	}
	switch path {
	case "os", "net", "net/http", "database/sql", "log", "log/slog", "os/exec", "io/ioutil":
		t.Errorf("%s imports %s: the language floor does no I/O", s.path, path)
	}
}

var waiver = regexp.MustCompile(`(?m)^\s*//\s?budget: \S+`)

func TestBudgets(t *testing.T) {
	t.Parallel()
	lines := map[string]int{}
	for _, s := range sources(t, false) {
		if ast.IsGenerated(s.file) {
			continue
		}
		if filepath.Base(s.path) == "doc.go" && waiver.Match(s.text) {
			lines[s.pkg] -= 1000 // a package's waiver is in its doc.go, and buys no more than this
		}
		n := bytes.Count(s.text, []byte("\n"))
		lines[s.pkg] += n
		head, _, _ := bytes.Cut(s.text, []byte("\nfunc "))
		if n > 500 && !waiver.Match(head) {
			t.Errorf("%s has %d lines; at most 500", s.path, n)
		}
		for _, decl := range s.file.Decls {
			checkDecl(t, s, decl)
		}
	}
	for pkg, n := range lines {
		if n > 5000 {
			t.Errorf("package %s has %d lines; at most 5,000", pkg, n)
		}
	}
}

func waived(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, c := range doc.List {
		if waiver.MatchString(c.Text) {
			return true
		}
	}
	return false
}

func checkDecl(t *testing.T, s source, decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if waived(d.Doc) {
			return
		}
		if n := s.fset.Position(d.End()).Line - s.fset.Position(d.Pos()).Line + 1; n > 60 {
			t.Errorf("%s: %s has %d lines; at most 60", s.path, d.Name.Name, n)
		}
		if n := params(d.Type); n > 4 {
			t.Errorf("%s: %s has %d parameters; at most 4 after ctx", s.path, d.Name.Name, n)
		}
		if d.Name.Name == "init" && d.Recv == nil {
			t.Errorf("%s: no init()", s.path)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			ts, ok := spec.(*ast.TypeSpec)
			if !ok || waived(d.Doc) || waived(ts.Doc) {
				continue
			}
			checkType(t, s, ts)
		}
	}
}

func checkType(t *testing.T, s source, ts *ast.TypeSpec) {
	switch x := ts.Type.(type) {
	case *ast.StructType:
		if n := x.Fields.NumFields(); n > 20 {
			t.Errorf("%s: struct %s has %d fields; at most 20", s.path, ts.Name.Name, n)
		}
	case *ast.InterfaceType:
		limit := 7
		if ts.Name.Name == "Driver" {
			limit = 12
		}
		if n := x.Methods.NumFields(); n > limit {
			t.Errorf("%s: interface %s has %d methods; at most %d", s.path, ts.Name.Name, n, limit)
		}
	}
}

// params counts parameters but for a leading context.
func params(f *ast.FuncType) int {
	n := 0
	for i, field := range f.Params.List {
		if sel, ok := field.Type.(*ast.SelectorExpr); ok && i == 0 && sel.Sel.Name == "Context" {
			continue
		}
		n += max(1, len(field.Names))
	}
	return n
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	t.Parallel()
	doc := map[string]bool{}
	for _, s := range sources(t, false) {
		doc[s.pkg] = doc[s.pkg] || s.file.Doc != nil && len(s.file.Doc.Text()) > 80
	}
	var bare []string
	for pkg, ok := range doc {
		if !ok {
			bare = append(bare, pkg)
		}
	}
	sort.Strings(bare)
	for _, pkg := range bare {
		t.Errorf("package %s has no doc comment that says what it is", pkg)
	}
}

func TestTestsNeitherSkipNorSleep(t *testing.T) {
	t.Parallel()
	bad := regexp.MustCompile(`\bt\.Skip|\bb\.Skip|time\.Sleep\(`)
	for _, s := range sources(t, true) {
		if !strings.HasSuffix(s.path, "_test.go") || s.path == "house_test.go" {
			continue
		}
		for i, line := range strings.Split(string(s.text), "\n") {
			if bad.MatchString(line) {
				t.Errorf("%s:%d: %s", s.path, i+1, strings.TrimSpace(line))
			}
		}
	}
}
