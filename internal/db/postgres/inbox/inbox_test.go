package inbox

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
)

// offered tells whether the inbox rang.
func offered(in *Inbox) bool {
	select {
	case <-in.News:
		return true
	default:
		return false
	}
}

func TestOfferedOnceAllIsReadThatIsThere(t *testing.T) {
	t.Parallel()
	in := New()
	for n := range 3 {
		if err := in.Add(t.Context(), Change{Tx: uint32(n), Op: db.Insert}); err != nil {
			t.Fatal(err)
		}
		if in.Ready() || offered(in) {
			t.Fatalf("transaction %d was offered before its end", n)
		}
		in.Reached(uint64(n)+1, false)
		if offered(in) {
			t.Fatalf("transaction %d was offered while more is at hand", n)
		}
	}
	if !in.Ready() || !offered(in) {
		t.Error("what was read is not offered")
	}
	if b, ok, err := in.Take(); err != nil || !ok || len(b.Rows) != 3 || b.LSN != 3 {
		t.Errorf("Take = %d rows up to %d, %v, %v; want all 3", len(b.Rows), b.LSN, ok, err)
	}
	if in.Reached(4, false); in.Ready() {
		t.Error("a place without rows is offered, though nobody asked")
	}
	if in.Reached(5, true); !in.Ready() {
		t.Error("a place that somebody asked for is not offered")
	}
}
