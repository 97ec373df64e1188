package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/plinth-dev/plinth/bench/target"
)

// config says what to measure.
type config struct {
	home   target.Home
	out    string // folder of the table and the plots, "" prints the table alone
	only   string // workloads whose name holds one of these
	rivals string // targets whose name holds one of these
	// profiles is a folder for what the processors of our servers did, "" for none.
	profiles string
	rounds   int
	round    time.Duration // of one target and workload
	sockets  int           // that stay idle
}

func main() {
	cfg := config{home: target.Home{Sizes: target.Sizes{List: 2000}}}
	flag.StringVar(&cfg.home.Binary, "bin", "bin/plinth", "the server to measure")
	flag.StringVar(&cfg.home.Before, "before", "", "an earlier build, to compare with in the same run")
	flag.StringVar(&cfg.home.Chat, "chat", "examples/chat/supabase", "its project")
	flag.StringVar(&cfg.home.Rivals, "rivals-dir", "bench/rivals", "the rivals, with their packages installed")
	flag.StringVar(&cfg.out, "out", "", "folder for bench.md and bench/*.svg")
	flag.StringVar(&cfg.only, "only", "", "workloads whose name holds one of these, by commas")
	flag.StringVar(&cfg.rivals, "rivals", "", "servers whose name holds one of these, by commas; Plinth is always there")
	flag.IntVar(&cfg.home.Sizes.Count, "rows", 100_000, "messages of the room that is counted")
	flag.StringVar(&cfg.profiles, "profiles", "", "folder for CPU profiles of Plinth's turns; they take time of their own")
	flag.IntVar(&cfg.rounds, "rounds", 3, "rounds; in each all servers take their turn")
	flag.DurationVar(&cfg.round, "round", time.Second, "time of one server's turn")
	flag.IntVar(&cfg.sockets, "sockets", 10_000, "idle sockets")
	flag.Parse()
	cfg.home.Profile = cfg.profiles != ""
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, cfg); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// chosen reports whether a name holds one of the words; no words choose all.
func chosen(name, words string) bool {
	if words == "" {
		return true
	}
	for word := range strings.SplitSeq(words, ",") {
		if strings.Contains(name, strings.TrimSpace(word)) {
			return true
		}
	}
	return false
}
