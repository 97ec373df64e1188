package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/plinth-dev/plinth/bench/proc"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

const (
	publishable = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH"
	secretKey   = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"
	jwtSecret   = "super-secret-jwt-token-with-at-least-32-characters-long"
)

// schema has a table whose readers are the members of its rooms, and one for all.
const schema = `
create table public.members (room_id int, user_id uuid, primary key (room_id, user_id));
create table public.talk (id bigint generated always as identity primary key, room_id int not null, sent bigint not null);
alter table public.members enable row level security;
alter table public.talk enable row level security;
create function public.in_room(r int) returns boolean language sql stable security definer set search_path = '' as
  $$ select exists (select 1 from public.members m where m.room_id = r and m.user_id = auth.uid()) $$;
create policy "members read" on public.talk for select to authenticated using (public.in_room(room_id));
create table public.ticks (id int primary key);
grant select on public.ticks to authenticated;
alter publication supabase_realtime add table public.talk, public.ticks;
`

// bench is what the parts need.
type bench struct {
	bin     string
	pg      string // URL of a server, "" for SQLite
	seconds int
	ring    *token.Keyring
	notes   []figure
}

func main() {
	b := &bench{}
	var parts string
	flag.StringVar(&b.bin, "bin", "bin/plinth", "the server to measure")
	flag.StringVar(&parts, "parts", "idle,talk,fanout,changes,jitter", "what to measure")
	floor := flag.String("floor", "", "be the least program that answers heartbeats, at an address")
	flag.IntVar(&b.seconds, "seconds", 10, "of each part")
	flag.Parse()
	if *floor != "" {
		fmt.Fprintln(os.Stderr, "crowd:", serveFloor(*floor))
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := b.run(ctx, parts)
	b.report()
	if err != nil {
		fmt.Fprintln(os.Stderr, "crowd:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context, parts string) (err error) {
	if err := checkFiles(15_500); err != nil {
		return err
	}
	if b.ring, err = token.NewKeyring(token.NewHS256(jwtSecret)); err != nil {
		return err
	}
	known := map[string]func(context.Context) error{"idle": b.idle, "fanout": b.fanout, "changes": b.changes, "jitter": b.jitter, "talk": b.talk}
	for _, name := range strings.Split(parts, ",") {
		part := known[name]
		if part == nil {
			return fmt.Errorf("there is no part %q", name)
		}
		if err := part(ctx); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	srv, err := pgserver.Start(ctx, "wal_level=logical", "fsync=on", "synchronous_commit=on")
	if err != nil {
		return err
	}
	defer srv.Stop()
	b.pg = srv.URL
	if strings.Contains(parts, "changes") {
		return b.changes(ctx)
	}
	return nil
}

// checkFiles: each of both processes opens a file for each socket.
func checkFiles(want uint64) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return err
	}
	if l.Cur < want {
		return fmt.Errorf("at most %d files may be open, and %d are needed: ulimit -n %d", l.Cur, want, want)
	}
	return nil
}

// start starts the server on a fresh project.
func (b *bench) start(ctx context.Context) (*proc.Process, func(), error) {
	dir, err := os.MkdirTemp("", "crowd")
	if err != nil {
		return nil, nil, err
	}
	clean := func() { _ = os.RemoveAll(dir) }
	for name, text := range map[string]string{
		"supabase/config.toml":                     "[plinth.realtime]\nmax_concurrent_users = 16000\n",
		"supabase/migrations/20260101000000_a.sql": schema,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, clean, err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return nil, clean, err
		}
	}
	args := []string{"dev", "--project", dir, "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:{port}", "--log", "warn"}
	if b.pg != "" {
		args = append(args, "--db", b.pg)
	}
	bin, err := filepath.Abs(b.bin)
	if err != nil {
		return nil, clean, err
	}
	p, err := proc.Start(ctx, proc.Command{Path: bin, Args: args, Health: "/readyz"})
	if err != nil {
		return nil, clean, err
	}
	return p, func() { p.Stop(); clean() }, nil
}

// token is that of user n.
func (b *bench) token(n int) (string, error) {
	return b.ring.Sign(map[string]any{"sub": user(n), "role": "authenticated", "exp": time.Now().Add(time.Hour).Unix()})
}

func user(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// engine names what is below the server.
func (b *bench) engine() string {
	if b.pg != "" {
		return "Postgres"
	}
	return "SQLite"
}

// usage is the CPU time of both processes since it was made.
type usage struct {
	pid          int
	server, self time.Duration
}

func since(p *proc.Process) *usage {
	u := &usage{pid: p.PID()}
	u.server, _ = proc.CPU(u.pid)
	u.self = own()
	return u
}

func own() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// each is what each of n things cost the server, µs.
func (u *usage) each(n int) float64 {
	server, _ := proc.CPU(u.pid)
	return micros(server-u.server, n)
}

// per prints what each of n things cost both.
func (u *usage) per(n int) string {
	server, err := proc.CPU(u.pid)
	if err != nil || n == 0 {
		return "?"
	}
	return fmt.Sprintf("CPU each: server %.2f µs, phones %.2f µs", micros(server-u.server, n), micros(own()-u.self, n))
}

func micros(d time.Duration, n int) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(n) }
