package password

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// schedIdle is Linux' policy of threads that everybody else preempts at once; those of
// low priority are only preempted when their slice of some milliseconds is over.
const schedIdle = 5

// yield gives all threads that there are that policy; later ones inherit it. A thread may
// have been made meanwhile by one of before, so it looks twice.
func yield() {
	for range 2 {
		tasks, _ := filepath.Glob("/proc/self/task/*")
		for _, t := range tasks {
			if id, err := strconv.Atoi(filepath.Base(t)); err == nil {
				var priority int32
				// A system that refuses leaves the worker as it was.
				_, _, _ = syscall.Syscall(syscall.SYS_SCHED_SETSCHEDULER, uintptr(id), schedIdle, uintptr(unsafe.Pointer(&priority)))
			}
		}
	}
}

// processorTime is what a process has had of the processors, by /proc/<pid>/stat in
// hundredths of a second.
func processorTime(pid int) (time.Duration, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, after, ok := bytes.Cut(text, []byte(") ")) // the name may have spaces
	f := bytes.Fields(after)
	if err != nil || !ok || len(f) < 13 {
		return 0, false
	}
	user, err1 := strconv.ParseInt(string(f[11]), 10, 64)
	system, err2 := strconv.ParseInt(string(f[12]), 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, err1 == nil && err2 == nil
}
