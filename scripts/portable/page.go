package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/builtin/absent"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/system"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/value"
)

const head = `# Portable SQL

Written by ` + "`go run ./scripts/portable`" + ` out of the engine's own tables; don't edit. What stands here as refused is refused when a migration runs, with file, line and column; on Postgres all of it runs. ` + "`plinth migrate check`" + ` says the same of a project, statement by statement. [sql.md](sql.md) is the page to read first.

`

func write(b *bytes.Buffer, chapters []*chapter) {
	b.WriteString(head)
	b.WriteString("## Constructs\n")
	for _, ch := range chapters {
		fmt.Fprintf(b, "\n### %s\n\n| construct | on SQLite |\n|---|---|\n", ch.name)
		for _, c := range ch.list {
			fmt.Fprintf(b, "| %s | %s |\n", cell(c.name), state(c))
		}
	}
	types(b)
	for _, k := range []struct{ kind, title string }{
		{"function", "Functions"}, {"set", "Functions that return rows"}, {"aggregate", "Aggregates"},
		{"window", "Window functions"}, {"operator", "Operators"},
	} {
		entries(b, k.kind, k.title)
	}
	b.WriteString("\n## Functions that are refused\n\nIn views, policies, SQL functions and the bodies of PL/pgSQL functions alike, when the migration runs.\n\n| functions | way out |\n|---|---|\n")
	missing(b, absent.Functions(), ", ")
	b.WriteString("\n## Operators that are refused\n\n| operators | way out |\n|---|---|\n")
	missing(b, absent.Operators(), "; ")
	fmt.Fprintf(b, "\n## Trigger functions\n\nThat need not be written: `%s`.\n", strings.Join(exec.Natives(), "`, `"))
	b.WriteString("\n## The catalogue\n\n| relation | columns |\n|---|---|\n")
	for _, r := range system.All() {
		var cols []string
		for _, c := range r.Cols {
			cols = append(cols, c.Name)
		}
		fmt.Fprintf(b, "| %s.%s | %s |\n", r.Schema, r.Name, strings.Join(cols, ", "))
	}
	b.WriteString("\nRefused:\n\n| relations | way out |\n|---|---|\n")
	missing(b, absent.Relations(), ", ")
}

func missing(b *bytes.Buffer, list []absent.Family, sep string) {
	for _, m := range list {
		fmt.Fprintf(b, "| %s | %s |\n", cell(strings.Join(m.Names, sep)), m.WayOut)
	}
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func state(c *construct) string {
	v := c.worst
	switch v.State {
	case "ok":
		return "yes"
	case "note":
		return "taken, without effect: " + cell(v.Message)
	}
	out := "refused: " + cell(v.Message)
	if v.Hint != "" {
		out += ". " + cell(v.Hint)
	}
	return out
}

func types(b *bytes.Buffer) {
	b.WriteString("\n## Types\n\n| type | on SQLite |\n|---|---|\n")
	for _, name := range value.Names() {
		fmt.Fprintf(b, "| %s | yes |\n", name)
	}
	for _, t := range catalog.AbsentTypes() {
		fmt.Fprintf(b, "| %s | refused: %s |\n", strings.Join(t.Names, ", "), t.WayOut)
	}
	b.WriteString("\nArrays, enums, domains and composite types of these; `citext` and the others of extensions stand in the schema `extensions` too.\n")
}

func entries(b *bytes.Buffer, kind, title string) {
	fmt.Fprintf(b, "\n## %s\n", title)
	schema := ""
	for _, e := range builtin.Listing() {
		if e.Kind != kind {
			continue
		}
		if e.Schema != schema {
			schema = e.Schema
			fmt.Fprintf(b, "\nIn `%s`:\n\n| name | signatures |\n|---|---|\n", schema)
		}
		fmt.Fprintf(b, "| %s | %s |\n", cell(e.Name), cell(strings.Join(e.Signatures, ", ")))
	}
}
