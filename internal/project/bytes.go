package project

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bytes is a size, written as 52428800, "50MiB" or "50MB" (both 1024²).
type Bytes int64

// UnmarshalText reads a size.
func (b *Bytes) UnmarshalText(text []byte) error {
	s := strings.ToLower(strings.TrimSpace(string(text)))
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz ")
	factor, ok := map[string]int64{
		"": 1, "b": 1, "kb": 1 << 10, "kib": 1 << 10, "mb": 1 << 20, "mib": 1 << 20, "gb": 1 << 30, "gib": 1 << 30,
	}[strings.TrimSpace(s[len(digits):])]
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 0 || n > 1<<40 {
		return fmt.Errorf("%q is no size: write it as 50MiB", text)
	}
	*b = Bytes(n * factor)
	return nil
}

// Duration is a time span, written as "1m0s".
type Duration time.Duration

// UnmarshalText reads a time span.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no time span: write it as 1m0s", text)
	}
	*d = Duration(v)
	return nil
}
