package wire

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
)

// Whole is a handler's answer as it goes over HTTP/1.1, for who says it many times. head is
// its length without the body, which is what HEAD gets.
func Whole(h http.Handler, r *http.Request) (text []byte, head int) {
	w := &said{header: http.Header{}}
	h.ServeHTTP(w, r)
	w.header.Set("Content-Length", strconv.Itoa(w.body.Len()))
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", w.status, http.StatusText(w.status))
	if err := w.header.Write(&b); err != nil {
		panic(err) // a buffer takes everything
	}
	b.WriteString("\r\n")
	head = b.Len()
	b.Write(w.body.Bytes())
	return b.Bytes(), head
}

// said is an answer in memory.
type said struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (s *said) Header() http.Header { return s.header }

func (s *said) WriteHeader(code int) { s.status = code }

func (s *said) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.body.Write(p)
}
