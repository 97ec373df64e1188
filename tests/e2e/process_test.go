package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of these tests; a machine under load is slow.
const patience = 60 * time.Second

// process is a running plinth.
type process struct {
	cmd   *exec.Cmd
	url   string
	ready string // its line
	out   *tail
	log   *tail
	once  sync.Once
	err   error // of its end
}

var readyLine = regexp.MustCompile(`^ready on (https?://\S+) in \d+ ms$`)

// start runs plinth with args and waits until it is ready. The test's end stops it.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	return launch(t, env, args...).isReady(t)
}

// startCommand does so with a command of the caller's own.
func startCommand(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	return launchCommand(t, cmd).isReady(t)
}

func (p *process) isReady(t *testing.T) *process {
	t.Helper()
	line, ok := p.out.wait(readyLine.MatchString)
	if !ok {
		t.Fatalf("plinth %s: not ready: %v", strings.Join(p.cmd.Args[1:], " "), p.wait())
	}
	p.ready = line
	p.url = readyLine.FindStringSubmatch(line)[1]
	return p
}

func launch(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	return launchCommand(t, cmd)
}

func launchCommand(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, out: newTail(), log: newTail()}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.out.read(stdout)
	go p.log.read(stderr)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("plinth %s\n%s\n%s", strings.Join(cmd.Args[1:], " "), p.out.last(20), p.log.last(60))
		}
	})
	return p
}

// dev serves project for development on a free port.
func dev(t *testing.T, project, data string) *process {
	t.Helper()
	return start(t, nil, "dev", "--project", project, "--data", data, "--listen", "127.0.0.1:0")
}

// stop asks for a stop by SIGTERM and expects exit code 0.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.wait(); err != nil {
		t.Errorf("SIGTERM: %v, want exit code 0", err)
	}
}

// kill is kill -9.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.wait()
}

// wait returns when the process is gone, and how it ended.
func (p *process) wait() error {
	p.once.Do(func() {
		timer := time.AfterFunc(patience, func() { p.cmd.Process.Kill() })
		defer timer.Stop()
		<-p.out.done
		<-p.log.done
		p.err = p.cmd.Wait()
	})
	return p.err
}

// command runs plinth to its end.
func command(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), log.String()
}

// tail keeps the lines of a stream.
type tail struct {
	mu    sync.Mutex
	more  *sync.Cond
	lines []string
	ended bool
	done  chan struct{}
}

func newTail() *tail {
	t := &tail{done: make(chan struct{})}
	t.more = sync.NewCond(&t.mu)
	return t
}

func (t *tail) read(r io.Reader) {
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		t.mu.Lock()
		t.lines = append(t.lines, scan.Text())
		t.more.Broadcast()
		t.mu.Unlock()
	}
	t.mu.Lock()
	t.ended = true
	t.more.Broadcast()
	t.mu.Unlock()
	close(t.done)
}

// wait returns the first line that pleases match; not ok where the stream ended, or
// patience did.
func (t *tail) wait(match func(string) bool) (line string, ok bool) {
	late := false
	timer := time.AfterFunc(patience, func() {
		t.mu.Lock()
		late = true
		t.more.Broadcast()
		t.mu.Unlock()
	})
	defer timer.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	for seen := 0; ; {
		for ; seen < len(t.lines); seen++ {
			if match(t.lines[seen]) {
				return t.lines[seen], true
			}
		}
		if t.ended || late {
			return "", false
		}
		t.more.Wait()
	}
}

func (t *tail) last(n int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines[max(0, len(t.lines)-n):], "\n")
}

func (t *tail) contains(text string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Contains(strings.Join(t.lines, "\n"), text)
}
