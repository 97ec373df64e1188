//go:build !linux || !amd64

package cluster

import (
	"errors"
	"os/exec"
	"time"
)

// clock moves a process's time of day; here there is no way to.
type clock struct{}

func startSkewed(cmd *exec.Cmd) (*clock, error) { return &clock{}, cmd.Start() }

func (*clock) move(time.Duration) error {
	return errors.New("a clock is moved on Linux on amd64 alone")
}
