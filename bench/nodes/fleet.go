package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/bench/proc"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

const (
	publishable = "sb_publishable_bench_nodes_0000001"
	secretKey   = "sb_secret_bench_nodes_000000000001"
	patience    = 2 * time.Minute // for phones to be told of everything
	atOnce      = 512             // operations under way at most, where they come at a rate
)

const schema = `
create table public.posts (id bigint generated always as identity primary key, room int not null, n bigint not null, body text not null);
alter table public.posts enable row level security;
create policy "Everybody sees." on public.posts for select to anon using (n >= 0);
create policy "Everybody writes." on public.posts for insert to anon with check (n >= 0);
insert into public.posts (room, n, body) select -1, i, repeat('x', 100) from generate_series(1, 1000) as i;
alter publication supabase_realtime add table public.posts;
`

func project(dir string) error {
	return errors.Join(
		os.MkdirAll(filepath.Join(dir, "supabase", "migrations"), 0o700),
		os.WriteFile(filepath.Join(dir, "supabase", "config.toml"), []byte("project_id = \"nodes\"\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "supabase", "migrations", "20260101000000_posts.sql"), []byte(schema), 0o600),
	)
}

// fleet is some nodes over one Postgres, and the phones that listen to them. Apart they
// are no cluster: each is alone over a Postgres of its own, with all the phones.
type fleet struct {
	build  string // "" or "before"
	apart  bool
	pgs    []*pgserver.Server
	nodes  []*proc.Process
	phones []*phone
	web    http.Client
	done   int64     // operations of all turns
	told   [][]count // by node and room
}

// count is how many inserts and broadcasts there were.
type count struct{ posts, casts int64 }

func start(ctx context.Context, bin, dir string, n int, apart bool) (f *fleet, err error) {
	f = &fleet{
		apart: apart,
		web:   http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: atOnce, IdleConnTimeout: 5 * time.Second}},
	}
	for i := range n {
		f.told = append(f.told, make([]count, rooms))
		if err := f.add(ctx, bin, dir, i, n > 1 && !apart); err != nil {
			return f, fmt.Errorf("node %d of %d: %w", i+1, n, err)
		}
	}
	for i := range phones * len(f.pgs) {
		p, err := dial(f.nodes[i%n].Addr, i%phones*rooms/phones)
		if err != nil {
			return f, err
		}
		p.node = i % n
		f.phones = append(f.phones, p)
	}
	return f, nil
}

// add starts a node.
func (f *fleet) add(ctx context.Context, bin, dir string, i int, cluster bool) error {
	if i == 0 || f.apart {
		pg, err := pgserver.Start(ctx, "wal_level=logical", "fsync=on", "synchronous_commit=on", "max_connections=100")
		if err != nil {
			return err
		}
		f.pgs = append(f.pgs, pg)
	}
	port, err := proc.FreePort()
	if err != nil {
		return err
	}
	args := []string{"serve", "--project", dir, "--data", filepath.Join(dir, "data"), "--db", f.pgs[len(f.pgs)-1].URL, "--listen", "127.0.0.1:{port}"}
	if cluster {
		args = append(args, "--cluster")
	}
	p, err := proc.Start(ctx, proc.Command{Path: bin, Args: args, Health: "/readyz", Env: []string{
		"PLINTH_JWT_SECRET=a secret of the benchmark of nodes, long enough", "PLINTH_PUBLISHABLE_KEY=" + publishable,
		"PLINTH_SECRET_KEY=" + secretKey, "PLINTH_CLUSTER_LISTEN=127.0.0.1:" + port,
	}})
	if err == nil {
		f.nodes = append(f.nodes, p)
	}
	return err
}

func (f *fleet) stop() {
	for _, p := range f.phones {
		p.nc.Close()
	}
	for _, p := range f.nodes {
		p.Stop()
	}
	for _, pg := range f.pgs {
		_ = pg.Stop()
	}
}

// pids are those of Postgres, and of the nodes.
func (f *fleet) pids() (pg, nodes []int) {
	for _, p := range f.pgs {
		pg = append(pg, p.PID())
	}
	for _, p := range f.nodes {
		nodes = append(nodes, p.PID())
	}
	return pg, nodes
}

// turn does so many operations under a load, each at the next node, and waits until every
// phone was told of all that it listens to.
func (f *fleet) turn(ctx context.Context, l load, ops int) error {
	if err := l.do(ops, func(n int) error { return f.operation(ctx, f.done+int64(n)) }); err != nil {
		return err
	}
	for n := f.done + 1; n <= f.done+int64(ops); n++ {
		switch c := &f.told[f.nodeOf(n)][roomOf(n)]; kindOf(n) {
		case 0:
			c.posts++
		case 5:
			c.casts++
		}
	}
	f.done += int64(ops)
	return f.wait(ctx)
}

// nodeOf tells to which node an operation goes.
func (f *fleet) nodeOf(n int64) int64 { return n / stretch % int64(len(f.nodes)) }

func (f *fleet) operation(ctx context.Context, n int64) error {
	base := "http://" + f.nodes[f.nodeOf(n)].Addr
	switch kindOf(n) {
	case 0:
		return f.call(ctx, http.MethodPost, base+"/rest/v1/posts", fmt.Sprintf(`{"room":%d,"n":%d,"body":"a message of the usual length, as people write them"}`, roomOf(n), n), http.StatusCreated)
	case 5:
		return f.call(ctx, http.MethodPost, base+"/realtime/v1/api/broadcast", fmt.Sprintf(`{"messages":[{"topic":"room-%d","event":"hello","payload":{"n":%d}}]}`, roomOf(n), n), http.StatusAccepted)
	}
	return f.call(ctx, http.MethodGet, fmt.Sprintf("%s/rest/v1/posts?id=eq.%d", base, n%1000+1), "", http.StatusOK)
}

func (f *fleet) call(ctx context.Context, method, url, body string, want int) error {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Apikey", publishable)
	req.Header.Set("Content-Type", "application/json")
	res, err := f.web.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != want || want == http.StatusOK && len(text) < 10) {
		err = fmt.Errorf("%s %s: %s %s", method, url, res.Status, text)
	}
	return err
}

// wait waits for the phones.
func (f *fleet) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		i := slices.IndexFunc(f.phones, func(p *phone) bool { return p.seen() != f.expected(p) })
		if i < 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("a phone was told of %+v, and should be of %+v: %w", f.phones[i].seen(), f.expected(f.phones[i]), ctx.Err())
		}
	}
}

// expected is what a phone is to be told of.
func (f *fleet) expected(p *phone) (c count) {
	for i, at := range f.told {
		if !f.apart || i == p.node {
			c.posts, c.casts = c.posts+at[p.room].posts, c.casts+at[p.room].casts
		}
	}
	return c
}
