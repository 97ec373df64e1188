package limit

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bound is so many in a window; the zero Bound bounds nothing.
type Bound struct {
	N      int
	Window time.Duration
	Burst  int // how many at once; 0 for N
}

// maxWindow and maxN keep the arithmetic of nanoseconds within 64 bits.
const (
	maxWindow = 31 * 24 * time.Hour
	maxN      = 1_000_000_000
)

func (b Bound) burst() int {
	if b.Burst > 0 {
		return b.Burst
	}
	return b.N
}

// UnmarshalText reads "600/1m" and "600/1m burst 50"; "" and "0" bound nothing.
func (b *Bound) UnmarshalText(text []byte) error {
	*b = Bound{}
	s := strings.TrimSpace(string(text))
	if s == "" || s == "0" {
		return nil
	}
	rate, burst, hasBurst := strings.Cut(s, " burst ")
	n, window, ok := strings.Cut(rate, "/")
	var out Bound
	var err error
	if out.N, err = strconv.Atoi(strings.TrimSpace(n)); err != nil || !ok {
		return badBound(s)
	}
	if out.Window, err = time.ParseDuration(strings.TrimSpace(window)); err != nil {
		return badBound(s)
	}
	if hasBurst {
		if out.Burst, err = strconv.Atoi(strings.TrimSpace(burst)); err != nil || out.Burst < 1 {
			return badBound(s)
		}
	}
	each := out.Window / time.Duration(max(out.N, 1))
	if out.N < 1 || out.N > maxN || out.Burst > maxN || each < 1 || out.Window > maxWindow || each*time.Duration(out.burst()) > 12*maxWindow {
		return badBound(s)
	}
	*b = out
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (b Bound) MarshalText() ([]byte, error) {
	switch {
	case b.N == 0:
		return []byte("0"), nil
	case b.Burst == 0:
		return fmt.Appendf(nil, "%d/%s", b.N, b.Window), nil
	}
	return fmt.Appendf(nil, "%d/%s burst %d", b.N, b.Window, b.Burst), nil
}

func badBound(s string) error {
	return fmt.Errorf("%q is no rate; write a number and a time such as 600/1m, or 600/1m burst 50", s)
}
