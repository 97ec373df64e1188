//go:build unix && !linux

package password

import "syscall"

func niceness(pid int) (int, error) { return syscall.Getpriority(syscall.PRIO_PROCESS, pid) }
