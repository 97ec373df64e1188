package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/proc"
	"github.com/plinth-dev/plinth/bench/target"
)

// config says what to measure.
type config struct {
	target.Setup
	toml     string
	mix      string
	rounds   int
	round    time.Duration // of each part of a round
	clients  int           // of the closed loop
	phones   int           // of the open loop
	times    float64       // of the peak that is offered
	patience time.Duration
}

func main() {
	cfg := config{Setup: target.Asks(target.Sizes{List: 2000, Count: 20_000})}
	cfg.Flags()
	flag.StringVar(&cfg.toml, "toml", "", "more of the project's configuration")
	flag.StringVar(&cfg.mix, "mix", "chat", "what is asked for: chat or light")
	flag.IntVar(&cfg.rounds, "rounds", 7, "rounds")
	flag.DurationVar(&cfg.round, "round", 5*time.Second, "time of each part of a round")
	flag.IntVar(&cfg.clients, "clients", 48, "clients of the closed loop that finds the peak")
	flag.IntVar(&cfg.phones, "phones", 1000, "phones of the open loop")
	flag.Float64Var(&cfg.times, "times", 3, "how many times the peak is offered")
	flag.DurationVar(&cfg.patience, "patience", 2*time.Second, "how long a person waits: an answer that comes later is none")
	target.Main("overload", func(ctx context.Context) error { return run(ctx, cfg) })
}

func run(ctx context.Context, cfg config) error {
	if len(mixes[cfg.mix]) == 0 {
		return fmt.Errorf("-mix %s: it must be chat or light", cfg.mix)
	}
	away, err := cfg.Make("overload")
	if err != nil {
		return err
	}
	defer away()
	r, err := start(ctx, cfg)
	if err != nil {
		return err
	}
	defer r.Stop()
	c := &crowd{r: r, places: deal(mixes[cfg.mix]), patience: cfg.patience}
	if err := c.signIn(64); err != nil {
		return err
	}
	load, _ := os.ReadFile("/proc/loadavg") // of Linux; without it the line stays empty
	fmt.Printf("mix: %s; %d rounds of %s; peak: %d clients in a closed loop; then %.1f times as much from %d phones; patience %s\nload of the machine at the start: %s",
		cfg.mix, cfg.rounds, cfg.round, cfg.clients, cfg.times, cfg.phones, cfg.patience, load)
	var all report
	for n := range cfg.rounds {
		if err := all.round(ctx, cfg, c, n+1); err != nil {
			return err
		}
	}
	all.print()
	return ctx.Err()
}

// start runs the server on the first half of the cores, and leaves this process the other.
func start(ctx context.Context, cfg config) (*target.Running, error) {
	n := runtime.NumCPU()
	if n < 2 {
		return nil, errors.New("two cores are needed, one for the server and one for its clients")
	}
	if err := pin(fmt.Sprintf("0-%d", n/2-1)); err != nil {
		return nil, err
	}
	r, err := target.On(cfg.Postgres, cfg.toml).Start(ctx, cfg.Home)
	if err != nil {
		return nil, err
	}
	if err := pin(fmt.Sprintf("%d-%d", n/2, n-1)); err != nil {
		r.Stop()
		return nil, err
	}
	return r, nil
}

// pin ties this process, and those that it starts, to cores.
func pin(cores string) error {
	out, err := exec.Command("taskset", "--all-tasks", "--cpu-list", "--pid", cores, strconv.Itoa(os.Getpid())).CombinedOutput()
	if err != nil {
		return fmt.Errorf("taskset of util-linux: %w: %s", err, out)
	}
	return nil
}

// report gathers the rounds.
type report struct {
	peak, over             tally
	goodput, perCPU, p99   []float64 // ratios of a round
	refusal                []float64 // what one cost, in CPU µs of the server
	mine                   []float64 // cores that this program used under overload: with all of one its times are its own
	healthPeak, healthOver drive.Hist
	alone                  drive.Hist
	unasked                int64 // health checks that were due while all before them waited
}

// part is one part of a round.
func (c config) part(ctx context.Context, who *crowd, phones int, rate float64) (t *tally, cpu time.Duration, health drive.Result) {
	from, _ := proc.CPU(who.r.PIDs()...) // a server that is gone answers nothing, which fails
	checks := make(chan drive.Result, 1)
	go func() {
		checks <- drive.Run(ctx, drive.Load{
			Addr: who.r.Addr, Conns: 4, For: c.round, Rate: 20,
			Request: func(int) drive.Request { return drive.Request{Method: "GET", Path: "/healthz"} },
			Check: func(_ int, a drive.Answer, _ bool) error {
				if a.Status != 200 {
					return fmt.Errorf("health: %d", a.Status)
				}
				return nil
			},
		})
	}()
	t = who.run(ctx, phones, rate, c.round)
	to, _ := proc.CPU(who.r.PIDs()...)
	health = <-checks
	return t, to - from, health
}

