// Command plinth serves a mobile backend from a project folder.
//
//	plinth dev              serve the folder for development, with the well-known local keys
//	plinth serve            serve it for others; keys come from the environment
//	plinth migrate …        write, check and run migrations
//	plinth db …             compare, dump, reset and seed the database
//	plinth test             run SQL tests
//	plinth sql              type SQL
//	plinth gen types        write types for clients
//	plinth advise           say what the schema should do better
//	plinth move             carry the project to Postgres, or back
//	plinth backup …         keep the database elsewhere, and look at what is kept
//	plinth restore          make a database of it, as it was at a time
//	plinth config           check and show the configuration
//	plinth vault            rotate the keys of the vault
//	plinth keys             make keys for serve
//	plinth version
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go spare(ctx)
	code := run(ctx, environment{args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, reload: reloads(), hash: hashCommand()})
	stop()
	os.Exit(code)
}

// hashCommand is this program's own, where the system says what it is.
func hashCommand() []string {
	path, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{path, "hash-passwords"}
}
