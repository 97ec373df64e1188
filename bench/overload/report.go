package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/bench/drive"
)

// report gathers the windows.
type report struct {
	atPeak, under          [parts]drive.Hist
	woke                   drive.Hist
	healthPeak, healthOver drive.Hist
	unasked                int64 // health checks that were due while all before them waited
	late, unsent, asked    int64
	total                  [parts][3]int64 // answered, refused, late
	compared               []compared
	kept                   []ratio   // by round
	floors                 []float64 // µs: of a refusal by who does nothing else
}

// ratio is goodput to the peak's: a second, and a second of the server's processors.
type ratio struct{ second, cpu float64 }

// compared is a window under overload and the peaks around it. Costs are µs of the server's
// processors.
type compared struct {
	ratio
	peak     float64 // a second
	mean     float64 // cost of an answer at the peak
	accepted float64 // what one costs that is accepted under overload, in parts of that
	refusal  float64 // cost of one
	p99      float64 // ms, under overload
	mine     float64 // cores of this program
	gcs, gc  float64 // collections a second, and their part of the server's time
}

// round is a peak, and then overload and a peak so many times.
func (b *bench) round(n int) error {
	peak := func() (*window, error) { return b.window(b.clients, 0, newSpan(settlePeak, b.peak)) }
	before, err := peak()
	if err != nil {
		return err
	}
	from := len(b.compared)
	for range b.turns {
		over, err := b.window(len(b.crowd.phones), b.times*before.goodput(), newSpan(settleOver, b.over))
		if err != nil {
			return err
		}
		after, err := peak()
		if err != nil {
			return err
		}
		b.add(before, over)
		b.compared = append(b.compared, b.compare(before, over, after))
		before = after
	}
	mine := b.compared[from:]
	floor, err := b.floor(b.times * median(each(mine, func(c compared) float64 { return c.peak })))
	if err != nil {
		return err
	}
	b.floors = append(b.floors, us(floor))
	r := ratio{median(each(mine, func(c compared) float64 { return c.second })), median(each(mine, func(c compared) float64 { return c.cpu }))}
	b.kept = append(b.kept, r)
	fmt.Printf("round %d: goodput %.2f of its peak a second, %.2f a second of the server's processors\n", n, r.second, r.cpu)
	return nil
}

// add gathers what is not compared.
func (b *bench) add(peak, over *window) {
	b.woke.Merge(&over.woke)
	b.healthPeak.Merge(&peak.health.Times)
	b.healthOver.Merge(&over.health.Times)
	b.unasked += peak.health.Unsent + over.health.Unsent
	b.late, b.unsent, b.asked = b.late+sum(over.late), b.unsent+over.unsent, b.asked+over.total()
	for k := range b.total {
		b.atPeak[k].Merge(&peak.times[k])
		b.under[k].Merge(&over.times[k])
		b.total[k][0] += over.good[k]
		b.total[k][1] += over.refused[k]
		b.total[k][2] += over.late[k]
	}
}

// compare compares a window under overload with those at the peak before and after it.
func (b *bench) compare(before, over, after *window) compared {
	answers := float64(sum(before.good) + sum(after.good))
	perCPU := answers / (before.cpu + after.cpu).Seconds()
	c := compared{
		peak: (before.goodput() + after.goodput()) / 2, mean: 1e6 / perCPU, p99: ms(over.all().Quantile(0.99)),
		mine: over.mine.Seconds() / over.took.Seconds(), gcs: over.gcs, gc: over.gc,
	}
	c.ratio = ratio{over.goodput() / c.peak, over.perCPU() / perCPU}
	// What an answer of each part costs alone is scaled so that it explains the peak whole.
	// Whoever was late, but for those who never asked, was worked for too.
	var alone, mixed float64
	for k, cost := range b.costs {
		alone += us(cost) * float64(before.good[k]+after.good[k])
		mixed += us(cost) * float64(over.good[k])
	}
	accepted := us(before.cpu+after.cpu) / max(1, alone) * mixed / float64(max(1, sum(over.good)))
	c.accepted = accepted / c.mean
	worked := float64(sum(over.good) + sum(over.late) - over.unsent)
	c.refusal = (us(over.cpu) - accepted*worked) / float64(max(1, sum(over.refused)))
	fmt.Printf("  peaks %.0f and %.0f/s (%.0f µs each, %.2f and %.2f cores of %.2f and %.2f wanted), p99 %.0f ms; asked %.1f times as often: %.0f/s (%.2f cores of %.2f), p50 %.0f ms, p99 %.0f ms: goodput %.2f, a CPU second %.2f; refused %d (%.0f for want of a processor, %.0f of the database), late %d (%d never sent) of %d; collections %.1f/s, log %.0f MB\n",
		before.goodput(), after.goodput(), c.mean, before.cores(), after.cores(), before.wanted(), after.wanted(), ms(before.all().Quantile(0.99)),
		float64(over.total())/over.took.Seconds()/c.peak, over.goodput(), over.cores(), over.wanted(), ms(over.all().Quantile(0.5)), c.p99,
		c.second, c.cpu, sum(over.refused), over.refusals[0], over.refusals[1], sum(over.late), over.unsent, over.total(), over.gcs, over.wal/1e6)
	return c
}

