package http1

import (
	"net/http"
	"time"
)

// piece is how much of an answer over HTTP/2 has one Stall.
const piece = 16 << 10

// unsent is how much of an answer HTTP/2 keeps before it writes, which blocks nobody.
const unsent = 4 << 10

// pace gives up answers over HTTP/2 of which a client takes nothing for a time: it may read
// its connection, and grant nothing to one answer, of which no socket knows.
func pace(next http.Handler, stall func() time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deepen("") // each has a goroutine of its own
		after := stall()
		if after <= 0 {
			next.ServeHTTP(w, r)
			return
		}
		p := &paced{ResponseWriter: w, line: http.NewResponseController(w), after: after}
		next.ServeHTTP(p, r)
		if p.written > 0 {
			p.begin() // what is left is sent after this
		}
	})
}

// paced is an answer, each piece of which has its time. Between pieces the handler has all
// the time that it takes.
type paced struct {
	http.ResponseWriter
	line    *http.ResponseController
	after   time.Duration
	written int64
}

func (p *paced) begin() { _ = p.line.SetWriteDeadline(time.Now().Add(p.after)) } // HTTP/2 has them

func (p *paced) end() { _ = p.line.SetWriteDeadline(time.Time{}) }

// Write adds to the body.
func (p *paced) Write(b []byte) (n int, err error) {
	for {
		part := b[n:min(len(b), n+piece)]
		if p.written += int64(len(part)); p.written > unsent {
			p.begin()
		}
		m, err := p.ResponseWriter.Write(part)
		if p.written > unsent {
			p.end()
		}
		if n += m; err != nil || n == len(b) {
			return n, err
		}
	}
}

// Flush sends what is there.
func (p *paced) Flush() { _ = p.FlushError() }

// FlushError sends what is there.
func (p *paced) FlushError() error {
	p.begin()
	defer p.end()
	return p.line.Flush()
}

// Unwrap lets an http.ResponseController reach what is below.
func (p *paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }
