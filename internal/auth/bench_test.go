package auth_test

import (
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

// cpu is the processor time of this process so far, in microseconds.
func cpu(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec)*1e6 + float64(u.Utime.Usec+u.Stime.Usec)
}

// BenchmarkRoom is a request's way through the room on SQLite; cpu-us/op is processor
// time, which a busy machine does not change.
func BenchmarkRoom(b *testing.B) {
	s := openFor(b)
	ask := func(path, body string) string {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		w := httptest.NewRecorder()
		s.h.ServeHTTP(w, wire.WithIdentity(r, &wire.Identity{Session: db.Session{Role: "anon"}}))
		if w.Code != 200 {
			b.Fatal(w.Code, w.Body)
		}
		_, rest, _ := strings.Cut(w.Body.String(), `"refresh_token":"`)
		tok, _, _ := strings.Cut(rest, `"`)
		return tok
	}
	tok := ask("/signup", ann)
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"refresh", func() { tok = ask("/token?grant_type=refresh_token", `{"refresh_token":"`+tok+`"}`) }},
		{"sign-in", func() {
			ask("/token?grant_type=password", `{"email":"ann@example.com","password":"correct horse"}`)
		}},
		{"anonymous sign-up", func() { ask("/signup", `{}`) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			from := cpu(b)
			for b.Loop() {
				c.do()
			}
			b.ReportMetric((cpu(b)-from)/float64(b.N), "cpu-us/op")
		})
	}
}
