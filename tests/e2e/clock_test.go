package e2e

import (
	"bytes"
	"debug/elf"
	le "encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// wallClock moves the wall clock of one process, and leaves its monotonic clock, its
// children and the machine alone, as a clock that is set does. A static program asks the
// kernel's page of code for the time (the vDSO); its function is written over, in this
// process alone, by one that asks by a system call and adds an offset. Linux on amd64.
type wallClock struct {
	pid int
	at  int64 // address of the function
}

// asked is the function: eax = clock_gettime; syscall; if the clock is not CLOCK_REALTIME,
// return; add the offset to the seconds at rsi; return. The last four bytes but one are it.
var asked = []byte{
	0xb8, 0xe4, 0, 0, 0, // mov eax, 228
	0x0f, 0x05, // syscall
	0x85, 0xff, // test edi, edi
	0x75, 0x07, // jnz to the end
	0x48, 0x81, 0x06, 0, 0, 0, 0, // add qword [rsi], offset
	0xc3, // ret
}

const offsetAt = 14

// clockOf finds the function in a process and replaces it.
func clockOf(t *testing.T, pid int) *wallClock {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		if !strings.HasSuffix(line, "[vdso]\n") {
			continue
		}
		from, rest, _ := strings.Cut(line, "-")
		to, _, _ := strings.Cut(rest, " ")
		base, err1 := strconv.ParseInt(from, 16, 64)
		end, err2 := strconv.ParseInt(to, 16, 64)
		if err1 != nil || err2 != nil {
			t.Fatalf("%q", line)
		}
		w := &wallClock{pid: pid, at: base + functionIn(t, pid, base, end)}
		w.set(t, 0)
		return w
	}
	t.Fatal("the process has no vDSO")
	return nil
}

func functionIn(t *testing.T, pid int, base, end int64) int64 {
	t.Helper()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	image := make([]byte, end-base)
	if _, err := mem.ReadAt(image, base); err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil || f.Machine != elf.EM_X86_64 {
		t.Fatalf("the vDSO is not amd64's: %v", err)
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Name == "__vdso_clock_gettime" {
			return int64(s.Value)
		}
	}
	t.Fatal("the vDSO has no clock_gettime")
	return 0
}

// set moves the clock by an offset from the machine's, while the process stands still
// outside of the function.
func (w *wallClock) set(t *testing.T, offset time.Duration) {
	t.Helper()
	code := bytes.Clone(asked)
	le.LittleEndian.PutUint32(code[offsetAt:], uint32(int32(offset/time.Second)))
	for late := time.Now().Add(patience); time.Now().Before(late); {
		if err := syscall.Kill(w.pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		outside := w.outside()
		var err error
		if outside {
			err = w.write(code)
		}
		if cont := syscall.Kill(w.pid, syscall.SIGCONT); err != nil || cont != nil {
			t.Fatal(err, cont)
		}
		if outside {
			return
		}
	}
	t.Fatal("the process never stood still outside of its clock")
}

func (w *wallClock) write(code []byte) error {
	mem, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", w.pid), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer mem.Close()
	_, err = mem.WriteAt(code, w.at)
	return err
}

// outside waits until all threads stand still, and reports whether none is in the vDSO's
// function, old or new.
func (w *wallClock) outside() bool {
	for late := time.Now().Add(patience); time.Now().Before(late); {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", w.pid))
		still := len(threads) > 0
		for _, dir := range threads {
			stat, err := os.ReadFile(dir + "/stat")
			_, state, _ := strings.Cut(string(stat), ") ")
			if err == nil && !strings.HasPrefix(state, "T") {
				still = false
			}
			text, err := os.ReadFile(dir + "/syscall")
			f := strings.Fields(string(text))
			if err != nil || len(f) < 2 {
				still = false // it runs
				continue
			}
			if pc, err := strconv.ParseUint(strings.TrimPrefix(f[len(f)-1], "0x"), 16, 64); err == nil && int64(pc) >= w.at && int64(pc) < w.at+4096 {
				return false
			}
		}
		if still {
			return true
		}
	}
	return false
}
