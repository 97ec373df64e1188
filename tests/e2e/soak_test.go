package e2e

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestSoak gives mixed traffic to a server that is killed, runs out of disk, is
// paused, whose clock jumps, that waits for a stalled database, and has slow and
// oversized clients and such as never read, on both engines; a model says what each answer may be. Afterwards nothing has leaked.
// PLINTH_PROOF_SECONDS says how long; 60 without it. PLINTH_PROOF_SEED repeats a run.
func TestSoak(t *testing.T) {
	t.Parallel()
	seconds, err := strconv.Atoi(os.Getenv("PLINTH_PROOF_SECONDS"))
	if err != nil {
		seconds = 60
	}
	seed, err := strconv.ParseUint(os.Getenv("PLINTH_PROOF_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			b := &soakBed{t: t, random: rand.New(rand.NewPCG(seed, 1)), disk: smallDisk(t)}
			if engine == "postgres" {
				if b.pg, err = pgserver.Start(t.Context(), "wal_level=logical", "max_connections=60", "synchronous_commit=on"); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { b.pg.Stop() })
			}
			b.run(time.Duration(seconds)*time.Second, seed)
		})
	}
}

// soakBed is a server with everything that may be done to it.
type soakBed struct {
	t      *testing.T
	random *rand.Rand
	disk   disk
	pg     *pgserver.Server // nil for SQLite
	p      *process
	soak   *soak
	done   map[string]int // faults by name
}

func (b *soakBed) start() {
	args := []string{"dev", "--project", mustAbs(b.t, "testdata/soak"), "--data", b.disk.dir, "--listen", "127.0.0.1:0"}
	if b.pg != nil {
		args = append(args, "--db", b.pg.URL)
	}
	b.p = b.disk.start(b.t, args)
	b.soak.url.Store(&b.p.url)
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

const soakWriters = 6

func (b *soakBed) run(length time.Duration, seed uint64) {
	t := b.t
	ctx, cancel := context.WithTimeout(t.Context(), length+5*patience)
	defer cancel()
	b.soak = &soak{ctx: ctx, started: time.Now(), web: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: soakWriters, IdleConnTimeout: time.Second}}}
	b.done = map[string]int{}
	b.start()
	writers := make([]*soakWriter, soakWriters)
	for i := range writers {
		writers[i] = &soakWriter{
			soak: b.soak, n: i, random: rand.New(rand.NewPCG(seed, uint64(i)+2)),
			rows: map[int][]string{}, files: map[string][]string{}, unsure: map[string]bool{},
		}
		if err := writers[i].signUp(); err != nil {
			t.Fatal(err)
		}
	}
	b.harm(writers, length*2/3)
	b.rest(writers, length/3)
	b.soak.web.CloseIdleConnections()
	b.p.stop(t)
	if b.pg == nil {
		b.filesAgree()
	}
	t.Logf("%d reads and %d writes answered, %d refused or lost, %d without room; %v",
		b.soak.reads.Load(), b.soak.writes.Load(), b.soak.away.Load(), b.soak.full.Load(), b.done)
	for _, wrong := range b.soak.wrong {
		t.Error(wrong)
	}
	b.keepLog()
	if b.soak.writes.Load() < int64(length/time.Second) {
		t.Errorf("only %d writes were acknowledged in %s", b.soak.writes.Load(), length)
	}
}

// traffic runs the writers while do runs, and lets each check what it knows after it.
func (b *soakBed) traffic(writers []*soakWriter, do func()) {
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for _, w := range writers {
		wait.Go(func() { w.run(stop, 60*time.Millisecond) })
	}
	do()
	close(stop)
	wait.Wait()
	for _, w := range writers {
		w.check()
	}
}

// harm does one thing after the other to the server.
func (b *soakBed) harm(writers []*soakWriter, length time.Duration) {
	end := time.Now().Add(length)
	b.traffic(writers, func() {
		faults := []func(){b.kill, b.fill, b.pauseServer, b.slowClients, b.slowReaders, b.oversize, b.jump}
		if b.pg != nil {
			faults = append(faults, b.stall, b.crashDatabase)
		}
		for first := true; time.Now().Before(end) || first; first = false {
			for _, i := range b.random.Perm(len(faults)) {
				if !first && time.Now().After(end) {
					break // each was done
				}
				faults[i]()
				b.breathe(time.Second)
			}
		}
	})
}

// breathe lets traffic flow for a while, up to twice d.
func (b *soakBed) breathe(d time.Duration) {
	select {
	case <-time.After(d + time.Duration(b.random.Int64N(int64(d)))):
	case <-b.soak.ctx.Done():
	}
}

// keepLog appends what the server logged to the file that PLINTH_SOAK_LOG names.
func (b *soakBed) keepLog() {
	name := os.Getenv("PLINTH_SOAK_LOG")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		b.t.Error(err)
		return
	}
	defer f.Close()
	fmt.Fprintf(f, "%s\n%s\n", b.t.Name(), b.p.log.last(1<<20))
}

