package main

import "fmt"

// figure is a number beside its bound, or, as a fact, beside what it tells.
type figure struct {
	what, is, bound string
	reached, fact   bool
}

func (b *bench) note(what, is, bound string, reached bool) {
	b.notes = append(b.notes, figure{what: what, is: is, bound: bound, reached: reached})
	fmt.Printf("%s: %s; %s\n", what, is, bound)
}

// fact notes what has no bound.
func (b *bench) fact(what, is, tells string) {
	b.notes = append(b.notes, figure{what: what, is: is, bound: tells, fact: true})
	fmt.Printf("%s: %s; %s\n", what, is, tells)
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
		if f.fact {
			verdict = ""
		}
		fmt.Printf("| %s | %s | %s | %s |\n", f.what, f.is, f.bound, verdict)
	}
}
