package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is what TestMain built.
var binary string

const root = "../.."

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "plinth-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if binary, err = build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// They wait more than they work: for leases, renewals, and what a server does at rest.
	if err := flag.Set("test.parallel", "4"); err != nil { // before the command line is read
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(dir string) (string, error) {
	if path := os.Getenv("PLINTH_BIN"); path != "" {
		return filepath.Abs(path)
	}
	path := filepath.Join(dir, "plinth")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "./cmd/plinth")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
}
