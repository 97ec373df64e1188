package tool

import (
	"strings"
	"testing"
)

// TestFollow: progress is told, whatever ends its lines, and of what else is said the end is
// kept.
func TestFollow(t *testing.T) {
	t.Parallel()
	var got [][2]int64
	long := strings.Repeat("x", 3000)
	said := follow(strings.NewReader("waiting\n   12/3456 kB (0%), 0/1 tablespace\r 3456/3456 kB (100%), 1/1 tablespace\n"+long+"\n"+long+"\nerror: no"),
		func(done, total int64) { got = append(got, [2]int64{done, total}) })
	if len(got) != 2 || got[0] != [2]int64{12, 3456} || got[1] != [2]int64{3456, 3456} {
		t.Errorf("progress %v", got)
	}
	if len(said) != 4<<10 || !strings.HasSuffix(said, "error: no\n") {
		t.Errorf("said %d bytes: …%q", len(said), said[len(said)-20:])
	}
}
