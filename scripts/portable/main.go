// Command portable writes docs/portable-sql.md out of the engine's own tables: every
// construct of constructs.txt is tried on it, and the types, functions and operators
// are those that it has. -check fails where the page is not fresh.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/server/house"
)

//go:embed constructs.txt
var constructs string

const page = "docs/portable-sql.md"

func main() {
	check := flag.Bool("check", false, "fail where the page is not fresh")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(check bool) error {
	chapters, err := try(context.Background())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	write(&b, chapters)
	if !check {
		return os.WriteFile(page, b.Bytes(), 0o644)
	}
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	if !bytes.Equal(old, b.Bytes()) {
		return fmt.Errorf("%s is not fresh: run go run ./scripts/portable", page)
	}
	return nil
}

// construct is a line of constructs.txt with what became of its statements.
type construct struct {
	name, sql string
	worst     sqlite.Verdict
}

type chapter struct {
	name string
	list []*construct
}

// read takes constructs.txt apart: "= sql" comes before all else, "# chapter", and
// "name | sql".
func read() (first string, out []*chapter) {
	for line := range strings.Lines(constructs) {
		line = strings.TrimSpace(line)
		switch name, sql, ok := strings.Cut(line, " | "); {
		case strings.HasPrefix(line, "= "):
			first += line[2:] + "\n"
		case strings.HasPrefix(line, "# "):
			out = append(out, &chapter{name: line[2:]})
		case ok:
			c := out[len(out)-1]
			c.list = append(c.list, &construct{name: name, sql: sql})
		}
	}
	return first, out
}

// try runs every construct on an engine that is thrown away.
func try(ctx context.Context) ([]*chapter, error) {
	dir, err := os.MkdirTemp("", "plinth-portable-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	defer drv.Close()
	first, chapters := read()
	for _, sc := range append(house.Scripts(), db.Script{File: "first.sql", SQL: first}) {
		if _, err := drv.Script(ctx, sc); err != nil {
			return nil, err
		}
	}
	for _, ch := range chapters {
		for _, c := range ch.list {
			list, err := drv.Trial(ctx, db.Script{File: "construct.sql", SQL: c.sql})
			if err != nil {
				return nil, err
			}
			for _, v := range list {
				if c.worst.State == "" || v.State != "ok" && c.worst.State == "ok" {
					c.worst = v
				}
			}
			absent := c.worst.Code == "42883" || c.worst.Code == "42601" // a function or a syntax that is not there
			if c.worst.State == "failed" && !absent || c.worst.State == "follows" {
				return nil, fmt.Errorf("%s: %s %s: %s", c.name, c.worst.Statement, c.worst.Code, c.worst.Message)
			}
		}
	}
	return chapters, nil
}
