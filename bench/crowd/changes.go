package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	people   = 3000
	inRoom   = 10
	changes  = 1000 // a second, at least
	pace     = 1050 // that are tried: the clock ends with a round under way
	insertBy = 10   // rows of one insert
)

// changes writes rows that a policy shows to the ten members of their room, of all who
// subscribed to the table without a filter.
func (b *bench) changes(ctx context.Context) error {
	p, stop, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := b.fillRooms(ctx, p.Addr); err != nil {
		return err
	}
	list, err := connect(ctx, p.Addr, 0, people, func(i int, s *socket) error {
		tok, err := b.token(i)
		if err != nil {
			return err
		}
		return s.join("talk", `{"presence":{"enabled":false},"postgres_changes":[{"event":"INSERT","schema":"public","table":"talk"}]}`, tok, "Subscribed to PostgreSQL")
	})
	defer closeAll(list)
	if err != nil {
		return err
	}
	var heard atomic.Int64
	d := &delays{}
	var readers sync.WaitGroup
	for _, s := range list {
		readers.Go(func() { listen(s, &heard, d, true) })
	}
	u, begin := since(p), time.Now()
	sent, err := b.write(ctx, p.Addr)
	if err != nil {
		return err
	}
	took := time.Since(begin)
	for until := time.Now().Add(patience); heard.Load() < sent*inRoom && time.Now().Before(until); {
		time.Sleep(time.Millisecond)
	}
	fmt.Printf("changes on %s: %s\n", b.engine(), u.per(int(sent)))
	rate, all := float64(sent)/took.Seconds(), heard.Load() == sent*inRoom
	b.note(fmt.Sprintf("changes on %s, each to %d of %d", b.engine(), inRoom, people), fmt.Sprintf("%.0f a second, %d of %d delivered", rate, heard.Load(), sent*inRoom),
		fmt.Sprintf("at least %d, all", changes), all && rate >= changes)
	b.note("the same, from before the insert to the socket", fmt.Sprintf("p50 %s, p95 %s", d.at(0.5), d.at(0.95)), "p95 at most 100 ms", all && d.at(0.95) <= 100*time.Millisecond)
	closeAll(list)
	readers.Wait()
	if heard.Load() != sent*inRoom {
		return errors.New("not everything was delivered, or more than that")
	}
	return nil
}

// fillRooms puts ten people into each room.
func (b *bench) fillRooms(ctx context.Context, addr string) error {
	var rows []string
	for i := range people {
		rows = append(rows, fmt.Sprintf(`{"room_id":%d,"user_id":"%s"}`, i/inRoom, user(i)))
	}
	return call(ctx, addr, "/rest/v1/members", []byte("["+strings.Join(rows, ",")+"]"))
}

// write inserts rows at a steady rate from several writers.
func (b *bench) write(ctx context.Context, addr string) (int64, error) {
	const writers = 4
	var sent atomic.Int64
	var mu sync.Mutex
	var errs []error
	var work sync.WaitGroup
	end := time.Now().Add(time.Duration(b.seconds) * time.Second)
	for w := range writers {
		work.Go(func() {
			tick := time.NewTicker(time.Second * insertBy * writers / pace)
			defer tick.Stop()
			for n := w; time.Now().Before(end) && ctx.Err() == nil; n += writers {
				var rows []string
				for k := range insertBy {
					rows = append(rows, fmt.Sprintf(`{"room_id":%d,"sent":%d}`, (n*insertBy+k)%(people/inRoom), time.Now().UnixNano()))
				}
				if err := call(ctx, addr, "/rest/v1/talk", []byte("["+strings.Join(rows, ",")+"]")); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
					return
				}
				sent.Add(insertBy)
				<-tick.C
			}
		})
	}
	work.Wait()
	return sent.Load(), errors.Join(errs...)
}
