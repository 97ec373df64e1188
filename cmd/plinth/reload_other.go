//go:build !unix

package main

import "os"

// reloads returns nothing where there is no SIGUSR1; notify pgrst works everywhere.
func reloads() <-chan os.Signal { return nil }
