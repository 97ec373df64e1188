package sqlite

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
)

// TestFlushesAsConfigured asks SQLite what the writer's connection does at a commit.
func TestFlushesAsConfigured(t *testing.T) {
	t.Parallel()
	for unflushed, want := range map[bool]int64{false: 2, true: 1} { // FULL, NORMAL
		d, err := Open(t.Context(), Config{Dir: t.TempDir(), Unflushed: unflushed})
		if err != nil {
			t.Fatal(err)
		}
		var got int64
		err = d.writer.Alone(t.Context(), func(c *lite.Conn) error {
			st, err := c.Prepare("pragma synchronous")
			if err != nil {
				return err
			}
			defer st.Release()
			_, err = st.Step()
			got = st.ColumnInt(0)
			return err
		})
		if err != nil || got != want {
			t.Errorf("unflushed %v: synchronous = %d, want %d; %v", unflushed, got, want, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}
