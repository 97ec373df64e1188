package main

import (
	"fmt"
	"slices"
	"time"
)

// report is what was measured: for each fleet at rest, and for each load and fleet, by
// round.
type report struct {
	fleets []*fleet
	loads  []load
	rests  [][]use
	costs  [][][]use
}

func newReport(fleets []*fleet, loads []load) *report {
	r := &report{fleets: fleets, loads: loads, rests: make([][]use, len(fleets)), costs: make([][][]use, len(loads))}
	for j := range loads {
		r.costs[j] = make([][]use, len(fleets))
	}
	return r
}

// name of a fleet.
func (r *report) name(i int) string {
	name := fmt.Sprintf("%d nodes", len(r.fleets[i].nodes))
	if len(r.fleets[i].nodes) == 1 {
		name = "1 node"
	}
	if r.fleets[i].apart {
		name += " apart"
	}
	if r.fleets[i].build != "" {
		name += " " + r.fleets[i].build
	}
	return name
}

// first is the fleet to which one's cost is compared: the first one of its build.
func (r *report) first(i int) int {
	return slices.IndexFunc(r.fleets, func(f *fleet) bool { return f.build == r.fleets[i].build })
}

// earlier is the fleet of the same size of the build before, -1 for none.
func (r *report) earlier(i int) int {
	f := r.fleets[i]
	return slices.IndexFunc(r.fleets, func(o *fleet) bool {
		return f.build == "" && o.build != "" && len(o.nodes) == len(f.nodes) && o.apart == f.apart
	})
}

// beside is the fleet of as many servers that are no cluster, -1 for none.
func (r *report) beside(i int) int {
	f := r.fleets[i]
	return slices.IndexFunc(r.fleets, func(o *fleet) bool {
		return !f.apart && o.apart && o.build == f.build && len(o.nodes) == len(f.nodes)
	})
}

func (r *report) ratio(j, i, to, round int) float64 {
	return float64(r.costs[j][i][round].all) / float64(r.costs[j][to][round].all)
}

// line is one turn.
func (r *report) line(j, i, round int) string {
	u := r.costs[j][i][round]
	return fmt.Sprintf("%s: %.3f CPU ms each, %.3f of it Postgres, %.2f times one node's, %.0f a second",
		r.name(i), ms(u.all), ms(u.pg), r.ratio(j, i, r.first(i), round), 1/u.took.Seconds())
}

func (r *report) print() {
	fmt.Println("\n| load | | CPU ms for an operation | of it Postgres | ratio to one node's, median (least–most) | to servers apart | to the build before | operations a second |\n|---|---|---|---|---|---|---|---|")
	for j, l := range r.loads {
		for i := range r.fleets {
			list := r.costs[j][i]
			fmt.Printf("| %s | %s | %.3f | %.3f | %s | %s | %s | %.0f |\n", l, r.name(i), ms(median(list, all)), ms(median(list, pg)),
				r.ratios(j, i, r.first(i)), r.ratios(j, i, r.beside(i)), r.ratios(j, i, r.earlier(i)), 1/median(list, took).Seconds())
		}
	}
	fmt.Println("\n| at rest | CPU ms a second | of it Postgres |\n|---|---|---|")
	for i, list := range r.rests {
		second := median(list, took).Seconds()
		fmt.Printf("| %s | %.1f | %.1f |\n", r.name(i), ms(median(list, all))/second, ms(median(list, pg))/second)
	}
}

// ratios are those within a round, "" where there is nothing to compare with.
func (r *report) ratios(j, i, to int) string {
	if to < 0 || to == i {
		return ""
	}
	var list []float64
	for round := range r.costs[j][i] {
		list = append(list, r.ratio(j, i, to, round))
	}
	slices.Sort(list)
	return fmt.Sprintf("%.2f (%.2f–%.2f)", list[len(list)/2], list[0], list[len(list)-1])
}

func all(u use) time.Duration  { return u.all }
func pg(u use) time.Duration   { return u.pg }
func took(u use) time.Duration { return u.took }

func median(of []use, part func(use) time.Duration) time.Duration {
	list := make([]time.Duration, len(of))
	for i, u := range of {
		list[i] = part(u)
	}
	slices.Sort(list)
	return list[len(list)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