func (all *report) round(ctx context.Context, cfg config, c *crowd, n int) error {
	quiet, _, h0 := cfg.part(ctx, c, 1, 20) // nothing else is going on
	peak, cpuPeak, h1 := cfg.part(ctx, c, cfg.clients, 0)
	before, _ := proc.CPU(os.Getpid()) // this process is there
	over, cpuOver, h2 := cfg.part(ctx, c, cfg.phones, cfg.times*peak.goodput())
	after, _ := proc.CPU(os.Getpid())
	all.mine = append(all.mine, (after-before-cpuOver).Seconds()/over.took.Seconds()) // the server is its child
	for _, h := range []drive.Result{h0, h1, h2} {
		if h.Failed > 0 {
			return fmt.Errorf("%d health checks failed: %w", h.Failed, h.Err)
		}
		all.unasked += h.Unsent
	}
	for _, t := range []*tally{quiet, peak, over} {
		if t.failed > 0 {
			return fmt.Errorf("%d requests failed: %w", t.failed, t.err)
		}
	}
	ratio := over.goodput() / peak.goodput()
	perCPU := float64(sum(over.good)) / cpuOver.Seconds() / (float64(sum(peak.good)) / cpuPeak.Seconds())
	// Whoever was late was worked for, too.
	left := cpuOver.Seconds() - float64(sum(over.good)+sum(over.late)-over.unsent)*cpuPeak.Seconds()/float64(sum(peak.good))
	if n := sum(over.refused); n > 0 {
		all.refusal = append(all.refusal, 1e6*left/float64(n))
	}
	all.goodput, all.perCPU = append(all.goodput, ratio), append(all.perCPU, perCPU)
	all.p99 = append(all.p99, float64(over.times.Quantile(0.99))/float64(peak.times.Quantile(0.99)))
	all.alone.Merge(&quiet.times)
	all.peak.merge(peak)
	all.over.merge(over)
	all.healthPeak.Merge(&h1.Times)
	all.healthOver.Merge(&h2.Times)
	fmt.Printf("round %d: peak %.0f/s (%.2f CPU ms each, %.2f cores), %s; at %.1f times %.0f/s (%.2f cores), %s: goodput %.2f, per CPU second %.2f; refused %d, late %d (%d never sent) of %d\n",
		n, peak.goodput(), ms(cpuPeak)/float64(sum(peak.good)), cpuPeak.Seconds()/peak.took.Seconds(), quantiles(&peak.times),
		float64(sum(over.offered))/over.took.Seconds()/peak.goodput(), over.goodput(), cpuOver.Seconds()/over.took.Seconds(), quantiles(&over.times),
		ratio, perCPU, sum(over.refused), sum(over.late), over.unsent, sum(over.offered))
	told, err := c.refusals()
	fmt.Printf("refused so far, says the server: %s\n", told)
	return err
}

func (all *report) print() {
	fmt.Printf("\ngoodput under overload to the peak, median of the rounds: %.2f a second, %.2f a second of the server's processor time\n", median(all.goodput), median(all.perCPU))
	fmt.Printf("a refusal, if what was accepted cost what it costs at the peak: %.0f µs of the server's processor time, median of the rounds\n", median(all.refusal))
	fmt.Printf("the phones' half used %.2f of its cores under overload, median of the rounds: with all of them the times below are its own, too\n", median(all.mine))
	fmt.Printf("accepted requests, all rounds: alone %s; at the peak %s; under overload %s: p99 %.2f times the peak's (median of the rounds)\n",
		quantiles(&all.alone), quantiles(&all.peak.times), quantiles(&all.over.times), median(all.p99))
	fmt.Printf("health checks: at the peak %s, under overload %s; %d not sent since those before waited\n", quantiles(&all.healthPeak), quantiles(&all.healthOver), all.unasked)
	for k := kinds - 1; k >= 0; k-- {
		n := float64(max(1, all.over.offered[k]))
		fmt.Printf("%-10s %7d offered under overload: %5.1f %% answered in time, %5.1f %% refused, %5.1f %% too late\n",
			kindNames[k], all.over.offered[k], 100*float64(all.over.good[k])/n, 100*float64(all.over.refused[k])/n, 100*float64(all.over.late[k])/n)
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func quantiles(of *drive.Hist) string {
	return fmt.Sprintf("p50 %.2f ms, p99 %.2f ms (%d answers)", ms(of.Quantile(0.5)), ms(of.Quantile(0.99)), of.Count())
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	of = slices.Clone(of)
	slices.Sort(of)
	return of[len(of)/2]
}
