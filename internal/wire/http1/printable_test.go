package http1

import (
	"strings"
	"testing"
)

// TestPrintable: each byte at each place, whatever stands beside it.
func TestPrintable(t *testing.T) {
	t.Parallel()
	for _, least := range []byte{' ', '!'} {
		for _, beside := range []string{"a", "~", "!"} {
			for n := range 20 {
				for at := range n {
					for c := range 256 {
						v := []byte(strings.Repeat(beside, n))
						v[at] = byte(c)
						if got, want := printable(string(v), least), byte(c) >= least && c < 0x7f; got != want {
							t.Fatalf("printable(%q, %q) = %v", v, least, got)
						}
					}
				}
			}
		}
	}
}
