package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocsExamples runs the JavaScript of the pages against the chat example, each
// page as one script, and the SQL of docs/sql.md as a migration.
func TestDocsExamples(t *testing.T) {
	t.Parallel()
	needNode(t)
	for _, page := range []string{"data-api", "auth", "realtime", "files"} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			p := dev(t, docsProject(t, page), t.TempDir())
			list := blocks(t, "../../docs/"+page+".md", "js")
			var js strings.Builder
			js.WriteString(docsPrologue)
			for i, b := range list {
				if b = strings.ReplaceAll(b, "http://127.0.0.1:54321", p.url); i > 0 && !strings.Contains(b, "const { data: room }") {
					b = "{\n" + b + "}\n" // blocks may use the same names
				}
				fmt.Fprintf(&js, "block(%d, %t)\n%s", i+1, strings.Contains(b, "error.code"), b)
			}
			js.WriteString(docsEpilogue)
			script := filepath.Join(scripts, "docs-"+page+".tmp.mjs")
			write(t, script, js.String())
			t.Cleanup(func() { os.Remove(script) })
			var got struct {
				Blocks int
				Faults []string
			}
			client(t, p, filepath.Base(script), nil, &got)
			if got.Blocks != len(list) || len(list) < 3 || len(got.Faults) > 0 {
				t.Errorf("%d of %d blocks ran, with the faults %q", got.Blocks, len(list), got.Faults)
			}
			p.stop(t)
		})
	}
	t.Run("sql", func(t *testing.T) {
		t.Parallel()
		project := t.TempDir()
		sql := strings.Join(blocks(t, "../../docs/sql.md", "sql"), "\n")
		write(t, filepath.Join(project, "supabase/migrations/1_page.sql"), sql)
		if code, out, log := command(t, nil, "migrate", "check", "--project", project); code != 0 {
			t.Errorf("exit code %d: %s%s", code, out, log)
		}
	})
}

// docsProject is the project that a page's examples run on: the chat, or, where the
// page has SQL of its own, one that is made of it.
func docsProject(t *testing.T, page string) string {
	t.Helper()
	sql := blocks(t, "../../docs/"+page+".md", "sql")
	if page != "files" {
		return root + "/examples/chat"
	}
	project := t.TempDir()
	write(t, filepath.Join(project, "supabase/migrations/1_page.sql"), strings.Join(sql, "\n"))
	return project
}

// An answer of 400 or more is a fault, but in a block about errors.
const docsPrologue = `import WebSocket from 'ws'
globalThis.WebSocket ??= WebSocket
const faults = []
let blocks = 0
let expected = false
function block(n, fails) { blocks = n; expected = fails }
console.log = () => {}
const plain = globalThis.fetch
globalThis.fetch = async (...args) => {
  const answer = await plain(...args)
  if (answer.status >= 400 && !expected) faults.push(blocks + ': ' + answer.status + ' ' + await answer.clone().text())
  return answer
}
`

const docsEpilogue = `
const late = Date.now() + 20_000
while (db.getChannels().some((c) => c.state !== 'joined')) {
  if (Date.now() > late) { faults.push('a channel did not join'); break }
  await new Promise((resolve) => setTimeout(resolve, 20))
}
process.stdout.write(JSON.stringify({ blocks, faults }), () => process.exit(0))
`

// TestRefusedSQL: what docs/sql.md says is refused is refused, with its place.
func TestRefusedSQL(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"partitioned tables":    "create table a (id int) partition by range (id);",
		"inheritance":           "create table a (id int);\ncreate table b () inherits (a);",
		"rules":                 "create table a (id int);\ncreate rule r as on insert to a do instead nothing;",
		"exclusion constraints": "create table a (id int, exclude using gist (id with =));",
		"range types":           "create table a (r int4range);",
		"money":                 "create table a (r money);",
		"xml":                   "create table a (r xml);",
		"merge":                 "create table a (id int);\nmerge into a using a b on a.id = b.id when matched then delete;",
		"copy":                  "create table a (id int);\ncopy a from stdin;",
		"transaction control":   "create function f() returns void language plpgsql as $$ begin commit; end $$;",
		"languages":             "create function f() returns int language plperl as $$ 1 $$;",
		"temporary tables":      "create temp table a (id int);",
		"calls of functions":    "create function f() returns jsonb language plpgsql as $$ begin return jsonb_path_query_first('[1]', '$[0]'); end $$;",
		"calls in sql":          "create function f() returns jsonb language sql as $$ select jsonb_path_query_first('[1]', '$[0]') $$;",
		"timers":                "select cron.schedule('a', '* * * * *', 'select 1');",
		"absent types":          "create extension postgis;\ncreate table a (g geography);",
		"absent functions":      "create extension postgis;\ncreate table a (g text check (st_isvalid(g)));",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			project := t.TempDir()
			write(t, filepath.Join(project, "supabase/migrations/1_a.sql"), sql)
			code, out, log := command(t, nil, "migrate", "check", "--project", project)
			if code != 1 || !has(log, "1_a.sql:") {
				t.Errorf("%s: exit code %d, %s%s; want 1 and a place", sql, code, out, log)
			}
		})
	}
}

// blocks returns the code blocks of a page in a language.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, part := range strings.Split(string(text), "```"+language+"\n")[1:] {
		body, _, _ := strings.Cut(part, "```")
		out = append(out, body)
	}
	return out
}
