package cluster

import (
	"bytes"
	"debug/elf"
	le "encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// clock moves what a process takes for the time of day, and nothing else: neither the
// machine's clock nor the process's monotonic one. The process is the program as it is
// built; what is changed is its own copy of the kernel's page with clock_gettime, by
// these instructions, which ask the kernel and add an offset in seconds to CLOCK_REALTIME:
//
//	mov eax, 228; syscall; test edi, edi; jne end; mov rcx, [rip+4]; add [rsi], rcx; end: ret; offset: .quad 0
type clock struct {
	pid int
	at  int64 // of the offset, in the process's memory
}

var shifted = []byte{
	0xb8, 0xe4, 0x00, 0x00, 0x00, 0x0f, 0x05, 0x85, 0xff, 0x75, 0x0a, 0x48, 0x8b, 0x0d, 0x04, 0x00, 0x00, 0x00, 0x48, 0x01, 0x0e, 0xc3,
	0, 0, 0, 0, 0, 0, 0, 0,
}

const sysinfoEHDR = 33 // where the auxiliary vector has the kernel's page

// startSkewed starts a process whose clock can be moved.
func startSkewed(cmd *exec.Cmd) (*clock, error) {
	runtime.LockOSThread() // the one thread that may trace it
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	pid := cmd.Process.Pid
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil || !status.Stopped() {
		return nil, fmt.Errorf("the process does not stop at its start: %v, %v", status, err)
	}
	c, err := patch(pid)
	return c, errors.Join(err, syscall.PtraceDetach(pid))
}

func patch(pid int) (*clock, error) {
	aux, err := os.ReadFile(fmt.Sprintf("/proc/%d/auxv", pid))
	if err != nil {
		return nil, err
	}
	var base int64
	for ; len(aux) >= 16; aux = aux[16:] {
		if le.LittleEndian.Uint64(aux) == sysinfoEHDR {
			base = int64(le.LittleEndian.Uint64(aux[8:]))
		}
	}
	mem, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer mem.Close()
	page := make([]byte, 2*os.Getpagesize())
	n, err := mem.ReadAt(page, base)
	if n == 0 {
		return nil, err
	}
	f, err := elf.NewFile(bytes.NewReader(page[:n]))
	if err != nil {
		return nil, err
	}
	list, err := f.DynamicSymbols()
	if err != nil {
		return nil, err
	}
	for _, s := range list {
		if s.Name == "__vdso_clock_gettime" {
			at := base + int64(s.Value)
			_, err := mem.WriteAt(shifted, at)
			return &clock{pid, at + int64(len(shifted)) - 8}, err
		}
	}
	return nil, errors.New("the kernel's page has no clock_gettime")
}

// move makes the process's clock show the true time and d.
func (c *clock) move(d time.Duration) error {
	mem, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", c.pid), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer mem.Close()
	_, err = mem.WriteAt(le.LittleEndian.AppendUint64(nil, uint64(d/time.Second)), c.at)
	return err
}
