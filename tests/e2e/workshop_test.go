package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// shop makes a project of one rich migration.
func shop(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile("../../internal/schema/script/testdata/shop.sql")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "supabase/migrations/20260101000000_shop.sql"), string(text))
	return dir
}

// done runs a command that must succeed and returns what it printed.
func done(t *testing.T, args ...string) string {
	t.Helper()
	code, out, log := command(t, nil, args...)
	if code != 0 {
		t.Fatalf("plinth %s: exit code %d: %s%s", strings.Join(args, " "), code, out, log)
	}
	return out
}

// TestGeneratedTypes: the TypeScript compiler takes the types as supabase-js' generic,
// Go's takes the structs, and a parser of each other language its file.
func TestGeneratedTypes(t *testing.T) {
	t.Parallel()
	project, dir := shop(t), t.TempDir()
	for lang, file := range map[string]string{"typescript": "types.ts", "dart": "types.dart", "swift": "types.swift", "kotlin": "types.kt", "go": "dbtypes/types.go"} {
		write(t, filepath.Join(dir, file), done(t, "gen", "types", "--project", project, "--lang", lang, "--schema", "public,app"))
	}
	use, err := os.ReadFile("../types/use.ts")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "use.ts"), string(use))
	out, err := exec.Command("node", "../types/check.mjs", dir).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("the generated types: %v\n%s", err, out)
	}
	write(t, filepath.Join(dir, "go.mod"), "module example\n\ngo 1.26\n")
	vet := exec.Command("go", "vet", "./...")
	vet.Dir = dir
	if out, err := vet.CombinedOutput(); err != nil {
		t.Errorf("the generated Go: %v\n%s", err, out)
	}
}

// TestWorkshop: a new project, a migration, a change made by hand, and one migration
// of all, whose result is proved to be the same.
func TestWorkshop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(args ...string) []string { return append(args, "--project", dir) }
	done(t, at("init", "--ci", "github")...)
	if _, err := os.Stat(filepath.Join(dir, ".github/workflows/plinth.yml")); err != nil {
		t.Error(err)
	}
	if out := done(t, at("init")...); !strings.Contains(out, "kept") || strings.Contains(out, "made") {
		t.Errorf("init once more says %q, want every file kept", out)
	}
	path := strings.TrimSpace(done(t, at("migrate", "new", "Tags of todos")...))
	if ok, _ := regexp.MatchString(`/supabase/migrations/\d{14}_tags_of_todos\.sql$`, filepath.ToSlash(path)); !ok {
		t.Fatalf("migrate new made %q", path)
	}
	write(t, path, "alter table public.todos add column tags text[] not null default '{}';\ninsert into auth.users (id, email) values ('00000000-0000-0000-0000-000000000001', 'a@b.c');\n")
	if out := done(t, at("migrate", "up")...); strings.Count(out, "applied ") != 2 {
		t.Errorf("migrate up says %q, want two applied", out)
	}
	late := strings.Replace(path, "tags_of_todos", "late", 1)
	late = strings.Replace(late, "/20", "/90", 1)
	write(t, late, "alter table public.todos drop column done;\n")
	if out := done(t, at("migrate", "check")...); !has(out, "contract: ", "drops the column public.todos.done", "all migrations apply") {
		t.Errorf("migrate check says %q", out)
	}
	if code, _, _ := command(t, nil, at("migrate", "check", "--fail-on-contract")...); code != 1 {
		t.Errorf("migrate check --fail-on-contract: exit code %d, want 1", code)
	}
	if err := os.Remove(late); err != nil {
		t.Fatal(err)
	}
	if out := done(t, at("db", "diff")...); out != "" {
		t.Errorf("db diff of a migrated database: %q, want nothing", out)
	}
	before := done(t, at("db", "dump")...)
	done(t, at("migrate", "squash")...)
	files, err := filepath.Glob(filepath.Join(dir, "supabase/migrations/*.sql"))
	if err != nil || len(files) != 1 || !strings.HasSuffix(files[0], "_squashed.sql") {
		t.Fatalf("after squash there are %v, %v", files, err)
	}
	if out := done(t, at("migrate", "up")...); !strings.Contains(out, "has all migrations") {
		t.Errorf("migrate up after squash says %q, want nothing to do", out)
	}
	done(t, at("db", "reset")...)
	if after := done(t, at("db", "dump")...); after != before {
		t.Errorf("after squash and reset the schema is\n%s\nwant\n%s", after, before)
	}
	write(t, filepath.Join(dir, "supabase/seed.sql"), "update public.todos set done = true;\n")
	if out := done(t, at("db", "seed")...); !strings.Contains(out, "seeded from") {
		t.Errorf("db seed says %q", out)
	}
}

