package tool

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Command is a program of Postgres that works on the database of a URL; the argument
// "--dbname" stands for that database. The URL may hold a password: it goes by the
// environment, never by the arguments, which others see.
func Command(ctx context.Context, url, name string, args ...string) (*exec.Cmd, error) {
	env, database, err := Environment(url)
	if err != nil {
		return nil, fault.New(fault.Invalid, "bad_url", "the database's URL cannot be read") // the error would name the password
	}
	for i, a := range args {
		if a == "--dbname" {
			args[i] = "--dbname=" + database
		}
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	return cmd, nil
}

// Run runs a Command to its end, and returns what it said.
func Run(ctx context.Context, url, name string, args ...string) (string, error) {
	cmd, err := Command(ctx, url, name, args...)
	if err != nil {
		return "", err
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", Fault(name, err, string(out))
	}
	return string(out), nil
}

// Fault says how a program came to its end, and what it said.
func Fault(name string, err error, said string) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fault.New(fault.Unavailable, "postgres_tool", name+" is not installed").
			WithHint("Install Postgres' client programs, of the server's version or newer.").WithCause(err)
	}
	return fault.New(fault.Unavailable, "postgres_tool", name+" failed").WithDetail(strings.TrimSpace(said)).WithCause(err)
}
