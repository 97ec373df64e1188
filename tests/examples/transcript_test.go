package examples

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// transcript is who there is, and what was asked and answered.
type transcript struct {
	actors []actor
	steps  []step
}

type actor struct{ name, claims string }

// step is one request: "actor METHOD path body", and "status body" as its answer.
type step struct {
	note, request, answer string
}

func read(t *testing.T, file string) *transcript {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tr transcript
	note := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "":
		case strings.HasPrefix(line, "#"):
			note = line
		case strings.HasPrefix(line, "@ "):
			name, claims, _ := strings.Cut(line[2:], " ")
			tr.actors = append(tr.actors, actor{name, claims})
		case strings.HasPrefix(line, "< "):
			tr.steps[len(tr.steps)-1].answer = line[2:]
		default:
			tr.steps = append(tr.steps, step{note: note, request: line})
			note = ""
		}
	}
	return &tr
}

func (tr *transcript) String() string {
	var b strings.Builder
	for _, a := range tr.actors {
		fmt.Fprintf(&b, "@ %s %s\n", a.name, a.claims)
	}
	for _, s := range tr.steps {
		b.WriteString("\n")
		if s.note != "" {
			b.WriteString(s.note + "\n")
		}
		fmt.Fprintf(&b, "%s\n< %s\n", s.request, s.answer)
	}
	return b.String()
}

func (tr *transcript) claims(t *testing.T, name string) string {
	t.Helper()
	for _, a := range tr.actors {
		if a.name == name {
			return a.claims
		}
	}
	if name != "anon" {
		t.Fatalf("nobody is called %q", name)
	}
	return ""
}
