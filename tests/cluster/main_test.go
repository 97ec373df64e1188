package cluster

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/token"
)

// binary is what TestMain built.
var binary string

const root = "../.."

// whole says that the proof is wanted, and not its short form.
var whole = os.Getenv("PLINTH_PROOF") != ""

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "plinth-cluster-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "plinth")
	if path := os.Getenv("PLINTH_BIN"); path != "" {
		binary = path
	} else if err := build(binary); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := makeKeys(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// They wait more than they work: for the end of leases and of nodes.
	if err := flag.Set("test.parallel", "4"); err != nil { // before the command line is read
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(path string, flags ...string) error {
	cmd := exec.Command("go", append(append([]string{"build", "-trimpath", "-o", path}, flags...), "./cmd/plinth")...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

func makeKeys() error {
	out, err := exec.Command(binary, "keys").Output()
	if err != nil {
		return err
	}
	keys = strings.Fields(string(out))
	of := map[string]string{}
	for _, line := range keys {
		name, val, _ := strings.Cut(line, "=")
		of[name] = val
	}
	publishable, secret = of["PLINTH_PUBLISHABLE_KEY"], of["PLINTH_SECRET_KEY"]
	anon, err = token.LegacyKey(token.Secret(of["PLINTH_JWT_SECRET"]), "plinth", "anon")
	return err
}
