package target

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// Setup is what a benchmark of the built program alone asks for.
type Setup struct {
	Home     Home
	Postgres bool
}

// Asks is a Setup with so many rows.
func Asks(rows Sizes) Setup { return Setup{Home: Home{Sizes: rows}} }

// Flags adds the flags of a Setup to those of the command.
func (s *Setup) Flags() {
	flag.StringVar(&s.Home.Binary, "bin", "bin/plinth", "the server to measure")
	flag.StringVar(&s.Home.Chat, "chat", "examples/chat/supabase", "its project")
	flag.BoolVar(&s.Postgres, "postgres", false, "on Postgres, not on SQLite")
}

// Make makes the home of a benchmark of a name; away removes it.
func (s *Setup) Make(name string) (away func(), err error) {
	for _, p := range []*string{&s.Home.Binary, &s.Home.Chat} {
		if *p, err = filepath.Abs(*p); err != nil {
			return nil, err
		}
	}
	s.Home.Dir, err = os.MkdirTemp("", "plinth-bench-"+name+"-")
	return func() { _ = os.RemoveAll(s.Home.Dir) }, err // what is left lies among the temporary files
}

// Main parses the flags and runs a benchmark, until it is interrupted.
func Main(name string, run func(context.Context) error) {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "bench/%s: %v\n", name, err)
		stop()
		os.Exit(1)
	}
}
