package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/bench/proc"
)

// write prints what was not printed yet and, where a folder was given, writes the
// document and its plots.
func (b *bench) write() error {
	fmt.Println(b.memory)
	b.goals(os.Stdout)
	if b.out == "" {
		return nil
	}
	return b.document()
}

func (b *bench) document() error {
	plots := filepath.Join(b.out, "bench")
	if err := os.MkdirAll(plots, 0o755); err != nil {
		return err
	}
	var doc bytes.Buffer
	b.head(&doc)
	b.goals(&doc)
	fmt.Fprint(&doc, "## Workloads\n\n")
	for i := range b.tables {
		t := &b.tables[i]
		t.Markdown(&doc)
		fmt.Fprintf(&doc, "![%s](bench/%s)\n\n", t.Name, t.File())
		var plot bytes.Buffer
		t.SVG(&plot)
		if err := os.WriteFile(filepath.Join(plots, t.File()), plot.Bytes(), 0o644); err != nil {
			return err
		}
	}
	if len(b.idles) > 0 {
		fmt.Fprintf(&doc, "### idle sockets\n\nWhat one of %d idle subscribers costs the server's process tree, PSS.\n\n| server | | KB each |\n|---|---|---|\n%s\n", b.sockets, strings.Join(b.idles, ""))
	}
	doc.WriteString(b.memory)
	return os.WriteFile(filepath.Join(b.out, "bench.md"), doc.Bytes(), 0o644)
}

func (b *bench) head(w io.Writer) {
	fmt.Fprint(w, "# Side by side\n\nWritten by `make bench`; [performance.md](performance.md) says how to read it, and what Plinth does about it. ")
	fmt.Fprintf(w, "%s, %s, %d cores (%s), %s memory, %s/%s, Node %s. Rounds: %d of %v each; the whole took %d minutes.\n\n",
		time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.NumCPU(), field("/proc/cpuinfo", "model name"), field("/proc/meminfo", "MemTotal"),
		runtime.GOOS, runtime.GOARCH, output("node", "--version"), b.rounds, b.round, int(time.Since(b.begin).Minutes()+0.5))
	fmt.Fprint(w, "The load generator shares the cores with the servers. CPU is that of a server's process tree, its database included, in CPU-seconds for 1,000 operations, which is CPU milliseconds for one; ")
	fmt.Fprint(w, "a table gives the median of the rounds, and the median of the ratios within a round. Ratios are to Plinth on the same kind of engine.\n\n")
	fmt.Fprint(w, "| server | durability of an acknowledged insert | |\n|---|---|---|\n")
	for _, t := range b.targets {
		fmt.Fprintf(w, "| %s | %s | %s |\n", t.Name, t.Durability, t.Note)
	}
	fmt.Fprintln(w)
}

// resources tells starts, memory and sizes.
func (b *bench) resources() error {
	w := &strings.Builder{}
	fmt.Fprint(w, "## Start, memory, size\n\nStart is to the first good answer; Plinth's has made its database with all migrations, the others find theirs made. Memory is the process tree's, database included, a second after the first answer and after the load. Data is what lies on disk after the load.\n\n")
	fmt.Fprint(w, "| server | start ms | PSS MB idle | PSS MB loaded | RSS MB loaded | data MB |\n|---|---|---|---|---|---|\n")
	mb := func(n int64) float64 { return float64(n) / (1 << 20) }
	for i, r := range b.running {
		m, err := proc.Mem(r.PIDs()...)
		if err != nil {
			return err
		}
		size, err := r.DataSize()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "| %s | %d | %.1f | %.1f | %.1f | %.1f |\n", b.targets[i].Name, r.Server.Ready.Milliseconds(), mb(r.Fresh.PSS), mb(m.PSS), mb(m.RSS), mb(size))
	}
	b.memory = w.String()
	return nil
}

// field returns a "name: value" of one of the kernel's files.
func field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	_, rest, _ := strings.Cut(string(text), name)
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(strings.TrimLeft(line, " \t:"))
}

func output(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return "none"
	}
	return strings.TrimSpace(string(out))
}
