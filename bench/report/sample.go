package report

import (
	"cmp"
	"slices"
)

// Sample is one server's turn in one round of one workload.
type Sample struct {
	CPU                      float64 // seconds per 1,000 operations, of the whole process tree
	Rate                     float64 // operations a second
	P50, P95, P99, P999, Max float64 // milliseconds
	Failed, Unsent           int64
	Bytes                    int // of an answer
}

// Line is one server's samples of a workload, a sample a round.
type Line struct {
	Server  string
	Base    string // the server that ratios are to: Plinth on the same kind of engine
	Samples []Sample
}

// Table is one workload.
type Table struct {
	Name, Note string
	// Open tells that the load came at a fixed rate, whatever the server did.
	Open  bool
	Unit  string // of what is counted, "requests" where empty
	Lines []Line
}

func cpu(s Sample) float64 { return s.CPU }

func (l *Line) median(f func(Sample) float64) float64 {
	return median(l.Samples, f)
}

func median(samples []Sample, f func(Sample) float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	s := slices.SortedFunc(slices.Values(samples), func(a, b Sample) int { return cmp.Compare(f(a), f(b)) })
	return f(s[len(s)/2])
}

// spread returns the least and the greatest CPU.
func (l *Line) spread() (low, high float64) {
	for i, s := range l.Samples {
		if i == 0 || s.CPU < low {
			low = s.CPU
		}
		high = max(high, s.CPU)
	}
	return low, high
}

func (l *Line) failed() (failed, unsent int64) {
	for _, s := range l.Samples {
		failed += s.Failed
		unsent += s.Unsent
	}
	return failed, unsent
}

func (t *Table) line(server string) *Line {
	for i := range t.Lines {
		if t.Lines[i].Server == server {
			return &t.Lines[i]
		}
	}
	return nil
}

// Median is that of a figure over a server's rounds, 0 where it has none.
func (t *Table) Median(server string, figure func(Sample) float64) float64 {
	l := t.line(server)
	if l == nil || len(l.Samples) == 0 {
		return 0
	}
	return l.median(figure)
}

// Ratio returns the median of what a server's CPU was to another's in the same round;
// 0 where one of them is not there.
func (t *Table) Ratio(server, to string) float64 {
	a, b := t.line(server), t.line(to)
	if a == nil || b == nil {
		return 0
	}
	var ratios []Sample
	for i := range min(len(a.Samples), len(b.Samples)) {
		if b.Samples[i].CPU > 0 {
			ratios = append(ratios, Sample{CPU: a.Samples[i].CPU / b.Samples[i].CPU})
		}
	}
	return median(ratios, cpu)
}