// say tells what is measured.
func (b *bench) say() {
	fmt.Printf("a window at the peak: %d clients in a closed loop, %s, the last %s of which count; under overload: %.1f times the peak before it, at fixed times, from %d phones, %s, the last %s of which count\n",
		b.clients, settlePeak+b.peak, b.peak, b.times, len(b.crowd.phones), settleOver+b.over, b.over)
	fmt.Printf("goodput: answers that are right and come within %s of when their request was due. Collections of garbage, checkpoints of the log and flushes fall in all windows as they come\n", b.patience)
}

func (b *bench) print() {
	per := func(of func(compared) float64) []float64 { return each(b.compared, of) }
	fmt.Printf("\ngoodput under overload to the peaks around it, rounds: %s a second, %s a second of the server's processors\n",
		spread(each(b.kept, func(r ratio) float64 { return r.second })), spread(each(b.kept, func(r ratio) float64 { return r.cpu })))
	fmt.Printf("single windows: %s and %s\n", spread(per(func(c compared) float64 { return c.second })), spread(per(func(c compared) float64 { return c.cpu })))
	fmt.Printf("accepted requests: at the peak %s; under overload %s; p99 of a window %s ms\n", quantiles((&tally{times: b.atPeak}).all()), quantiles((&tally{times: b.under}).all()), spreadOf("%.0f", per(func(c compared) float64 { return c.p99 })))
	fmt.Printf("health checks: at the peak %s, under overload %s; %d not sent since those before waited\n", quantiles(&b.healthPeak), quantiles(&b.healthOver), b.unasked)
	b.printCosts(per)
	fmt.Printf("this program used %s of its cores under overload; a phone with nothing to wait for was late by p50 %.2f ms, p99 %.2f ms; late answers %d of %d, of which %d were never asked for since all phones waited\n",
		spread(per(func(c compared) float64 { return c.mine })), ms(b.woke.Quantile(0.5)), ms(b.woke.Quantile(0.99)), b.late, b.asked, b.unsent)
	fmt.Printf("the server's collections of garbage under overload: %s a second, %s of its time\n", spread(per(func(c compared) float64 { return c.gcs })), spread(per(func(c compared) float64 { return c.gc })))
	for k, m := range mixes[b.mix] {
		of := b.total[k]
		n := float64(max(1, of[0]+of[1]+of[2])) / 100
		fmt.Printf("%-14s %4.0f µs alone; %7d asked for under overload: %5.1f %% answered in time, %5.1f %% refused, %5.1f %% too late; p50 %.0f and p99 %.0f ms, at the peak %.0f and %.0f\n",
			m.name, us(b.costs[k]), of[0]+of[1]+of[2], float64(of[0])/n, float64(of[1])/n, float64(of[2])/n,
			ms(b.under[k].Quantile(0.5)), ms(b.under[k].Quantile(0.99)), ms(b.atPeak[k].Quantile(0.5)), ms(b.atPeak[k].Quantile(0.99)))
	}
}

// printCosts tells what can be kept. Of a second's time, with n times the peak asked for,
// answers that cost c at the peak and a·c under overload, and refusals that cost r: those who
// are let in take x·a·c, the others (n/c - x)·r.
func (b *bench) printCosts(per func(func(compared) float64) []float64) {
	refusals := per(func(c compared) float64 { return c.refusal })
	c, a := median(per(func(c compared) float64 { return c.mean })), median(per(func(c compared) float64 { return c.accepted }))
	kept := func(a, r float64) float64 { return (1 - b.times*r/c) / (a - r/c) }
	r, f := median(refusals), median(b.floors)
	fmt.Printf("an answer at the peak costs %.0f µs of the server's processors; one that is accepted under overload, the urgent first, %.2f of that; a refusal %s µs; one by a program that only reads and writes %s µs\n",
		c, a, spreadOf("%.0f", refusals), spreadOf("%.0f", b.floors))
	fmt.Printf("so refusals leave %.2f of the peak, by (1 - n·r/c) / (a - r/c) with n times the peak asked for; the cheapest would leave %.2f; were what is accepted as dear as at the peak, %.2f and %.2f\n",
		kept(a, r), kept(a, f), kept(1, r), kept(1, f))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func quantiles(of *drive.Hist) string {
	return fmt.Sprintf("p50 %.2f ms, p99 %.2f ms (%d answers)", ms(of.Quantile(0.5)), ms(of.Quantile(0.99)), of.Count())
}

// each is one figure of all.
func each[T any](of []T, what func(T) float64) []float64 {
	out := make([]float64, len(of))
	for i, x := range of {
		out[i] = what(x)
	}
	return out
}

// spread is the median, the least and the greatest.
func spread(of []float64) string { return spreadOf("%.2f", of) }

func spreadOf(verb string, of []float64) string {
	if len(of) == 0 {
		return "nothing"
	}
	return fmt.Sprintf(verb+" ("+verb+"–"+verb+")", median(of), slices.Min(of), slices.Max(of))
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	of = slices.Clone(of)
	slices.Sort(of)
	if n := len(of); n%2 == 0 {
		return (of[n/2-1] + of[n/2]) / 2
	}
	return of[len(of)/2]
}
