package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeFiveMinutes does what the README tells a newcomer to do, with the
// README's own SQL and JavaScript.
func TestReadmeFiveMinutes(t *testing.T) {
	t.Parallel()
	needNode(t)
	text, err := os.ReadFile(root + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, ok := strings.Cut(string(text), "## Five minutes with your own app")
	if !ok {
		t.Fatal("README.md has no chapter about the first five minutes")
	}
	project := t.TempDir()
	write(t, filepath.Join(project, "supabase/migrations/20260101000000_todos.sql"), block(t, part, "sql"))
	p := dev(t, project, filepath.Join(project, ".plinth"))

	// The script lies where its import finds the client, and speaks to this server.
	js := strings.ReplaceAll(block(t, part, "js"), "http://127.0.0.1:54321", p.url)
	if !strings.Contains(js, p.url) || !strings.Contains(js, localPublishable) {
		t.Fatalf("README.md's script names another address or key:\n%s", js)
	}
	js = strings.Replace(js, "console.log)", "change)", 1)
	script, err := os.CreateTemp(scripts, "readme-*.tmp.mjs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(script.Name()) })
	if _, err := script.WriteString(readmePrologue + js + readmeEpilogue); err != nil {
		t.Fatal(err)
	}
	if err := script.Close(); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Data []struct {
			Title string
			Done  bool
		}
		Change struct {
			EventType string
			New       struct{ Title string }
		}
	}
	client(t, p, filepath.Base(script.Name()), nil, &got)
	if len(got.Data) != 1 || got.Data[0].Title != "Try Plinth" || got.Data[0].Done {
		t.Errorf("the list is %+v, want the todo", got.Data)
	}
	if got.Change.EventType != "INSERT" || got.Change.New.Title != "Try Plinth" {
		t.Errorf("the change is %+v, want the insert", got.Change)
	}
	p.stop(t)
}

// In Node 20 the WebSocket of browsers is missing. The README's script subscribes
// without waiting, as an app may; a second row comes once the socket listens.
const readmePrologue = `import WebSocket from 'ws'
globalThis.WebSocket ??= WebSocket
let change
const changed = new Promise((resolve) => { change = resolve })
`

const readmeEpilogue = `
while (db.getChannels()[0].state !== 'joined') await new Promise((resolve) => setTimeout(resolve, 20))
const again = setInterval(() => db.from('todos').insert({ title: 'Try Plinth' }).then(() => {}), 300)
const event = await changed
clearInterval(again)
console.log(JSON.stringify({ data, change: event }))
process.exit(0)
`

// block returns the first code block of the language, without its indentation.
func block(t *testing.T, text, language string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "```"+language+"\n")
	body, _, ok2 := strings.Cut(rest, "```")
	if !ok || !ok2 {
		t.Fatalf("README.md has no %s block", language)
	}
	var out strings.Builder
	for line := range strings.Lines(body) {
		out.WriteString(strings.TrimPrefix(line, "   "))
	}
	return out.String()
}
