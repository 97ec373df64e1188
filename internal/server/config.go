package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/plinth-dev/plinth/internal/backup"
	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/token"
)

// Config says what to serve.
type Config struct {
	Project *project.Project
	Data    string // folder of the SQLite file and of uploaded files; made where missing
	// Database is a postgres:// URL; "" is the SQLite file.
	Database string
	Only     []string // the services that it answers itself, none for all; implies Cluster
	Cluster  bool     // this node is one of several on Database
	Replicas []string // servers that repeat the database, for reads
	Listen   string   // host:port; port 0 picks a free one
	Dev      bool     // the well-known local keys, seeds, lenient configuration
	Keys     Keys     // serve only; dev has its own
	// VaultKeys are those of the vault, the current one first; "" for the data folder's.
	VaultKeys token.Secret
	Log       *slog.Logger
	// HashCommand starts a process that runs HashPasswords; empty: this one hashes them.
	HashCommand []string
	Drain       time.Duration // how long a stop waits for requests under way, 0 = 10 s
	Standby     bool          // another server may take over: nothing is answered without the lease

	lease *backup.Lease // that a standby has taken
}

// Validate reports every fault at once.
func (c Config) Validate() error {
	var errs []error
	if c.Project == nil {
		errs = append(errs, errors.New("no project"))
	}
	if c.Data == "" {
		errs = append(errs, errors.New("no data folder"))
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		errs = append(errs, fmt.Errorf("the listen address %q is not host:port", c.Listen))
	}
	if len(c.Replicas) > 0 && c.Database == "" {
		errs = append(errs, errors.New("replicas need a Postgres database: --db"))
	}
	if c.Cluster && (c.Database == "" || c.Dev) {
		errs = append(errs, errors.New("several nodes need one Postgres database, and serve: plinth serve --db postgres://… --cluster"))
	}
	errs = append(errs, c.validateNodes())
	if !c.Dev {
		errs = append(errs, c.Keys.Validate())
		for _, n := range c.Project.Notices {
			if n.Unknown {
				errs = append(errs, errors.New(n.Text))
			}
		}
	}
	return errors.Join(errs...)
}

// loopback reports whether the server can be reached from this machine alone.
func (c Config) loopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
