package gauge

import (
	"bytes"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/internal/metric"
)

// runtimeFigures are those of Go's runtime that tell of leaks and of too little memory.
var runtimeFigures = []struct {
	source, name, help string
	counter            bool
}{
	{"/sched/goroutines:goroutines", "go_goroutines", "Goroutines that exist.", false},
	{"/memory/classes/heap/objects:bytes", "go_heap_objects_bytes", "Memory of living objects and of dead ones not swept yet.", false},
	{"/memory/classes/heap/released:bytes", "go_heap_released_bytes", "Memory given back to the system.", false},
	{"/memory/classes/total:bytes", "go_memory_bytes", "All memory that Go's runtime has mapped.", false},
	{"/gc/heap/allocs:bytes", "go_heap_allocated_bytes_total", "Memory ever allocated.", true},
	{"/gc/heap/goal:bytes", "go_gc_heap_goal_bytes", "Size of the heap at which the next collection ends.", false},
	{"/gc/cycles/total:gc-cycles", "go_gc_cycles_total", "Collections of garbage.", true},
	{"/cpu/classes/gc/total:cpu-seconds", "go_gc_cpu_seconds_total", "Time of processors spent on collecting garbage, an estimate.", true},
}

// Process adds the figures of the process and of Go's runtime.
func Process(p *metric.Page, started time.Time) {
	samples := make([]metrics.Sample, len(runtimeFigures))
	for i, f := range runtimeFigures {
		samples[i].Name = f.source
	}
	metrics.Read(samples)
	for i, f := range runtimeFigures {
		v := 0.0
		switch samples[i].Value.Kind() {
		case metrics.KindUint64:
			v = float64(samples[i].Value.Uint64())
		case metrics.KindFloat64:
			v = samples[i].Value.Float64()
		}
		if f.counter {
			p.Counter(f.name, f.help, v)
		} else {
			p.Gauge(f.name, f.help, v)
		}
	}
	p.Gauge("go_info", "The version of Go.", 1, "version", runtime.Version())
	p.Gauge("go_gomaxprocs", "Processors that Go uses at once.", float64(runtime.GOMAXPROCS(0)))
	p.Gauge("process_start_time_seconds", "When the server was opened, in seconds since 1970.", float64(started.UnixMilli())/1000)
	p.Counter("process_cpu_seconds_total", "Time of processors that the process used.", cpuTime().Seconds())
	if rss := resident(); rss > 0 {
		p.Gauge("process_resident_memory_bytes", "Memory that the process holds.", float64(rss))
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		p.Gauge("process_open_fds", "Files and sockets that are open.", float64(len(open)))
		p.Gauge("process_max_fds", "How many may be.", float64(maxFiles()))
	}
}

// resident is 0 where the system does not say.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
