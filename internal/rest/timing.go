package rest

import (
	"fmt"
	"strings"
	"time"
)

// phase is a part of a request's work that Server-Timing tells apart.
type phase uint8

const (
	verifying phase = iota
	parsing
	planning
	transacting
	responding
	phases
)

// timing measures a request's phases; a nil timing measures nothing.
type timing struct {
	at  time.Time
	dur [phases]time.Duration
}

func startTiming() *timing { return &timing{at: time.Now()} }

// lap ends phase p: it took the time since the last one ended.
func (t *timing) lap(p phase) {
	if t == nil {
		return
	}
	now := time.Now()
	t.dur[p] += now.Sub(t.at)
	t.at = now
}

// header is the value of Server-Timing, in milliseconds. The front door has verified
// the token before, so that phase is always 0 here.
func (t *timing) header() string {
	var b strings.Builder
	for i, name := range [phases]string{"jwt", "parse", "plan", "transaction", "response"} {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s;dur=%.1f", name, float64(t.dur[i].Microseconds())/1000)
	}
	return b.String()
}
