package report

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the table of a workload.
func (t *Table) Markdown(w io.Writer) {
	unit := t.Unit
	if unit == "" {
		unit = "requests"
	}
	fmt.Fprintf(w, "### %s\n\n", t.Name)
	if t.Note != "" {
		fmt.Fprintf(w, "%s\n\n", t.Note)
	}
	tail, rule := "bytes | not right |", "---|---|"
	if t.Open {
		tail, rule = "p99.9 ms | max ms | not right | not sent |", "---|---|---|---|"
	}
	fmt.Fprintf(w, "| server | CPU s per 1,000 | lowest–highest | ratio to Plinth | %s/s | p50 ms | p95 ms | p99 ms | %s\n|---|---|---|---|---|---|---|---|%s\n", unit, tail, rule)
	for i := range t.Lines {
		t.row(w, &t.Lines[i])
	}
	fmt.Fprintln(w)
}

func (t *Table) row(w io.Writer, l *Line) {
	low, high := l.spread()
	ratio := "1"
	if l.Server != l.Base {
		ratio = figure(t.Ratio(l.Server, l.Base))
	}
	p50 := l.median(func(s Sample) float64 { return s.P50 })
	p95 := l.median(func(s Sample) float64 { return s.P95 })
	p99 := l.median(func(s Sample) float64 { return s.P99 })
	fmt.Fprintf(w, "| %s | %s | %s–%s | %s | %.0f | %.2f | %.2f | %.2f |", l.Server, figure(l.median(cpu)), figure(low), figure(high), ratio,
		l.median(func(s Sample) float64 { return s.Rate }), p50, p95, p99)
	failed, unsent := l.failed()
	if !t.Open {
		fmt.Fprintf(w, " %.0f | %d |\n", l.median(func(s Sample) float64 { return float64(s.Bytes) }), failed)
		return
	}
	fmt.Fprintf(w, " %.2f | %.2f | %d | %d |\n", l.median(func(s Sample) float64 { return s.P999 }), l.median(func(s Sample) float64 { return s.Max }), failed, unsent)
}

// figure prints three significant digits.
func figure(v float64) string {
	switch {
	case v == 0:
		return "–"
	case v < 0.0995:
		return fmt.Sprintf("%.4f", v)
	case v < 0.995:
		return fmt.Sprintf("%.3f", v)
	case v < 9.95:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// File returns the plot's file name.
func (t *Table) File() string {
	var b strings.Builder
	for _, r := range strings.ToLower(t.Name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-") + ".svg"
}
