//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// reloads returns where a wish for a new look at the schema arrives: SIGUSR1, as for
// PostgREST.
func reloads() <-chan os.Signal {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGUSR1)
	return ch
}
