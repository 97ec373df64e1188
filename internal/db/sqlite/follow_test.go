package sqlite

import (
	"context"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// A follower reads what another process writes, writes nothing itself, and freezes only
// the schema that it knows.
func TestFollowerKnowsItsSchema(t *testing.T) {
	t.Parallel()
	ctx, dir := context.Background(), t.TempDir()
	owner, err := Open(ctx, Config{Dir: dir, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	script := func(sql string) {
		t.Helper()
		if _, err := owner.Script(ctx, db.Script{File: "test", SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
	script("create table public.a (id bigint primary key)")
	follower, err := Follow(ctx, Config{Dir: dir, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer follower.Close()
	if _, err := follower.Write(ctx, func(db.Conn) error { return nil }); fault.CodeOf(err) != "25006" {
		t.Errorf("Write: %v, want 25006", err)
	}
	thaw, err := follower.Freeze(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := thaw(); err != nil {
		t.Fatal(err)
	}
	script("alter table public.a add column note text")
	if thaw, err := follower.Freeze(ctx, nil); fault.CodeOf(err) != "55006" {
		t.Errorf("Freeze of another schema: %v, want 55006", err)
		if err == nil {
			_ = thaw()
		}
	}
	script("create table public.b (id bigint primary key)") // the refusal left nothing frozen
}
