package main

import "fmt"

// figure is a number beside its bound.
type figure struct {
	what, is, bound string
	reached         bool
}

func (b *bench) note(what, is, bound string, reached bool) {
	b.notes = append(b.notes, figure{what, is, bound, reached})
	fmt.Printf("%s: %s; %s\n", what, is, bound)
}

// report prints what was measured as a table of Markdown.
func (b *bench) report() {
	if len(b.notes) == 0 {
		return
	}
	fmt.Print("\n| measured | | bound | |\n|---|---|---|---|\n")
	for _, f := range b.notes {
		verdict := "reached"
		if !f.reached {
			verdict = "**not reached**"
		}
		fmt.Printf("| %s | %s | %s | %s |\n", f.what, f.is, f.bound, verdict)
	}
}
