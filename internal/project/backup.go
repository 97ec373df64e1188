package project

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/internal/token"
)

// Backup is [plinth.backup]: where the SQLite database is shipped to, and how.
type Backup struct {
	Backend  string   `toml:"backend"`        // "disk", "s3", or "" for none
	Dir      string   `toml:"dir"`            // of disk; another disk than the data folder's
	Mode     string   `toml:"mode"`           // "async", or "sync": no write is answered before it is shipped
	Standby  bool     `toml:"standby"`        // a standby waits: no write is answered without the lease
	Interval Duration `toml:"interval"`       // how long async gathers commits
	Every    Duration `toml:"snapshot_every"` // all pages anew
	Keep     Duration `toml:"keep"`           // how far back one can restore
	Lease    Duration `toml:"lease"`          // how long a silent server leads
	Files    bool     `toml:"files"`          // uploaded files are part of it
	S3       S3       `toml:"s3"`
}

func defaultBackup() Backup {
	return Backup{
		Mode: "async", Interval: Duration(time.Second), Every: Duration(24 * time.Hour),
		Keep: Duration(7 * 24 * time.Hour), Lease: Duration(10 * time.Second), Files: true,
	}
}

// Validate reports every fault at once.
func (b Backup) Validate() error {
	var errs []error
	bad := func(cond bool, format string, args ...any) {
		if cond {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	bad(b.Backend != "" && b.Backend != "disk" && b.Backend != "s3", "plinth.backup.backend is %q; it must be disk or s3", b.Backend)
	bad(b.Backend == "disk" && b.Dir == "", "plinth.backup.dir is empty; name a folder on another disk")
	bad(b.Mode != "async" && b.Mode != "sync", "plinth.backup.mode is %q; it must be async or sync", b.Mode)
	bad(b.Interval < 0, "plinth.backup.interval must not be negative")
	bad(time.Duration(b.Every) < time.Minute, "plinth.backup.snapshot_every must be at least 1m")
	bad(time.Duration(b.Keep) < time.Minute, "plinth.backup.keep must be at least 1m")
	bad(time.Duration(b.Lease) < time.Second, "plinth.backup.lease must be at least 1s")
	return errors.Join(errs...)
}

// fromEnv takes what the environment says instead of config.toml.
func (b *Backup) fromEnv(getenv func(string) string) error {
	l := lookup{getenv: getenv}
	l.text(&b.Backend, "PLINTH_BACKUP_BACKEND")
	l.text(&b.Dir, "PLINTH_BACKUP_DIR")
	l.text(&b.Mode, "PLINTH_BACKUP_MODE")
	l.text(&b.S3.Endpoint, "PLINTH_BACKUP_S3_ENDPOINT")
	l.text(&b.S3.Region, "PLINTH_BACKUP_S3_REGION")
	l.text(&b.S3.Bucket, "PLINTH_BACKUP_S3_BUCKET")
	l.text(&b.S3.Prefix, "PLINTH_BACKUP_S3_PREFIX")
	l.text(&b.S3.AccessKey, "PLINTH_BACKUP_S3_ACCESS_KEY", "AWS_ACCESS_KEY_ID")
	secret := ""
	if l.text(&secret, "PLINTH_BACKUP_S3_SECRET_KEY", "AWS_SECRET_ACCESS_KEY"); secret != "" {
		b.S3.SecretKey = token.Secret(secret)
	}
	l.flag(&b.S3.VirtualHost, "PLINTH_BACKUP_S3_VIRTUAL_HOST")
	l.flag(&b.Standby, "PLINTH_BACKUP_STANDBY")
	l.flag(&b.Files, "PLINTH_BACKUP_FILES")
	l.span(&b.Interval, "PLINTH_BACKUP_INTERVAL")
	l.span(&b.Every, "PLINTH_BACKUP_SNAPSHOT_EVERY")
	l.span(&b.Keep, "PLINTH_BACKUP_KEEP")
	l.span(&b.Lease, "PLINTH_BACKUP_LEASE")
	return errors.Join(append(l.errs, b.Validate())...)
}

func (l *lookup) flag(to *bool, name string) {
	v := ""
	if l.text(&v, name); v == "" {
		return
	}
	on, err := strconv.ParseBool(v)
	if err != nil {
		l.errs = append(l.errs, fmt.Errorf("%s is %q; it must be true or false", name, v))
		return
	}
	*to = on
}

func (l *lookup) span(to *Duration, name string) {
	v := ""
	if l.text(&v, name); v == "" {
		return
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		l.errs = append(l.errs, fmt.Errorf("%s is %q; it must be a duration such as 90s or 24h", name, v))
		return
	}
	*to = Duration(d)
}
