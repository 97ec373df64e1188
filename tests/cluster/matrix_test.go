package cluster

import (
	"syscall"
	"testing"
	"time"
)

// fault is one line of the matrix: it breaks something, and mends it.
type fault struct {
	name  string
	brief bool // of the short form, too
	do    func(*round)
}

// matrix: what breaks, in this order. The fail-over is the last, since there is one
// replica.
var matrix = []fault{
	{"nothing", false, func(r *round) { r.due(); r.progress() }},
	{"kill a node", true, func(r *round) {
		n := r.other()
		n.kill()
		r.due()
		r.progress()
		n.start()
		n.ready()
	}},
	{"kill the leader", true, func(r *round) {
		n := r.leader()
		n.kill()
		r.due()
		r.progress()
		n.start()
		n.ready()
	}},
	{"restart Postgres", true, func(r *round) {
		r.due()
		if err := r.primary.Crash(); err != nil {
			r.t.Fatal(err)
		}
		if err := r.primary.Restart(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
	}},
	{"a slow node", false, func(r *round) { slow(r, r.other(), 8*time.Second) }},
	{"a slow leader", false, func(r *round) { slow(r, r.leader(), 8*time.Second) }},
	{"pause a node", false, func(r *round) { paused(r, r.other(), 20*time.Second) }},
	{"pause the leader", false, func(r *round) { paused(r, r.leader(), 20*time.Second) }},
	{"a rolling restart", false, func(r *round) {
		for _, n := range r.nodes {
			r.due()
			n.signal(syscall.SIGTERM)
			if code := n.wait(); code != 0 {
				r.t.Errorf("node %s ended with %d", n.name, code)
			}
			n.start()
			n.ready()
			r.ran()
		}
	}},
	{"kill the replica", false, func(r *round) {
		// Answers wait for the replica, as they must while it is to take over.
		r.exec(`alter system reset synchronous_standby_names`)
		r.exec(`select pg_reload_conf()`)
		if err := r.follower.Crash(); err != nil {
			r.t.Fatal(err)
		}
		r.due()
		r.progress()
		if err := r.follower.Restart(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		r.exec(`alter system set synchronous_standby_names = '*'`)
		r.exec(`select pg_reload_conf()`)
	}},
	{"fail over to the replica", true, func(r *round) {
		if err := r.primary.Crash(); err != nil {
			r.t.Fatal(err)
		}
		if err := r.follower.Promote(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		r.primary, r.follower = r.follower, nil
		r.due()
	}},
}

// slow gives a node a fifth of the time.
func slow(r *round, n *node, total time.Duration) {
	r.due()
	for end := time.Now().Add(total); time.Now().Before(end); {
		n.signal(syscall.SIGSTOP)
		pass(r.t, 400*time.Millisecond)
		n.signal(syscall.SIGCONT)
		pass(r.t, 100*time.Millisecond)
	}
}

// paused stops a node and lets it go on.
func paused(r *round, n *node, d time.Duration) {
	n.signal(syscall.SIGSTOP)
	r.due()
	pass(r.t, d)
	n.signal(syscall.SIGCONT)
}

// TestFaults: under each fault no acknowledged write is lost, every watcher of every node
// is told each change once and in order or to fetch again, a read shows what was
// acknowledged before it, and a schedule's time comes once.
func TestFaults(t *testing.T) {
	f := newFleet(t)
	for _, fault := range matrix {
		if !whole && !fault.brief {
			continue
		}
		t.Run(fault.name, func(t *testing.T) {
			r := f.begin(t)
			fault.do(r)
			r.progress()
			r.end()
		})
		if t.Failed() {
			return // what follows would tell of the same
		}
	}
}
