package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/bench/proc"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

const (
	publishable = "sb_publishable_bench_nodes_0000001"
	secretKey   = "sb_secret_bench_nodes_000000000001"
	clients     = 8
	patience    = 2 * time.Minute // for phones to be told of everything
)

const schema = `
create table public.posts (id bigint generated always as identity primary key, n bigint not null, body text not null);
alter table public.posts enable row level security;
create policy "Everybody sees." on public.posts for select to anon using (n >= 0);
create policy "Everybody writes." on public.posts for insert to anon with check (n >= 0);
insert into public.posts (n, body) select i, repeat('x', 100) from generate_series(1, 1000) as i;
alter publication supabase_realtime add table public.posts;
`

func project(dir string) error {
	return errors.Join(
		os.MkdirAll(filepath.Join(dir, "supabase", "migrations"), 0o700),
		os.WriteFile(filepath.Join(dir, "supabase", "config.toml"), []byte("project_id = \"nodes\"\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "supabase", "migrations", "20260101000000_posts.sql"), []byte(schema), 0o600),
	)
}

// fleet is some nodes over a Postgres of their own, and the phones that listen to them.
type fleet struct {
	pg     *pgserver.Server
	nodes  []*proc.Process
	phones []*phone
	web    http.Client
	done   int64 // operations of all turns
	posts  int64 // of them inserts, and broadcasts
	casts  int64
}

func start(ctx context.Context, bin, dir string, n int) (f *fleet, err error) {
	f = &fleet{web: http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
	if f.pg, err = pgserver.Start(ctx, "wal_level=logical", "fsync=on", "synchronous_commit=on", "max_connections=100"); err != nil {
		return nil, err
	}
	for i := range n {
		port, err := proc.FreePort()
		if err != nil {
			return f, err
		}
		args := []string{"serve", "--project", dir, "--data", filepath.Join(dir, "data"), "--db", f.pg.URL, "--listen", "127.0.0.1:{port}"}
		if n > 1 {
			args = append(args, "--cluster")
		}
		p, err := proc.Start(ctx, proc.Command{Path: bin, Args: args, Health: "/readyz", Env: []string{
			"PLINTH_JWT_SECRET=a secret of the benchmark of nodes, long enough", "PLINTH_PUBLISHABLE_KEY=" + publishable,
			"PLINTH_SECRET_KEY=" + secretKey, "PLINTH_CLUSTER_LISTEN=127.0.0.1:" + port,
		}})
		if err != nil {
			return f, fmt.Errorf("node %d of %d: %w", i+1, n, err)
		}
		f.nodes = append(f.nodes, p)
	}
	for i := range phones {
		p, err := dial(f.nodes[i%n].Addr)
		if err != nil {
			return f, err
		}
		f.phones = append(f.phones, p)
	}
	return f, nil
}

func (f *fleet) stop() {
	for _, p := range f.phones {
		p.nc.Close()
	}
	for _, p := range f.nodes {
		p.Stop()
	}
	_ = f.pg.Stop()
}

func (f *fleet) pids() []int {
	list := []int{f.pg.PID()}
	for _, p := range f.nodes {
		list = append(list, p.PID())
	}
	return list
}

// turn does so many operations, each at the next node, and waits until every phone was
// told of all that it listens to.
func (f *fleet) turn(ctx context.Context, ops int) error {
	for _, p := range f.phones {
		if err := p.heartbeat(); err != nil {
			return err
		}
	}
	var next atomic.Int64
	var work sync.WaitGroup
	errs := make(chan error, clients)
	for range clients {
		work.Go(func() {
			for n := next.Add(1); n <= int64(ops); n = next.Add(1) {
				if err := f.operation(ctx, f.done+n); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	work.Wait()
	select {
	case err := <-errs:
		return err
	default:
	}
	for n := f.done + 1; n <= f.done+int64(ops); n++ {
		switch kindOf(n) {
		case 0:
			f.posts++
		case 5:
			f.casts++
		}
	}
	f.done += int64(ops)
	return f.told(ctx)
}

func (f *fleet) operation(ctx context.Context, n int64) error {
	base := "http://" + f.nodes[n%int64(len(f.nodes))].Addr
	switch kindOf(n) {
	case 0:
		return f.call(ctx, http.MethodPost, base+"/rest/v1/posts", fmt.Sprintf(`{"n":%d,"body":"a message of the usual length, as people write them"}`, n), http.StatusCreated)
	case 5:
		return f.call(ctx, http.MethodPost, base+"/realtime/v1/api/broadcast", fmt.Sprintf(`{"messages":[{"topic":"room","event":"hello","payload":{"n":%d}}]}`, n), http.StatusAccepted)
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

// told waits for the phones.
func (f *fleet) told(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		all := true
		for _, p := range f.phones {
			all = all && p.rows.Load() == f.posts && p.casts.Load() == f.casts
		}
		if all {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p := f.phones[0]
			return fmt.Errorf("a phone was told of %d rows of %d and %d broadcasts of %d: %w", p.rows.Load(), f.posts, p.casts.Load(), f.casts, ctx.Err())
		}
	}
}
