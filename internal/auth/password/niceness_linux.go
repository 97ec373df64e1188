package password

import "syscall"

// niceness of a process; Linux' system call answers 20 less it.
func niceness(pid int) (int, error) {
	n, err := syscall.Getpriority(syscall.PRIO_PROCESS, pid)
	return 20 - n, err
}
