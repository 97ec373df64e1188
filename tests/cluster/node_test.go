package cluster

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait; a machine under load is slow.
const patience = 90 * time.Second

// The project's keys, which TestMain makes.
var (
	keys                      []string // as the environment has them
	publishable, secret, anon string
)

// places counts the loopback addresses that were given away: a node's bus has a fixed
// port, so that two tests may not share one.
var places atomic.Int32

// node is a server of the cluster, which may be killed and started again.
type node struct {
	t    *testing.T
	name string
	addr string
	bin  string
	args []string
	env  []string
	// skewed nodes have a clock that can be moved; see clock.
	skewed bool

	mu   sync.Mutex
	cmd  *exec.Cmd
	out  *output
	gone chan struct{} // closed when the process has ended

	clock *clock // of a skewed node
}

// output keeps what a process says.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// address finds a free port of a loopback address.
func address(t *testing.T, ip string) string {
	t.Helper()
	l, err := net.Listen("tcp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// newNode starts one on a loopback address of its own; the test's end ends it.
func newNode(t *testing.T, name string, args ...string) *node {
	t.Helper()
	n := makeNode(t, name, args...)
	n.start()
	return n
}

// makeNode is newNode for one that is started later.
func makeNode(t *testing.T, name string, args ...string) *node {
	t.Helper()
	n := &node{t: t, name: name, bin: binary, addr: address(t, fmt.Sprintf("127.0.7.%d", places.Add(1))), args: append([]string{"serve", "--data", t.TempDir()}, args...), env: keys}
	t.Cleanup(func() {
		if n.cmd == nil {
			return
		}
		n.signal(syscall.SIGKILL)
		_ = n.wait()
		if t.Failed() {
			t.Log(n.tail(25))
		}
	})
	return n
}

// start begins the process; ready waits for it.
func (n *node) start() {
	n.t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.out = &output{}
	cmd := exec.Command(n.bin, slices.Concat(n.args, []string{"--listen", n.addr})...)
	n.cmd = cmd
	n.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "GOMAXPROCS=2"}, n.env...)
	n.cmd.Stdout, n.cmd.Stderr = n.out, n.out
	start := n.cmd.Start
	if n.skewed {
		start = func() (err error) { n.clock, err = startSkewed(n.cmd); return err }
	}
	if err := start(); err != nil {
		n.t.Fatal(err)
	}
	gone := make(chan struct{})
	n.gone = gone
	go func() {
		_ = cmd.Wait() // the state says it
		close(gone)
	}()
}

func (n *node) ready() {
	n.t.Helper()
	within(n.t, n.name+" is ready", func() bool { return n.answers("/readyz") })
}

// answers reports whether a GET is answered with 200 soon.
func (n *node) answers(path string) bool {
	web := http.Client{Timeout: 2 * time.Second}
	res, err := web.Get("http://" + n.addr + path)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func (n *node) pid() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cmd.Process.Pid
}

func (n *node) signal(sig syscall.Signal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	_ = n.cmd.Process.Signal(sig) // it may be gone
}

// kill is kill -9.
func (n *node) kill() {
	n.signal(syscall.SIGKILL)
	n.wait()
}

// wait waits for the process's end and returns its exit code.
func (n *node) wait() int {
	n.mu.Lock()
	gone, cmd := n.gone, n.cmd
	n.mu.Unlock()
	<-gone
	return cmd.ProcessState.ExitCode()
}

// ended reports whether the process has.
func (n *node) ended() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-n.gone:
		return true
	default:
		return false
	}
}

func (n *node) log() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.out.String()
}

// tail is the end of its log.
func (n *node) tail(lines int) string {
	list := strings.Split(strings.TrimSpace(n.log()), "\n")
	return fmt.Sprintf("%s:\n%s", n.name, strings.Join(list[max(0, len(list)-lines):], "\n"))
}

// within waits until good is true.
func within(t *testing.T, what string, good func() bool) {
	t.Helper()
	if !eventually(good) {
		t.Fatalf("not within %s: %s", patience, what)
	}
}

func eventually(good func() bool) bool {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !good(); <-tick.C {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// pass lets time go by while clients work.
func pass(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
