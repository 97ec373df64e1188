package report

import (
	"fmt"
	"html"
	"io"
)

const (
	barHeight = 22
	barLeft   = 170
	barRoom   = 430
)

// SVG draws the workload's CPU per operation: a bar for each server, the runs as
// points on it. Plinth's bars are darker.
func (t *Table) SVG(w io.Writer) {
	var most float64
	for i := range t.Lines {
		_, high := t.Lines[i].spread()
		most = max(most, high)
	}
	if most == 0 {
		most = 1
	}
	height := 40 + barHeight*len(t.Lines)
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 %d" font-family="sans-serif" font-size="12">`+"\n", height)
	fmt.Fprintf(w, `<rect width="720" height="%d" fill="#fff"/><text x="8" y="20" font-size="14">%s: CPU ms per operation, less is better</text>`+"\n", height, html.EscapeString(t.Name))
	for i := range t.Lines {
		l := &t.Lines[i]
		y, val := 32+barHeight*i, l.median(cpu)
		fill := "#b9c3cf"
		if len(l.Server) >= 6 && l.Server[:6] == "plinth" {
			fill = "#2b6cb0"
		}
		fmt.Fprintf(w, `<text x="%d" y="%d" text-anchor="end">%s</text><rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`,
			barLeft-8, y+15, html.EscapeString(l.Server), barLeft, y+3, val/most*barRoom, barHeight-6, fill)
		for _, s := range l.Samples {
			fmt.Fprintf(w, `<circle cx="%.1f" cy="%d" r="2.5" fill="#111"/>`, barLeft+s.CPU/most*barRoom, y+11)
		}
		fmt.Fprintf(w, `<text x="%d" y="%d">%s</text>`+"\n", barLeft+barRoom+12, y+15, figure(val))
	}
	fmt.Fprintln(w, `</svg>`)
}
