package s3server

import (
	"os"
	"strings"
	"testing"
)

// The version that tests look for is the one that scripts/deps builds.
func TestVersionIsThePinnedOne(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../tools/s3/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "github.com/versity/versitygw "+version) {
		t.Errorf("tools/s3/go.mod pins another version than %s", version)
	}
}