// TestTestCommand: the project's SQL tests run, a failure is shown with what was had and
// wanted, and the exit code tells.
func TestTestCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	done(t, "init", "--project", dir)
	for i, word := range []string{"first", "second", "third"} {
		write(t, filepath.Join(dir, "supabase/tests", word+".sql"), "select plan(2);\nselect has_table('todos');\nset local role anon;\nselect is_empty('select * from todos', 'file "+strconv.Itoa(i)+"');\nselect * from finish();\n")
	}
	if out := done(t, "test", "--project", dir); !has(out, "11 tests in 4 files, 0 failed") {
		t.Errorf("test says %q", out)
	}
	write(t, filepath.Join(dir, "supabase/tests/fourth.sql"), "select plan(1);\nselect is(1 + 1, 3, 'sums');\n")
	code, out, _ := command(t, nil, "test", "--project", dir)
	if code != 1 || !has(out, "not ok", "fourth.sql:2", "have: 2", "want: 3", "12 tests in 5 files, 1 failed") {
		t.Errorf("a failing test: exit code %d and %q", code, out)
	}
}

// TestSQLCommand: statements of the command line and of standard input, as somebody;
// beside a running server it reads alone.
func TestSQLCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	done(t, "init", "--project", dir)
	done(t, "migrate", "up", "--project", dir)
	at := func(args ...string) []string { return append([]string{"sql", "--project", dir}, args...) }
	done(t, at("-c", "insert into auth.users (id) values ('00000000-0000-0000-0000-00000000000a'); insert into todos (owner, title) values ('00000000-0000-0000-0000-00000000000a', 'mine')")...)
	const query = "select title from todos"
	if out := done(t, at("--format", "json", "-c", query)...); out != `[{"title":"mine"}]`+"\n" {
		t.Errorf("as the owner: %q", out)
	}
	if out := done(t, at("--as", "anon", "--format", "csv", "-c", query)...); out != "title\n" {
		t.Errorf("as anon: %q", out)
	}
	if out := done(t, at("--as", "authenticated", "--claims", `{"sub":"00000000-0000-0000-0000-00000000000a"}`, "--format", "csv", "-c", query)...); out != "title\nmine\n" {
		t.Errorf("as the one who owns it: %q", out)
	}
	p := dev(t, dir, filepath.Join(dir, ".plinth"))
	code, out, log := command(t, nil, at("-c", query)...)
	if code != 0 || !has(out, "mine", "(1 row)") || !has(log, "reading alone") {
		t.Errorf("beside a server: exit code %d, %q, %q", code, out, log)
	}
	if code := get(t, p.url+"/rest/v1/todos?title=eq.mine&done=is.false", localSecret, nil); code != 200 {
		t.Errorf("status %d", code)
	}
	if _, ok := p.log.wait(func(line string) bool { return strings.Contains(line, `"filter":"public.todos(title)"`) }); !ok {
		t.Error("the access log does not name the column of a filter")
	}
	if code, _, log := command(t, nil, at("-c", "delete from todos")...); code != 1 || !has(log, "read-only") {
		t.Errorf("a write beside a server: exit code %d, %q", code, log)
	}
	p.stop(t)
}
