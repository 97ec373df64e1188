package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestChatInTwoBrowsers lets two Chromium windows talk through the chat example.
// With PLINTH_SCREENSHOT=1 it makes the README's picture of them.
func TestChatInTwoBrowsers(t *testing.T) {
	t.Parallel()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: run `make deps`")
	}
	needNode(t)
	if out, err := exec.Command(root + "/scripts/example").CombinedOutput(); err != nil {
		t.Fatalf("scripts/example: %v\n%s", err, out)
	}
	p := dev(t, root+"/examples/chat", t.TempDir())
	env := []string{"PLINTH_CHROMIUM=" + chromium}
	if os.Getenv("PLINTH_SCREENSHOT") != "" {
		picture, err := filepath.Abs(root + "/docs/chat.png")
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, "PLINTH_PICTURE="+picture)
	}
	var got struct{ Said [][2]string }
	client(t, p, "two-browsers.mjs", env, &got)
	if len(got.Said) != 4 {
		t.Errorf("said %q, want the welcome and three messages", got.Said)
	}
	p.stop(t)
}
