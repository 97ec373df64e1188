package metric_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/metric"
)

func TestPage(t *testing.T) {
	t.Parallel()
	var took metric.Histogram
	took.Observe(200 * time.Microsecond)
	took.Observe(3 * time.Millisecond)
	took.Observe(time.Minute)
	var batch metric.Sizes
	batch.Observe(1)
	batch.Observe(3)
	batch.Observe(1000)
	p := metric.NewPage()
	p.Histogram("a_duration_seconds", "How long.", &took, "route", `/{x}\"`+"\n")
	p.Counter("b_total", "How many.", 7)
	p.Histogram("a_duration_seconds", "How long.", &metric.Histogram{}, "route", "/y")
	p.Sizes("c_requests", "Together.", &batch)
	p.Gauge("d_bytes", "How large.", 1<<40, "of", "file", "on", "disk")
	var out strings.Builder
	if _, err := p.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`a_duration_seconds_bucket{route="/{x}\\\"\n",le="0.00025"} 1`, `a_duration_seconds_bucket{route="/{x}\\\"\n",le="0.005"} 2`,
		`a_duration_seconds_bucket{route="/{x}\\\"\n",le="+Inf"} 3`, `a_duration_seconds_count{route="/{x}\\\"\n"} 3`, `a_duration_seconds_sum{route="/{x}\\\"\n"} 60.0032`,
		"b_total 7", `c_requests_bucket{le="4"} 2`, "c_requests_sum 1004", `d_bytes{of="file",on="disk"} 1.099511627776e+12`,
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("%s is not on the page:\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "# TYPE a_duration_seconds"); n != 1 || took.Count() != 3 {
		t.Errorf("%d types, %d observations", n, took.Count())
	}
	cmd := exec.Command("promtool", "check", "metrics")
	cmd.Stdin = strings.NewReader(out.String())
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool (apt-get install -y prometheus): %v\n%s", err, said)
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	var took metric.Histogram
	if n := testing.AllocsPerRun(100, func() { took.Observe(time.Millisecond) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	var took metric.Histogram
	for b.Loop() {
		took.Observe(700 * time.Microsecond)
	}
}