func (b *soakBed) kill() {
	b.done["kill -9"]++
	b.p.kill()
	b.keepLog()
	b.start()
}

// jump sets the server's wall clock forward or back, for longer than a token lives or
// less, and then right again. Phones may have to renew their sessions, nothing else.
func (b *soakBed) jump() {
	offset := []time.Duration{2 * time.Hour, -2 * time.Hour, 10 * time.Minute, -10 * time.Minute}[b.random.IntN(4)]
	b.done["clock jumped"]++
	b.soak.jumped.Store(true)
	clock := clockOf(b.t, b.p.cmd.Process.Pid)
	clock.set(b.t, offset)
	b.breathe(2 * time.Second)
	clock.set(b.t, 0)
}

// slowReaders ask for much and read nothing, until they go.
func (b *soakBed) slowReaders() {
	b.done["slow readers"]++
	addr := strings.TrimPrefix(*b.soak.url.Load(), "http://")
	request := strings.Repeat("GET /openapi.json HTTP/1.1\r\nHost: x\r\napikey: "+localPublishable+"\r\n\r\n", 50)
	var conns []net.Conn
	for range 20 {
		c, err := net.DialTimeout("tcp", addr, patience)
		if err != nil {
			b.t.Error(err)
			break
		}
		conns = append(conns, c)
		_ = c.(*net.TCPConn).SetReadBuffer(4 << 10) // a refusal only makes it easier for the server
		if err := c.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			b.t.Error(err)
		}
		if _, err := io.WriteString(c, request); err != nil {
			b.t.Errorf("slow reader: %v", err)
		}
	}
	b.breathe(2 * time.Second)
	for _, c := range conns {
		c.Close()
	}
}

// pauseServer stops the process as a laptop's lid does; its wall clock jumps.
func (b *soakBed) pauseServer() {
	b.done["paused"]++
	b.signal(b.p.cmd.Process.Pid, syscall.SIGSTOP)
	b.breathe(2 * time.Second)
	b.signal(b.p.cmd.Process.Pid, syscall.SIGCONT)
}

func (b *soakBed) signal(pid int, sig syscall.Signal) {
	if err := syscall.Kill(pid, sig); err != nil {
		b.t.Error(err)
	}
}

