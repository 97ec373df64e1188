package proc

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTicks per second of /proc/pid/stat; Linux has told programs 100 on every
// platform for decades.
const clockTicks = 100

// stat is what /proc/pid/stat says of a process.
type stat struct {
	parent int
	reaped time.Duration // CPU time of its children that ended
}

func readStat(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	end := bytes.LastIndexByte(text, ')') // the name in brackets may hold anything
	f := strings.Fields(string(text[end+1:]))
	if len(f) < 15 {
		return stat{}, fmt.Errorf("/proc/%d/stat is not understood", pid)
	}
	parent, err1 := strconv.Atoi(f[1])
	user, err2 := strconv.Atoi(f[13])
	sys, err3 := strconv.Atoi(f[14])
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			return stat{}, err
		}
	}
	return stat{parent, time.Duration(user+sys) * time.Second / clockTicks}, nil
}

// tree returns a process and all that descend from it.
func tree(root int) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if s, err := readStat(pid); err == nil { // else it has just ended
			children[s.parent] = append(children[s.parent], pid)
		}
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all, nil
}

// Time is what the scheduler says of processes.
type Time struct {
	CPU    time.Duration // used
	Waited time.Duration // of threads that could have gone on, for a processor
}

// CPU returns the CPU time that the trees of these processes have used so far.
func CPU(roots ...int) (time.Duration, error) {
	t, err := Scheduled(roots...)
	return t.CPU, err
}

// Scheduled returns what the trees of these processes have used and waited for so far.
func Scheduled(roots ...int) (sum Time, err error) {
	for _, root := range roots {
		pids, err := tree(root)
		if err != nil {
			return Time{}, err
		}
		for _, pid := range pids {
			own, err := scheduled(pid)
			if err != nil && pid == root {
				return Time{}, err
			}
			sum.CPU += own.CPU
			sum.Waited += own.Waited
		}
	}
	return sum, nil
}

func scheduled(pid int) (sum Time, err error) {
	s, err := readStat(pid)
	if err != nil {
		return Time{}, err
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return Time{}, err
	}
	sum.CPU = s.reaped
	for _, path := range tasks {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // a thread that has just ended
		}
		var ran, waited int64
		if _, err := fmt.Sscan(string(text), &ran, &waited); err != nil {
			return Time{}, fmt.Errorf("%s: %w", path, err)
		}
		sum.CPU += time.Duration(ran)
		sum.Waited += time.Duration(waited)
	}
	return sum, nil
}

// Memory of a process tree in bytes. PSS shares what processes map together evenly
// among them.
type Memory struct{ RSS, PSS int64 }

// Mem returns the memory of the trees of these processes.
func Mem(roots ...int) (Memory, error) {
	var m Memory
	for _, root := range roots {
		pids, err := tree(root)
		if err != nil {
			return m, err
		}
		for _, pid := range pids {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
			if err != nil && pid == root {
				return m, err
			}
			m.RSS += kilobytes(string(text), "Rss:")
			m.PSS += kilobytes(string(text), "Pss:")
		}
	}
	return m, nil
}

func kilobytes(text, name string) int64 {
	_, rest, _ := strings.Cut(text, "\n"+name)
	f := strings.Fields(rest)
	if len(f) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(f[0], 10, 64) // an odd line counts as nothing
	return n << 10
}

// DirSize returns the bytes of the files below a folder.
func DirSize(dir string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		sum += info.Size()
		return nil
	})
	return sum, err
}
