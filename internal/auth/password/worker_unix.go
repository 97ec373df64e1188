//go:build unix

package password

import (
	"os/exec"
	"syscall"
)

const lowered = 10 // by how much a worker is nicer than who started it

// ownGroup keeps a terminal's interrupt from the worker, whose questions must still be
// answered while the server drains.
func ownGroup(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// lowerPriority lowers all threads that there are; later ones inherit it. A system that
// refuses leaves the worker as it was.
func lowerPriority() {
	if now, err := niceness(0); err == nil {
		_ = syscall.Setpriority(syscall.PRIO_PGRP, 0, now+lowered)
	}
}
