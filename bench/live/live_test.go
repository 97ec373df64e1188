package live

import (
	"bufio"
	"net"
	"testing"
)

// A frame of each of the three lengths is heard whole; a close is an error.
func TestSocketHearsFrames(t *testing.T) {
	t.Parallel()
	here, there := net.Pipe()
	defer here.Close()
	s := &socket{nc: here, r: bufio.NewReaderSize(here, 16)}
	sizes := []int{0, 5, 125, 126, 65535, 65536}
	go func() {
		defer there.Close()
		for _, n := range sizes {
			head := []byte{0x81, byte(n)}
			switch {
			case n > 65535:
				head = []byte{0x81, 127, 0, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
			case n > 125:
				head = []byte{0x81, 126, byte(n >> 8), byte(n)}
			}
			if _, err := there.Write(append(head, make([]byte, n)...)); err != nil {
				t.Error(err)
				return
			}
		}
		if _, err := there.Write([]byte{0x88, 0}); err != nil {
			t.Error(err)
		}
	}()
	for _, n := range sizes {
		frame, err := s.hear()
		if err != nil || len(frame) != n {
			t.Fatalf("a frame of %d: %d bytes, %v", n, len(frame), err)
		}
	}
	if _, err := s.hear(); err == nil {
		t.Error("a close was taken for a frame")
	}
}
