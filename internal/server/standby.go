package server

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/plinth-dev/plinth/internal/backup"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
	"github.com/plinth-dev/plinth/internal/wire/http1"
)

var errStandby = fault.New(fault.Unavailable, "standby", "this server follows another one").
	WithHint("Ask the one that leads.")

// standbyFile is the database of a server that follows.
const standbyFile = "standby.db"

// OpenStandby opens the server at once where the data folder may lead, and otherwise
// follows the one that leads until that one is gone. following is called, with the
// address where only /healthz answers well, when it follows.
func OpenStandby(ctx context.Context, cfg Config, following func(net.Addr)) (*Server, error) {
	cfg.Standby = true
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if !cfg.ships() {
		return nil, errNoBackup
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, err
	}
	v, err := cfg.openVault(ctx)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	o, err := cfg.owner()
	if err != nil {
		return nil, err
	}
	leads, err := backup.Leads(ctx, v, o)
	if err != nil {
		return nil, err
	}
	if leads {
		s, err := Open(ctx, cfg)
		if !errors.Is(err, backup.ErrHeld) && !errors.Is(err, backup.ErrStale) { // of two that begin at once one was faster
			return s, err
		}
	}
	if cfg.lease, err = cfg.follow(ctx, v, o, following); err != nil {
		return nil, err
	}
	return Open(ctx, cfg)
}

// follow keeps a copy of what another server writes, and returns the lease once it is
// this one's turn; the data folder then holds the database.
func (c Config) follow(ctx context.Context, v vault, o backup.Owner, following func(net.Addr)) (*backup.Lease, error) {
	release, err := sqlite.Held(ctx, c.Data)
	if err != nil {
		return nil, err
	}
	defer release()
	ln, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, err
	}
	safe, err := c.newSecure()
	if err == nil {
		err = safe.alone(c.Project.Config.Plinth.TLS.Domains)
	}
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	srv := http1.New(&http.Server{Handler: wire.Access(c.Log, waiting()), ReadHeaderTimeout: readHeaderTimeout, MaxHeaderBytes: maxHeader, TLSConfig: safe.config()})
	go srv.Serve(ln)
	defer srv.Close()
	if following != nil {
		following(ln.Addr())
	}
	f, err := os.OpenFile(filepath.Join(c.Data, standbyFile), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fctx, stop := context.WithCancel(ctx)
	defer stop()
	copied := make(chan struct{})
	go func() { defer close(copied); c.followFiles(fctx, v) }()
	took, err := backup.Follow(ctx, c.backupConfig(v), o.Instance, f)
	stop()
	<-copied
	if err != nil {
		return nil, err
	}
	return took.Lease, c.promote(ctx, v, backup.Owner{Instance: o.Instance, After: took.Lease.Gen})
}

// promote puts the followed database in the place of the folder's own, which is kept.
func (c Config) promote(ctx context.Context, v vault, o backup.Owner) error {
	path := filepath.Join(c.Data, sqlite.File)
	for _, tail := range []string{"-shm", "-wal", ""} {
		if err := os.Rename(path+tail, path+".old"+tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(filepath.Join(c.Data, standbyFile), path); err != nil {
		return err
	}
	if err := c.setOwner(o); err != nil {
		return err
	}
	missing, err := c.bringFiles(ctx, v, c.Data, nil)
	if err == nil && len(missing) > 0 && c.Log != nil {
		c.Log.Error("standby: files have no copy", "files", len(missing), "first", missing[0])
	}
	return err
}

// followFiles copies files as they come, so that few are left to copy at the end.
func (c Config) followFiles(ctx context.Context, v vault) {
	if !c.Project.Config.Plinth.Backup.Files {
		return
	}
	to, err := c.openFiles(ctx)
	if err != nil {
		c.Log.Warn("standby: files", "error", err)
		return
	}
	defer to.Close()
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		if err := backup.CopyFiles(ctx, v, to); err != nil && ctx.Err() == nil {
			c.Log.Warn("standby: files", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// waiting answers for a server that follows: it lives, and takes no requests.
func waiting() http.Handler {
	return wire.Mount([]wire.Route{
		{Pattern: "GET /healthz", Open: true, Doc: "the process answers", Handler: func(w http.ResponseWriter, _ *http.Request) error {
			return wire.WriteJSON(w, http.StatusOK, map[string]string{"status": "standby"})
		}},
		{Pattern: "/", Open: true, Doc: "everything else", Handler: func(http.ResponseWriter, *http.Request) error { return errStandby }},
	}, wire.Problem{})
}
