package e2e

import "testing"

// TestUserManagement runs the user management project of the mobile tutorials as
// people write it.
func TestUserManagement(t *testing.T) {
	t.Parallel()
	p := dev(t, "testdata/user-management", t.TempDir())
	var got steps
	client(t, p, "user-management.mjs", nil, &got)
	if len(got.Steps) < 10 {
		t.Errorf("steps = %q, want them all", got.Steps)
	}
	p.stop(t)
}

// TestOfficialClient drives the chat example through everything an app does.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	for _, part := range []struct {
		script string
		steps  int
	}{{"chat-data.mjs", 25}, {"chat-auth.mjs", 15}, {"chat-realtime.mjs", 8}} {
		t.Run(part.script, func(t *testing.T) {
			t.Parallel()
			p := dev(t, root+"/examples/chat", t.TempDir())
			var got steps
			client(t, p, part.script, nil, &got)
			if len(got.Steps) < part.steps {
				t.Errorf("%d steps %q, want at least %d", len(got.Steps), got.Steps, part.steps)
			}
			p.stop(t)
		})
	}
}