// fill leaves no room on the disk for a while.
func (b *soakBed) fill() {
	b.done["full disk"]++
	ballast := filepath.Join(b.disk.seen, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		b.t.Error(err)
		return
	}
	_, err = io.Copy(f, endless{})
	f.Close()
	if err == nil || !strings.Contains(err.Error(), "no space") {
		b.t.Errorf("the disk did not fill: %v", err)
	}
	b.breathe(2 * time.Second)
	if err := os.Remove(ballast); err != nil {
		b.t.Error(err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// slowClients open connections and send a byte now and then. They must be given up,
// and hold up nobody.
func (b *soakBed) slowClients() {
	b.done["slow clients"]++
	addr := strings.TrimPrefix(*b.soak.url.Load(), "http://")
	var conns []net.Conn
	for i := range 40 {
		c, err := net.DialTimeout("tcp", addr, patience)
		if err != nil {
			b.t.Error(err)
			break
		}
		conns = append(conns, c)
		if i%2 == 0 {
			fmt.Fprintf(c, "GET /rest/v1/notes HTTP/1.1\r\nHost: x\r\nX-Slow: ")
		} else {
			fmt.Fprintf(c, "POST /auth/v1/signup HTTP/1.1\r\nHost: x\r\napikey: %s\r\nContent-Length: 100\r\n\r\n{", localPublishable)
		}
	}
	for range 8 {
		for _, c := range conns {
			fmt.Fprint(c, "a") // fails where it was given up
		}
		b.breathe(200 * time.Millisecond)
	}
	for _, c := range conns {
		c.Close()
	}
}

func (b *soakBed) oversize() {
	b.done["oversized"]++
	if err := b.soak.oversized(localPublishable); err != nil {
		b.t.Error(err)
	}
}

// stall stops every process of the database for a while.
func (b *soakBed) stall() {
	b.done["stalled database"]++
	pids := append(children(b.t, b.pg.PID()), b.pg.PID())
	for _, pid := range pids {
		syscall.Kill(pid, syscall.SIGSTOP) // one may have ended meanwhile
	}
	b.breathe(2 * time.Second)
	for _, pid := range pids {
		syscall.Kill(pid, syscall.SIGCONT)
	}
}

func (b *soakBed) crashDatabase() {
	b.done["crashed database"]++
	if err := b.pg.Crash(); err != nil {
		b.t.Fatal(err)
	}
	b.breathe(time.Second)
	if err := b.pg.Restart(b.soak.ctx); err != nil {
		b.t.Fatal(err)
	}
}

func children(t *testing.T, pid int) []int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, word := range strings.Fields(string(text)) {
		n, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

// footprint is what a process holds when it rests.
type footprint struct{ fds, threads, goroutines, rss int }

// rest leaves the server alive, and expects that traffic and clients of every kind
// leave nothing behind.
func (b *soakBed) rest(writers []*soakWriter, length time.Duration) {
	b.traffic(writers, func() { b.slowClients(); b.slowReaders(); b.oversize() }) // everything was used once
	before := b.footprint(footprint{})
	end := time.Now().Add(length)
	b.traffic(writers, func() {
		for first := true; time.Now().Before(end) || first; first = false {
			b.slowClients()
			b.slowReaders()
			b.oversize()
			b.breathe(time.Second)
		}
	})
	after := b.footprint(before)
	b.t.Logf("at rest before and after: %+v %+v", before, after)
	if after.fds > before.fds+4 {
		b.t.Errorf("%d descriptors are left of %d", after.fds, before.fds)
	}
	if after.goroutines > before.goroutines+8 {
		b.t.Errorf("%d goroutines are left of %d", after.goroutines, before.goroutines)
	}
	if after.rss > before.rss+2*spareRSS {
		b.t.Errorf("%d KB are resident, %d before", after.rss, before.rss)
	}
}

// spareRSS is how much more may be resident, in KB: a server gives memory back when it
// has been at rest for some seconds.
const spareRSS = 32 << 10

// footprint waits until what is held is down to want's, or for twenty seconds; for eight
// where nothing is wanted.
func (b *soakBed) footprint(want footprint) (f footprint) {
	b.soak.web.CloseIdleConnections()
	pid := b.p.cmd.Process.Pid
	late := time.Now().Add(20 * time.Second)
	if want.fds == 0 {
		late = time.Now().Add(8 * time.Second)
	}
	for {
		fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			b.t.Fatal(err)
		}
		f = footprint{
			fds: len(fds), goroutines: b.goroutines(),
			threads: status(b.t, pid, "Threads:"), rss: status(b.t, pid, "VmRSS:"),
		}
		b.soak.web.CloseIdleConnections()
		if time.Now().After(late) || want.fds > 0 && f.fds <= want.fds && f.goroutines <= want.goroutines && f.rss <= want.rss+spareRSS {
			return f
		}
		b.breathe(500 * time.Millisecond)
	}
}

// goroutines asks the server's metrics.
func (b *soakBed) goroutines() int {
	req, err := http.NewRequestWithContext(b.soak.ctx, http.MethodGet, b.p.url+"/metrics", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Apikey", localSecret)
	res, err := b.soak.web.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\ngo_goroutines ")
	n, err := strconv.Atoi(strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]))
	if !ok || err != nil {
		b.t.Fatalf("no go_goroutines in the metrics: %v", err)
	}
	return n
}

func status(t *testing.T, pid int, name string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), name)
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// filesAgree asks the command whether rows and bytes agree.
func (b *soakBed) filesAgree() {
	out, err := b.disk.run("storage", "check", "--project", mustAbs(b.t, "testdata/soak"), "--data", b.disk.dir, "--grace", "0s")
	b.t.Logf("storage check: %s", out)
	if err != nil && b.soak.away.Load() == 0 {
		b.t.Errorf("storage check: %v", err)
	}
}

// disk is a small file system of a test's own: a tmpfs in a mount namespace that a
// child process holds. seen is how this process reaches dir.
type disk struct {
	dir, seen string
	holder    *exec.Cmd
}

const diskSize = "192m"

func smallDisk(t *testing.T) disk {
	t.Helper()
	d := disk{dir: t.TempDir()}
	d.holder = exec.Command("unshare", d.unshare("sh", "-c", "mount -t tmpfs -o size="+diskSize+",mode=777 tmpfs \"$0\" && echo ready && exec cat", d.dir)...)
	in, err := d.holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := d.holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); d.holder.Wait() })
	line := make([]byte, 6)
	if _, err := io.ReadFull(out, line); err != nil {
		t.Fatalf("no file system of our own: %v (unshare and mount of util-linux are needed)", err)
	}
	d.seen = fmt.Sprintf("/proc/%d/root%s", d.holder.Process.Pid, d.dir)
	return d
}

// unshare are its arguments: whoever is not root is so in a user namespace of his own.
func (d disk) unshare(command ...string) []string {
	flags := []string{"--mount"}
	if os.Getuid() != 0 {
		flags = append(flags, "--user", "--map-root-user")
	}
	return append(flags, command...)
}

func (d disk) enter(args []string) []string {
	flags := []string{"--target", strconv.Itoa(d.holder.Process.Pid), "--mount"}
	if os.Getuid() != 0 {
		flags = append(flags, "--user", "--preserve-credentials")
	}
	return append(append(flags, "--", binary), args...)
}

// start runs plinth on the disk.
func (d disk) start(t *testing.T, args []string) *process {
	return startCommand(t, exec.Command("nsenter", d.enter(args)...))
}

func (d disk) run(args ...string) (string, error) {
	out, err := exec.Command("nsenter", d.enter(args)...).CombinedOutput()
	return string(out), err
}
