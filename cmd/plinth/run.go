package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/plinth-dev/plinth"
)

// environment is all that the program takes from outside, so that a test can run
// the very program in its own process.
type environment struct {
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	ready          func(net.Addr) // test hook
	reload         <-chan os.Signal
	hash           []string // starts this program as one that hashes passwords
}

const usage = `usage: plinth <command> [flags]

  dev              serve a project folder for development
  serve            serve it for others; keys come from the environment
  init             make a project folder: config.toml, a first migration, CI
  migrate new      make an empty migration file: migrate new NAME
  migrate up       run the migrations that the database lacks
  migrate status   which migrations the database has
  migrate check    run all migrations on a throw-away database
  migrate squash   make one migration of all
  db diff          what the database has beyond its migrations, as SQL
  db dump          the database's schema as SQL; --rows: its rows too
  db reset         throw the SQLite database away and make it anew
  db seed          run the seed files
  advise           what the schema should do better, with the SQL that mends it
  storage check    compare files with their rows: --repair, --grace 1h
  backup           put a snapshot into the store of backups; backup list, verify, check (of Postgres' archive)
  restore          make the database of an empty data folder from backups: --to TIME
  move             carry the project to a new Postgres database: --to postgres://…, or back: --from
  sql              a console: --as ROLE --claims JSON, -c STATEMENT, --format table|json|csv
  test [FILE …]    run SQL tests (pgTAP's names) on a throw-away database
  realtime stats   what the realtime of a running server holds and does: --url, PLINTH_SECRET_KEY
  cluster status   the nodes on a database and how they are: --url, --json, PLINTH_SECRET_KEY
  gen types        types for clients: --lang typescript, dart, swift, kotlin or go
  config           check; diff (against the defaults); print [--effective]: secrets are hidden
  vault rotate     bring all secrets under a new key; vault key: make one for PLINTH_VAULT_KEYS
  keys             make keys for serve
  version          print the version

Flags of dev, serve and migrate:
  --project DIR    project folder (default: the current one)
  --data DIR       data folder (default: .plinth in the project)
  --db URL         postgres://…; without it an SQLite file in the data folder
Flags of dev and serve:
  --listen ADDR    host:port, or a host alone (default: 127.0.0.1 and the port of config.toml)
  --tls-cert FILE  HTTPS with this certificate (PEM, with its chain) and --tls-key FILE
  --tls-domain D   HTTPS with certificates from Let's Encrypt, or another authority of config.toml
  --cluster        of serve: this server is one of several on the same --db
  --only LIST      of serve: the services that it answers itself (rest, auth, realtime, storage, jobs);
                   other nodes answer the others. It implies --cluster
  --replica URL    a server that repeats --db, for reads; may be given several times
  --standby        of serve: follow the server that leads, and take over when it is gone
  --log LEVEL      debug, info, warn or error (default: info)
`

// run returns the exit code: 0 done, 1 failed, 2 wrong usage.
func run(ctx context.Context, env environment) int {
	if len(env.args) == 0 {
		fmt.Fprint(env.stderr, usage)
		return 2
	}
	name, args := env.args[0], env.args[1:]
	switch name {
	case "dev":
		return serve(ctx, env, args, true)
	case "serve":
		return serve(ctx, env, args, false)
	case "migrate":
		return migrate(ctx, env, args)
	case "init":
		return initProject(env, args)
	case "db":
		return database(ctx, env, args)
	case "advise":
		return advise(ctx, env, args)
	case "sql":
		return sql(ctx, env, args)
	case "test":
		return test(ctx, env, args)
	case "move":
		return move(ctx, env, args)
	case "backup":
		return backup(ctx, env, args)
	case "restore":
		return restore(ctx, env, args)
	case "storage":
		return files(ctx, env, args)
	case "realtime":
		return live(ctx, env, args)
	case "vault":
		return vault(ctx, env, args)
	case "config":
		return configuration(env, args)
	case "cluster":
		return cluster(ctx, env, args)
	case "gen":
		return generate(ctx, env, args)
	case "hash-passwords": // what serve starts beside itself
		if err := plinth.HashPasswords(env.stdin, env.stdout); err != nil {
			return failed(env, err)
		}
		return 0
	case "keys":
		plinth.NewKeys(env.stdout)
		return 0
	case "version":
		fmt.Fprintln(env.stdout, version())
		return 0
	case "help", "-h", "--help":
		fmt.Fprint(env.stdout, usage)
		return 0
	}
	fmt.Fprintf(env.stderr, "plinth: there is no command %q\n\n%s", name, usage)
	return 2
}

type flags struct {
	plinth.Config
	level string
}

