// Command benchgate runs the micro-benchmarks of the hot paths and compares what they
// allocate with what bench/gate.txt records. It looks at no clock, so it may run on a
// busy machine. More than a tenth above the record, in allocations or in bytes, is a
// failure; with -write the record becomes what was measured.
//
// A line of the record is: package, benchmark, allocations, bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const record = "bench/gate.txt"

// runs of each benchmark: a fixed number, so that what a first run sets up weighs the
// same every time.
const runs = "400x"

type line struct {
	pkg, name     string
	allocs, bytes int64
}

func main() {
	write := flag.Bool("write", false, "record what is measured")
	flag.Parse()
	if err := run(*write); err != nil {
		fmt.Fprintln(os.Stderr, "benchgate:", err)
		os.Exit(1)
	}
}

func run(write bool) error {
	text, err := os.ReadFile(record)
	if err != nil {
		return err
	}
	var comments strings.Builder
	var lines []line
	for l := range strings.Lines(string(text)) {
		if strings.HasPrefix(l, "#") {
			comments.WriteString(l)
			continue
		}
		var r line
		if _, err := fmt.Sscan(l, &r.pkg, &r.name, &r.allocs, &r.bytes); err != nil {
			return fmt.Errorf("%s: %q: %w", record, l, err)
		}
		lines = append(lines, r)
	}
	dir, err := os.MkdirTemp("", "plinth-gate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var worse []string
	for i := range lines {
		was := lines[i]
		if err := measure(dir, &lines[i]); err != nil {
			return err
		}
		is := lines[i]
		verdict := "ok"
		if over(is, was) {
			verdict = "WORSE"
			worse = append(worse, is.name)
		}
		fmt.Printf("%-5s %s %s: %d allocations (%d), %d bytes (%d)\n", verdict, is.pkg, is.name, is.allocs, was.allocs, is.bytes, was.bytes)
	}
	if write {
		for _, l := range lines {
			fmt.Fprintf(&comments, "%s %s %d %d\n", l.pkg, l.name, l.allocs, l.bytes)
		}
		return os.WriteFile(record, []byte(comments.String()), 0o644)
	}
	if len(worse) > 0 {
		return fmt.Errorf("more than a tenth above %s: %s; where that is the price of something, record it: go run ./scripts/benchgate -write", record, strings.Join(worse, ", "))
	}
	return nil
}

// over allows a tenth, and a few bytes where almost nothing was allocated.
func over(is, was line) bool {
	return is.allocs > was.allocs+was.allocs/10 || is.bytes > was.bytes+was.bytes/10+32
}

var result = regexp.MustCompile(`(?m)^(Benchmark\S+?)(?:-\d+)?\s.*?(\d+) B/op\s+(\d+) allocs/op`)

// measure runs one benchmark three times and takes the least.
func measure(dir string, l *line) error {
	parts := strings.Split(l.name, "/")
	for i, p := range parts {
		parts[i] = "^" + p + "$"
	}
	bin := filepath.Join(dir, strings.ReplaceAll(l.pkg, "/", "_"))
	if _, err := os.Stat(bin); err != nil {
		if out, err := exec.Command("go", "test", "-c", "-o", bin, l.pkg).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", l.pkg, err, out)
		}
	}
	cmd := exec.Command(bin, "-test.run", "^$", "-test.bench", strings.Join(parts, "/"), "-test.benchtime", runs, "-test.count", "3", "-test.benchmem")
	cmd.Dir = l.pkg
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", l.pkg, l.name, err, out)
	}
	var allocs, bytes []int64
	for _, m := range result.FindAllStringSubmatch(string(out), -1) {
		if m[1] == l.name {
			b, _ := strconv.ParseInt(m[2], 10, 64) // the expression takes digits alone
			a, _ := strconv.ParseInt(m[3], 10, 64)
			allocs, bytes = append(allocs, a), append(bytes, b)
		}
	}
	if len(allocs) == 0 {
		return fmt.Errorf("%s has no benchmark %s\n%s", l.pkg, l.name, out)
	}
	l.allocs, l.bytes = slices.Min(allocs), slices.Min(bytes)
	return nil
}
