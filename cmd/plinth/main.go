// Command plinth serves a mobile backend from a project folder.
//
//	plinth dev              serve the folder for development, with the well-known local keys
//	plinth serve            serve it for others; keys come from the environment
//	plinth migrate status   which migrations the database has
//	plinth migrate check    run all migrations on a throw-away database
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
	code := run(ctx, environment{args: os.Args[1:], stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, reload: reloads()})
	stop()
	os.Exit(code)
}
