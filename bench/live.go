package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/plinth-dev/plinth/bench/live"
	"github.com/plinth-dev/plinth/bench/report"
	"github.com/plinth-dev/plinth/bench/target"
)

// fanOut is one realtime workload: windows of messages to so many subscribers.
type fanOut struct {
	name, note  string
	stored      bool
	subscribers int
	window      int
}

func fanOuts() []fanOut {
	const window = " The times are from a window's first message to its last delivery."
	return []fanOut{
		{"burst to 100", "Windows of 20 messages, published by one request, stored nowhere, to 100 subscribers." + window, false, 100, 20},
		{"burst to 1,000", "The same to 1,000." + window, false, 1000, 20},
		{"stored row to 100", "Windows of 5 inserts, one after the other, each delivered to 100 subscribers who are members of the room." + window, true, 100, 5},
		{storedName, "The same to 1,000." + window, true, 1000, 5},
	}
}

const (
	idleName   = "idle sockets"
	storedName = "stored row to 1,000"
)

// seat is a realtime server that runs.
type seat struct {
	server  *live.Server
	running *target.Running
	group   *live.Group
}

// before names an earlier build, which takes its turns in the same rounds.
const before = " before"

// live measures the realtime servers. They are started anew, with few rows.
func (b *bench) live(ctx context.Context, dir string) error {
	any := chosen(idleName, b.only)
	for _, f := range fanOuts() {
		any = any || chosen(f.name, b.only)
	}
	if !any {
		return nil
	}
	var seats []*seat
	defer func() {
		for _, s := range seats {
			s.running.Stop()
		}
	}()
	servers := live.All()
	if b.home.Before != "" {
		for _, s := range live.All() {
			if s.Name == "plinth" || s.Name == "plinth-sqlite" {
				s.Name += before
				servers = append(servers, s)
			}
		}
	}
	for _, s := range servers {
		if !chosen(s.Name, b.rivals) && !strings.HasPrefix(s.Name, "plinth") {
			continue
		}
		b.say("start %s for %s", s.Name, s.Note)
		h := b.home
		h.Sizes = target.Sizes{List: 60, Count: 10}
		if strings.HasSuffix(s.Name, before) {
			h.Binary = h.Before
		}
		h.Dir = filepath.Join(dir, "live-"+strings.ReplaceAll(s.Name, " ", "-"))
		if err := os.Mkdir(h.Dir, 0o700); err != nil {
			return err
		}
		r, err := s.Start(ctx, h)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		seats = append(seats, &seat{server: s, running: r})
	}
	for _, f := range fanOuts() {
		if chosen(f.name, b.only) {
			if err := b.fanOut(ctx, f, seats); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
	}
	if chosen(idleName, b.only) {
		return b.idle(ctx, seats)
	}
	return nil
}

func (b *bench) fanOut(ctx context.Context, f fanOut, seats []*seat) (err error) {
	b.say("%s", f.name)
	tab := report.Table{Name: f.name, Note: f.note, Unit: "deliveries"}
	first := ""
	var in []*seat
	defer func() {
		for _, s := range in {
			s.group.Close()
		}
	}()
	for _, s := range seats {
		if s.server.Stored != f.stored {
			continue
		}
		if s.group, err = live.Connect(ctx, s.server, s.running, f.subscribers); err != nil {
			return fmt.Errorf("%s: %w", s.server.Name, err)
		}
		in = append(in, s)
		if first == "" {
			first = s.server.Name
		}
		tab.Lines = append(tab.Lines, report.Line{Server: s.server.Name, Base: first})
	}
	for round := range b.rounds {
		for i, s := range in {
			if round == 0 {
				if _, err := s.group.Turn(ctx, f.window, b.round/2); err != nil { // to warm up
					return fmt.Errorf("%s: %w", s.server.Name, err)
				}
			}
			var sample report.Sample
			err := b.profiled(ctx, s.server.Name, s.running, func() (err error) {
				sample, err = s.group.Turn(ctx, f.window, b.round)
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", s.server.Name, err)
			}
			tab.Lines[i].Samples = append(tab.Lines[i].Samples, sample)
		}
	}
	b.tables = append(b.tables, tab)
	tab.Markdown(os.Stdout)
	return nil
}

// idle opens many sockets, one server after the other.
func (b *bench) idle(ctx context.Context, seats []*seat) error {
	b.say("%s: %d", idleName, b.sockets)
	b.idles = nil
	for _, s := range seats {
		bytes, err := live.Idle(ctx, s.server, s.running, b.sockets)
		if ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		line := fmt.Sprintf("| %s | %s | %.1f |\n", s.server.Name, s.server.Note, bytes/1024)
		if err != nil { // that a server refuses so many is a result too
			line = fmt.Sprintf("| %s | %s | none: %.120q |\n", s.server.Name, s.server.Note, err.Error())
		}
		fmt.Print(line)
		b.idles = append(b.idles, line)
	}
	return nil
}
