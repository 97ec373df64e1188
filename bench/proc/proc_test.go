package proc

import (
	"os"
	"testing"
	"time"
)

func TestCPUOfThisProcess(t *testing.T) {
	t.Parallel()
	before, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
	}
	after, err := CPU(os.Getpid())
	if err != nil || after <= before {
		t.Errorf("before %v, after %v, %v", before, after, err)
	}
	m, err := Mem(os.Getpid())
	if err != nil || m.PSS == 0 || m.RSS < m.PSS {
		t.Errorf("memory %+v, %v", m, err)
	}
}
