package proc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Command is a server to start. "{port}" in Args and Env becomes a free port.
type Command struct {
	Path string
	Args []string
	Env  []string
	Dir  string
	// Health is the path that answers 200 once the server serves.
	Health string
	// Also is answered besides 200: the status of a server that asks for more.
	Also int
}

// Process is a running server.
type Process struct {
	Addr  string        // host:port
	Ready time.Duration // from its start to its first good answer
	cmd   *exec.Cmd
	gone  chan struct{}
	log   *tail
	once  sync.Once
}

// startLimit is how long a server may take to its first answer.
const startLimit = 90 * time.Second

// Start starts a server on a free port of the loopback and waits for its first
// answer.
func Start(ctx context.Context, c Command) (*Process, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	fill := func(list []string) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = strings.ReplaceAll(s, "{port}", port)
		}
		return out
	}
	p := &Process{Addr: "127.0.0.1:" + port, gone: make(chan struct{}), log: &tail{}}
	p.cmd = exec.Command(c.Path, fill(c.Args)...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = c.Dir, p.log, p.log
	p.cmd.Env = append(p.cmd.Environ(), fill(c.Env)...)
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is told by its log
		close(p.gone)
	}()
	if err := p.wait(ctx, c); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s: %w\n%s", c.Path, err, p.log)
	}
	p.Ready = time.Since(begin)
	return p, nil
}

// FreePort returns a port of the loopback that nobody listens on.
func FreePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

func (p *Process) wait(ctx context.Context, c Command) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		res, err := http.Get("http://" + p.Addr + c.Health)
		if err == nil {
			_ = res.Body.Close() // only the status matters
			if res.StatusCode == http.StatusOK || res.StatusCode == c.Also {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.gone:
			return errors.New("it ended before it answered")
		case <-tick.C:
		}
	}
}

// PID returns the process' id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log returns the last of what the server wrote.
func (p *Process) Log() string { return p.log.String() }

// Stop ends the server: politely, and after ten seconds not. It may be called twice.
func (p *Process) Stop() {
	p.once.Do(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case <-p.gone:
		case <-time.After(10 * time.Second):
			_ = p.cmd.Process.Kill()
			<-p.gone
		}
	})
}

// tail keeps the last few kilobytes of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - 4096; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.buf))
}
