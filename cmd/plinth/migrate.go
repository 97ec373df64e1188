package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/plinth-dev/plinth"
)

func migrate(ctx context.Context, env environment, args []string) int {
	if len(args) == 0 {
		return failed(env, usageError(nil, []string{"migrate needs new, up, status, check or squash"}))
	}
	if args[0] == "check" {
		return migrateCheck(ctx, env, args[1:])
	}
	f, rest, err := parse(env, "migrate", args[1:])
	if err == nil && len(rest) > 0 && args[0] == "new" { // flags may stand behind the name
		f, _, err = parse(env, "migrate", rest[1:])
		rest = rest[:1]
	}
	if err != nil || len(rest) > 0 && args[0] != "new" {
		return failed(env, usageError(err, rest))
	}
	switch args[0] {
	case "new":
		return newMigration(env, f, rest)
	case "up":
		return said(env)(plinth.Up(ctx, f.Config))
	case "status":
		return migrateStatus(ctx, env, f)
	case "squash":
		return squash(ctx, env, f)
	}
	return failed(env, usageError(nil, args[:1]))
}

// said prints what was done, and what went wrong.
func said(env environment) func(lines []string, err error) int {
	return func(lines []string, err error) int {
		for _, l := range lines {
			fmt.Fprintln(env.stdout, l)
		}
		if err != nil {
			return failed(env, err)
		}
		return 0
	}
}

func migrateStatus(ctx context.Context, env environment, f flags) int {
	list, err := plinth.Status(ctx, f.Config)
	if err != nil {
		return failed(env, err)
	}
	for _, m := range list {
		state := "pending"
		if m.Applied {
			state = "applied"
		}
		fmt.Fprintf(env.stdout, "%-8s %s %s\n", state, m.Version, m.Name)
	}
	return 0
}

var notName = regexp.MustCompile(`[^a-z0-9]+`)

// newMigration makes an empty file whose version is the time.
func newMigration(env environment, f flags, rest []string) int {
	name := ""
	if len(rest) == 1 {
		name = strings.Trim(notName.ReplaceAllString(strings.ToLower(rest[0]), "_"), "_")
	}
	if name == "" {
		return failed(env, errUsage{"migrate new needs a name: plinth migrate new add_todos"})
	}
	path, err := writeMigration(f, time.Now().UTC().Format("20060102150405"), name, "")
	if err != nil {
		return failed(env, err)
	}
	fmt.Fprintln(env.stdout, path)
	return 0
}

// writeMigration makes a new file in the project's migrations.
func writeMigration(f flags, version, name, text string) (string, error) {
	dir, err := plinth.Folder(f.Config)
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "migrations")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, version+"_"+name+".sql")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", err
	}
	if _, err := file.WriteString(text); err != nil {
		file.Close()
		return "", err
	}
	return path, file.Close()
}

// squash writes one migration of the last one's version and removes the others: a
// database that has them all has it too.
func squash(ctx context.Context, env environment, f flags) int {
	text, err := plinth.Squash(ctx, f.Config)
	if err != nil {
		return failed(env, err)
	}
	list, err := plinth.MigrationFiles(f.Config)
	if err != nil {
		return failed(env, err)
	}
	// The new file is whole before the first old one goes.
	last := list[len(list)-1]
	version, _, _ := strings.Cut(filepath.Base(last), "_")
	fresh, err := writeMigration(f, version, "squashed.sql.new", text)
	if err != nil {
		return failed(env, err)
	}
	for _, path := range list {
		if err := os.Remove(path); err != nil {
			return failed(env, err)
		}
	}
	path := strings.TrimSuffix(fresh, ".new.sql")
	if err := os.Rename(fresh, path); err != nil {
		return failed(env, err)
	}
	fmt.Fprintf(env.stdout, "%d migrations are now %s\n", len(list), path)
	return 0
}
