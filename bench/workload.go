package main

import (
	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/report"
	"github.com/plinth-dev/plinth/bench/target"
)

// workload is what the clients do.
type workload struct {
	name, note string
	conns      int
	op         func(n int) target.Op
	// rate is that of an open loop; overload is an open loop at so many times the rate
	// at which the mixed workload's closed loop was served.
	rate     float64
	overload float64
	reaches  float64 // only for servers whose mixed closed loop reached so many a second, 0 for all
}

func always(op target.Op) func(int) target.Op { return func(int) target.Op { return op } }

// mixed is nine reads of a message or a list to one write.
func mixed(n int) target.Op {
	switch n % 10 {
	case 0:
		return target.Insert
	case 5:
		return target.List
	}
	return target.Get
}

const (
	mixedName  = "mixed 90/10 at 16"
	steadyName = "mixed open loop at 3,000 a second"
)

func workloads() []workload {
	return []workload{
		{name: "sign in", note: "Two connections. Plinth hashes with argon2id (19 MiB), the servers by hand with scrypt (16 MiB), PocketBase with bcrypt (cost 10): this compares hashes.", conns: 2, op: always(target.SignIn)},
		{name: "one message by id", note: "16 connections; the rule asks for membership in the message's room.", conns: 16, op: always(target.Get)},
		{name: "newest 50 with author", note: "16 connections; 50 messages of a room of 2,000, each with its author's id and name.", conns: 16, op: always(target.List)},
		{name: "nested embed", note: "16 connections; three rooms with their 11 members each and these members' names.", conns: 16, op: always(target.Nested)},
		{name: "count on 100,000 rows", note: "4 connections; an exact count of the messages of a room.", conns: 4, op: always(target.Count)},
		{name: "insert at 1", note: "One connection. The new row is answered.", conns: 1, op: always(target.Insert)},
		{name: "insert at 16", note: "16 connections.", conns: 16, op: always(target.Insert)},
		{name: "insert at 128", note: "128 connections.", conns: 128, op: always(target.Insert)},
		{name: mixedName, note: "16 connections: eight single messages and a list of 50 to one insert.", conns: 16, op: mixed},
		{name: "mixed open loop at 300 a second", note: "The same mix at a fixed rate on 16 connections; latency counts from when a request was due.", conns: 16, op: mixed, rate: 300},
		{name: steadyName, note: "The same at ten times the rate, for servers whose closed loop reached 4,500: where all have the same to do, and none all of the machine.", conns: 16, op: mixed, rate: 3000, reaches: 4500},
		{name: "jitter at 100 a second", note: "One message by id at a fixed rate on 4 connections.", conns: 4, op: always(target.Get), rate: 100},
		{name: "overload", note: "The mix, due at three times the rate that the server's closed loop reached, on 128 connections; what was due and could not be sent in half the time again is not sent.", conns: 128, op: mixed, overload: 3},
	}
}

// load makes the load of a server's turn.
func (w *workload) load(r *target.Running, from int) drive.Load {
	return drive.Load{
		Addr: r.Addr, Conns: w.conns, Rate: w.rate,
		Request: func(n int) drive.Request { return r.Request(w.op(n+from), n+from) },
		Check: func(n int, a drive.Answer, full bool) error {
			return r.Check(w.op(n+from), n+from, a, full)
		},
	}
}

// sample turns a turn's result into figures.
func sample(r *drive.Result, cpu float64) report.Sample {
	ms := func(q float64) float64 { return float64(r.Times.Quantile(q).Microseconds()) / 1000 }
	done := float64(r.Times.Count())
	s := report.Sample{
		Rate: done / r.Took.Seconds(), P50: ms(0.5), P95: ms(0.95), P99: ms(0.99), P999: ms(0.999),
		Max: float64(r.Times.Max().Microseconds()) / 1000, Failed: r.Failed, Unsent: r.Unsent, Bytes: r.Bytes,
	}
	if done > 0 {
		s.CPU = cpu / done * 1000
	}
	return s
}
