package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/bench/proc"
	"github.com/plinth-dev/plinth/bench/target"
)

// config says what to measure.
type config struct {
	target.Setup
	toml     string
	mix      string
	rounds   int
	turns    int           // of peak and overload in a round
	peak     time.Duration // that is counted of a window at the peak
	over     time.Duration // and of one under overload
	clients  int           // of the closed loop; 0: as many as get most
	phones   int           // of the open loop
	times    float64       // of the peak that is offered
	patience time.Duration
	echo     string // serve as the least server at this address, and do nothing else
}

// What is not counted of a window.
const (
	settlePeak = 500 * time.Millisecond
	settleOver = time.Second
)

func main() {
	cfg := config{Setup: target.Asks(target.Sizes{List: 2000, Count: 20_000})}
	cfg.Flags()
	flag.StringVar(&cfg.toml, "toml", "", "more of the project's configuration")
	flag.StringVar(&cfg.mix, "mix", "chat", "what is asked for: chat or light")
	flag.IntVar(&cfg.rounds, "rounds", 5, "rounds")
	flag.IntVar(&cfg.turns, "turns", 3, "windows under overload in a round, each between two at the peak")
	flag.DurationVar(&cfg.peak, "peak", 2*time.Second, "time that is counted of a window at the peak")
	flag.DurationVar(&cfg.over, "over", 3*time.Second, "time that is counted of a window under overload")
	flag.IntVar(&cfg.clients, "clients", 0, "clients of the closed loop that finds the peak; 0: of some numbers the one that gets most")
	flag.IntVar(&cfg.phones, "phones", 1000, "phones of the open loop")
	flag.Float64Var(&cfg.times, "times", 3, "how many times the peak is offered")
	flag.DurationVar(&cfg.patience, "patience", 2*time.Second, "how long a person waits: an answer that comes later is none")
	flag.StringVar(&cfg.echo, "echo", "", "serve at this address what reads and answers and does nothing else: the benchmark starts that by itself")
	target.Main("overload", func(ctx context.Context) error {
		if cfg.echo != "" {
			return echo(ctx, cfg.echo)
		}
		return measure(ctx, cfg)
	})
}

func measure(ctx context.Context, cfg config) error {
	mix, ok := mixes[cfg.mix]
	if !ok {
		return fmt.Errorf("-mix %s: it must be chat or light", cfg.mix)
	}
	away, err := cfg.Make("overload")
	if err != nil {
		return err
	}
	defer away()
	b := &bench{config: cfg, ctx: ctx}
	defer b.stop()
	if err := b.start(); err != nil {
		return err
	}
	b.crowd = &crowd{addr: b.server.Addr, r: b.server, patience: cfg.patience, phones: make([]*phone, cfg.phones)}
	defer b.crowd.hangUp()
	if err := b.crowd.signIn(64); err != nil {
		return err
	}
	load, _ := os.ReadFile("/proc/loadavg") // of Linux; without it the line stays empty
	fmt.Printf("mix: %s; %d rounds of %d windows under overload, each between two at the peak; load of the machine at the start: %s", cfg.mix, cfg.rounds, cfg.turns, load)
	if err := b.learn(mix); err != nil {
		return err
	}
	b.say()
	b.crowd.places = deal(mix)
	for n := range cfg.rounds {
		if err := b.round(n + 1); err != nil {
			return err
		}
	}
	b.print()
	return ctx.Err()
}

// bench is one run.
type bench struct {
	config
	ctx    context.Context // of the whole program
	server *target.Running
	least  *proc.Process
	crowd  *crowd
	costs  [parts]time.Duration // of the server's processors, of one answer of each part of the mix
	report
}

// start runs the servers on the first half of the cores, and leaves this process the other.
// Each has as many of Go's processors as cores, whatever the caller's own environment says.
func (b *bench) start() error {
	n := runtime.NumCPU()
	if n < 2 {
		return errors.New("two cores are needed, one for the server and one for its clients")
	}
	if err := errors.Join(os.Unsetenv("GOMAXPROCS"), pin(fmt.Sprintf("0-%d", n/2-1))); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if b.server, err = target.On(b.Postgres, b.toml).Start(b.ctx, b.Home); err != nil {
		return err
	}
	b.least, err = proc.Start(b.ctx, proc.Command{Path: self, Args: []string{"-echo", "127.0.0.1:{port}"}, Health: "/", Also: 503})
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(n - n/2)
	return pin(fmt.Sprintf("%d-%d", n/2, n-1))
}

func (b *bench) stop() {
	if b.server != nil {
		b.server.Stop()
	}
	if b.least != nil {
		b.least.Stop()
	}
}

// pin ties this process, and those that it starts, to cores.
func pin(cores string) error {
	out, err := exec.Command("taskset", "--all-tasks", "--cpu-list", "--pid", cores, strconv.Itoa(os.Getpid())).CombinedOutput()
	if err != nil {
		return fmt.Errorf("taskset of util-linux: %w: %s", err, out)
	}
	return nil
}
