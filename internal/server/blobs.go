package server

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/blob/disk"
	"github.com/plinth-dev/plinth/internal/blob/s3"
)

// store is where the bytes of files lie.
type store interface {
	blob.Store
	io.Closer
}

// openBlobs opens the store of a server's files, which are copied where it ships.
func (s *Server) openBlobs(ctx context.Context) (store, error) {
	if s.shipping != nil && s.shipping.mine != nil {
		return s.shipping.mine, nil
	}
	return s.cfg.openFiles(ctx)
}

// openFiles opens the store that the project names. Nothing above knows which it is.
func (c Config) openFiles(ctx context.Context) (store, error) {
	if c.Project.Config.Plinth.Storage.Backend != "s3" {
		return opened(disk.Open(filepath.Join(c.Data, "files")))
	}
	spool := filepath.Join(c.Data, "spool")
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return nil, err
	}
	s := c.Project.Config.Plinth.Storage.S3
	return opened(s3.Open(ctx, s3.Config{
		Endpoint: s.Endpoint, Region: s.Region, Bucket: s.Bucket, Prefix: s.Prefix, VirtualHost: s.VirtualHost,
		AccessKey: s.AccessKey, SecretKey: s.SecretKey, Spool: spool,
	}))
}

// opened keeps a pointer to nothing from becoming a store.
func opened[S store](s S, err error) (store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
