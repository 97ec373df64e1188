package ws

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// place says in which of the Lot's watches the system has a connection.
func place(t *testing.T, c *Conn) string {
	t.Helper()
	where := ""
	for name, w := range map[string]*watch{"calm": c.spot.lot.calm, "brisk": c.spot.lot.brisk} {
		info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", w.fd))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(info)) {
			if f := strings.Fields(line); len(f) > 1 && f[0] == "tfd:" && f[1] == fmt.Sprint(c.spot.fd) {
				where += name
			}
		}
	}
	return where
}

// say sends a message and waits for its answer.
func say(t *testing.T, client io.ReadWriter, msg string) {
	t.Helper()
	client.Write(masked(0x81, msg))
	if _, err := io.ReadFull(client, make([]byte, 2+len(msg))); err != nil {
		t.Fatal(err)
	}
}

// patient is a Lot whose talkers calm down when the test says so.
func patient(t *testing.T, most int) (Config, func()) {
	cfg := lots(t)
	l := cfg.Lot
	l.most, l.hush = most, time.Hour
	return cfg, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.calmDown()
	}
}

// Heartbeats leave a client where it is; what else it says makes it a talker, and it is
// one until it has said nothing else for a while.
func TestTalkers(t *testing.T) {
	t.Parallel()
	cfg, calmDown := patient(t, 10)
	c, client := line(t, cfg)
	ended := serve(c, func(msg []byte) { c.Send(Text(msg)) })
	for i, step := range []struct{ do, want string }{
		{"?a", "calm"}, {"", "calm"}, {"x", "brisk"}, {"?b", "brisk"}, {"", "brisk"}, {"?c", "brisk"}, {"", "calm"}, {"?d", "calm"},
		{"y", "brisk"}, {"", "brisk"}, {"z", "brisk"}, {"", "brisk"}, {"", "calm"}, {"", "calm"}, {"x", "brisk"},
	} {
		if step.do == "" {
			calmDown()
		} else {
			say(t, client, step.do)
		}
		if got := place(t, c); got != step.want {
			t.Errorf("after step %d, %q, it is %q, not %q", i, step.do, got, step.want)
		}
	}
	client.Close()
	<-ended
	if n := len(cfg.Lot.talking); n != 0 {
		t.Errorf("%d talkers that are gone are still known", n)
	}
}

// There are so many talkers and no more; who leaves or calms down makes room.
func TestTalkersAreFew(t *testing.T) {
	t.Parallel()
	cfg, calmDown := patient(t, 2)
	var conns []*Conn
	var clients []io.ReadWriteCloser
	var ended []<-chan error
	for range 4 {
		c, client := line(t, cfg)
		conns, clients = append(conns, c), append(clients, client)
		ended = append(ended, serve(c, func(msg []byte) { c.Send(Text(msg)) }))
	}
	where := func() (s []string) {
		for _, c := range conns {
			s = append(s, place(t, c))
		}
		return s
	}
	for i := range 3 {
		say(t, clients[i], "x")
	}
	if got := fmt.Sprint(where()); got != "[brisk brisk calm calm]" {
		t.Error(got)
	}
	clients[0].Close()
	<-ended[0]
	say(t, clients[2], "x")
	calmDown()
	say(t, clients[2], "x")
	calmDown()
	say(t, clients[3], "x")
	conns = conns[1:]
	if got := fmt.Sprint(where()); got != "[calm brisk brisk]" {
		t.Error(got)
	}
}

// What a talker says is taken while heartbeats wait for their turn.
func TestTalkersDoNotWait(t *testing.T) {
	t.Parallel()
	cfg, _ := patient(t, 10)
	held, hold := make(chan struct{}), make(chan struct{})
	cfg.Quick = func(dst, msg []byte) []byte {
		if string(msg) == "?hold" {
			close(held)
			<-hold
		}
		return echo(dst, msg)
	}
	talker, client := line(t, cfg)
	serve(talker, func(msg []byte) { talker.Send(Text(msg)) })
	calm, phone := line(t, cfg)
	serve(calm, func([]byte) {})
	client.SetDeadline(time.Now().Add(limits.Idle))
	say(t, client, "x")
	phone.Write(masked(0x81, "?hold"))
	<-held
	say(t, client, "y")
	say(t, client, "?z")
	close(hold)
	if _, err := io.ReadFull(phone, make([]byte, 7)); err != nil {
		t.Error(err)
	}
}
