package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/plinth-dev/plinth/internal/backup"
	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/blob/disk"
	"github.com/plinth-dev/plinth/internal/blob/s3"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/storage"
)

// vault is the store of backups.
type vault interface {
	blob.Creator
	io.Closer
}

var errNoBackup = fault.New(fault.Invalid, "backup_off", "the project names no store of backups").
	WithHint("Set plinth.backup.backend in config.toml, or PLINTH_BACKUP_BACKEND and PLINTH_BACKUP_DIR.")

// openVault opens the store of backups that the project names.
func (c Config) openVault(ctx context.Context) (vault, error) {
	b := c.Project.Config.Plinth.Backup
	switch b.Backend {
	case "":
		return nil, errNoBackup
	case "disk":
		d, err := disk.Open(b.Dir)
		if err != nil {
			return nil, err
		}
		return d, nil
	}
	spool := filepath.Join(c.Data, "spool")
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return nil, err
	}
	s, err := s3.Open(ctx, s3.Config{
		Endpoint: b.S3.Endpoint, Region: b.S3.Region, Bucket: b.S3.Bucket, Prefix: b.S3.Prefix, VirtualHost: b.S3.VirtualHost,
		AccessKey: b.S3.AccessKey, SecretKey: b.S3.SecretKey, Spool: spool,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// shipping is what ships the SQLite database of a server.
type shipping struct {
	vault vault
	ship  *backup.Shipper
	lost  chan error
	files bool
	mine  *backup.Mirror
}

// ships reports whether the database is shipped.
func (c Config) ships() bool {
	return c.Database == "" && c.Project.Config.Plinth.Backup.Backend != ""
}

func (c Config) backupConfig(v vault) backup.Config {
	b := c.Project.Config.Plinth.Backup
	cfg := backup.Default()
	cfg.Store, cfg.Sync, cfg.Fence = v, b.Mode == "sync", b.Standby || c.Standby
	cfg.Interval, cfg.Lease = time.Duration(b.Interval), time.Duration(b.Lease)
	cfg.Every, cfg.Keep = time.Duration(b.Every), time.Duration(b.Keep)
	if c.Log != nil {
		cfg.Log = c.Log
	}
	return cfg
}

// openShipped opens the database, and ships it from here on.
func (s *Server) openShipped(ctx context.Context) error {
	v, err := s.cfg.openVault(ctx)
	if err != nil {
		return err
	}
	sh := &shipping{vault: v, lost: make(chan error, 1), files: s.cfg.Project.Config.Plinth.Backup.Files}
	s.shipping = sh
	cfg := s.cfg.backupConfig(v)
	cfg.Lost = func(err error) { sh.lost <- err }
	if sh.files {
		if err := sh.mirror(ctx, s.cfg); err != nil {
			return err
		}
		cfg.Files = sh.mine
	}
	if sh.ship, err = backup.New(cfg); err != nil {
		return err
	}
	drv, d, err := s.cfg.openSQLite(ctx, sh.ship)
	if err != nil {
		return err
	}
	s.db, s.engine = d, database{DB: d, reload: func(context.Context) error { return nil }}
	lease := s.cfg.lease
	if lease == nil {
		if lease, err = s.cfg.lead(ctx, cfg); err != nil {
			return err
		}
	}
	return sh.ship.Start(ctx, lease, func(ctx context.Context, at func()) (backup.Pages, error) {
		return pagesOf(drv.Cut(ctx, at))
	})
}

func (h *shipping) mirror(ctx context.Context, c Config) error {
	files, err := c.openFiles(ctx)
	if err == nil {
		h.mine = backup.NewMirror(files, files, h.vault, storage.Derived)
	}
	return err
}

func pagesOf(p *sqlite.Pages, err error) (backup.Pages, error) {
	if err != nil {
		return nil, err
	}
	return p, nil
}

// close ships the rest and lets go. The database is closed by then.
func (h *shipping) close(patience time.Duration) error {
	if h == nil {
		return nil
	}
	var err error
	if h.ship != nil {
		err = h.ship.Close(patience)
	}
	return errors.Join(err, h.vault.Close())
}

// ended is told when another server has taken over; nil where nothing is shipped.
func (h *shipping) ended() <-chan error {
	if h == nil {
		return nil
	}
	return h.lost
}

// identityFile tells what of the store of backups the data folder continues.
const identityFile = "backup.json"

// owner returns the data folder's identity, which is made where it is missing.
func (c Config) owner() (backup.Owner, error) {
	var o backup.Owner
	text, err := os.ReadFile(filepath.Join(c.Data, identityFile))
	if errors.Is(err, fs.ErrNotExist) {
		o.Instance = rand.Text()
		return o, c.setOwner(o)
	}
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	return o, err
}

func (c Config) setOwner(o backup.Owner) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	path := filepath.Join(c.Data, identityFile)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	return err
}

// lead takes the next generation, which the data folder then continues.
func (c Config) lead(ctx context.Context, cfg backup.Config) (*backup.Lease, error) {
	o, err := c.owner()
	if err != nil {
		return nil, err
	}
	l, err := backup.Acquire(ctx, cfg, o)
	if err != nil {
		return nil, err
	}
	o.After = l.Gen
	return l, c.setOwner(o)
}