// parse reads the common flags, and those that more adds.
func parse(env environment, name string, args []string, more ...func(*flag.FlagSet)) (flags, []string, error) {
	f := flags{Config: plinth.Config{Getenv: env.getenv}}
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(env.stderr)
	fs.Usage = func() { fmt.Fprint(env.stderr, usage) }
	fs.StringVar(&f.Project, "project", env.getenv("PLINTH_PROJECT"), "")
	fs.StringVar(&f.Data, "data", env.getenv("PLINTH_DATA"), "")
	fs.StringVar(&f.DB, "db", env.getenv("PLINTH_DB"), "")
	fs.StringVar(&f.Listen, "listen", env.getenv("PLINTH_LISTEN"), "")
	fs.StringVar(&f.level, "log", "info", "")
	for _, add := range more {
		add(fs)
	}
	if err := fs.Parse(args); err != nil {
		return f, nil, err
	}
	if _, _, err := net.SplitHostPort(f.Listen); err != nil && f.Listen != "" {
		f.Listen = net.JoinHostPort(f.Listen, "54321")
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.level)); err != nil {
		return f, nil, fmt.Errorf("--log %s: it must be debug, info, warn or error", f.level)
	}
	f.Log = slog.New(slog.NewJSONHandler(env.stderr, &slog.HandlerOptions{Level: level}))
	return f, fs.Args(), nil
}

func serve(ctx context.Context, env environment, args []string, dev bool) int {
	start := time.Now()
	var more plinth.Config
	var standby bool
	f, rest, err := parse(env, "serve", args, serveFlags(env, &more), func(fs *flag.FlagSet) {
		fs.BoolVar(&standby, "standby", false, "")
	})
	if err != nil || len(rest) > 0 {
		return failed(env, usageError(err, rest))
	}
	f.Dev, f.HashCommand = dev, env.hash
	f.Replicas, f.Cluster, f.Only, f.TLS = more.Replicas, more.Cluster, more.Only, more.TLS
	s, err := open(ctx, env, f.Config, standby)
	if err != nil {
		if ctx.Err() != nil && standby { // it was asked to stop while it followed
			return 0
		}
		return failed(env, err)
	}
	for _, line := range s.Report() {
		fmt.Fprintln(env.stdout, line)
	}
	go reloadWhenAsked(ctx, env, s, f.Log)
	err = s.Run(ctx, func(addr net.Addr) {
		if dev {
			err := s.PrintAccess(env.stdout, addr)
			if err != nil {
				f.Log.Error("keys", "error", err)
			}
		}
		fmt.Fprintf(env.stdout, "ready on %s://%s in %d ms\n", s.Scheme(), addr, time.Since(start).Milliseconds())
		if env.ready != nil {
			env.ready(addr)
		}
	})
	if err != nil {
		return failed(env, err)
	}
	return 0
}

// serveFlags are those of serve and dev alone.
func serveFlags(env environment, c *plinth.Config) func(*flag.FlagSet) {
	split := func(list string) []string {
		return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
	}
	c.Replicas, c.Only = split(env.getenv("PLINTH_REPLICAS")), split(env.getenv("PLINTH_ONLY"))
	return func(fs *flag.FlagSet) {
		fs.BoolVar(&c.Cluster, "cluster", env.getenv("PLINTH_CLUSTER") == "true", "")
		fs.StringVar(&c.TLS.Cert, "tls-cert", "", "")
		fs.StringVar(&c.TLS.Key, "tls-key", "", "")
		fs.Func("tls-domain", "", func(list string) error {
			c.TLS.Domains = append(c.TLS.Domains, split(list)...)
			return nil
		})
		fs.Func("only", "", func(list string) error {
			c.Only = split(list)
			return nil
		})
		fs.Func("replica", "", func(url string) error {
			c.Replicas = append(c.Replicas, url)
			return nil
		})
	}
}

// open opens the server, at once or when it is a standby's turn.
func open(ctx context.Context, env environment, cfg plinth.Config, standby bool) (*plinth.Server, error) {
	if !standby {
		return plinth.Open(ctx, cfg)
	}
	return plinth.OpenStandby(ctx, cfg, func(url string) {
		fmt.Fprintf(env.stdout, "standby on %s: following\n", url)
	})
}

// reloadWhenAsked reads the schema anew at each signal, until ctx ends.
func reloadWhenAsked(ctx context.Context, env environment, s *plinth.Server, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-env.reload:
		}
		if err := s.Reload(ctx); err != nil {
			log.Error("the schema cannot be read", "error", err)
			continue
		}
		log.Info("the schema was read anew")
	}
}

type errUsage struct{ text string }

func (e errUsage) Error() string { return e.text }

func usageError(err error, rest []string) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	if err != nil {
		return errUsage{err.Error()}
	}
	return errUsage{fmt.Sprintf("unexpected: %v", rest)}
}

func failed(env environment, err error) int {
	var u errUsage
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &u):
		fmt.Fprintf(env.stderr, "plinth: %v\n\n%s", err, usage)
		return 2
	}
	fmt.Fprintf(env.stderr, "plinth: %s\n", plinth.Explain(err))
	return 1
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "plinth (unknown build)"
	}
	rev := "unknown revision"
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			rev = s.Value
		}
	}
	return fmt.Sprintf("plinth %s (%s, %s)", info.Main.Version, rev, info.GoVersion)
}
