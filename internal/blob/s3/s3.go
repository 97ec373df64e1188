package s3

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/plinth-dev/plinth/internal/blob"
)

// Store is a bucket of blobs.
type Store struct {
	core      minio.Core
	once      minio.Core // the same service, asked once and waited for
	transport *http.Transport
	bucket    string
	prefix    string
	spool     string
	partSize  int64 // of a multipart upload
}

const (
	// defaultPart is the size of a part. 10,000 of them may make an object.
	defaultPart = 8 << 20
	maxParts    = 10_000
	// maxCopy is the largest object that one request copies.
	maxCopy = 5 << 30
	// atOnce is how many requests one call sends to the service at the same time.
	atOnce  = 8
	retries = 4
	// answerWait is how long a service may think. Some copy all parts, byte by byte,
	// before they answer that an upload is complete.
	answerWait = 15 * time.Minute
)

// Open returns the store, once the service has answered that the bucket is there.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	_, secure, err := cfg.endpoint()
	if err != nil {
		return nil, err
	}
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	transport.MaxIdleConnsPerHost = 64
	transport.ResponseHeaderTimeout = answerWait
	return openOver(ctx, cfg, transport)
}

func openOver(ctx context.Context, cfg Config, transport *http.Transport) (*Store, error) {
	host, secure, err := cfg.endpoint()
	if err != nil {
		return nil, err
	}
	region, lookup := cfg.Region, minio.BucketLookupPath
	if region == "" {
		region = "us-east-1"
	}
	if cfg.Endpoint == "" || cfg.VirtualHost {
		lookup = minio.BucketLookupDNS
	}
	options := minio.Options{
		Creds: credentials.NewStaticV4(cfg.AccessKey, string(cfg.SecretKey), ""), Secure: secure, Transport: transport,
		Region: region, BucketLookup: lookup, MaxRetries: retries,
	}
	client, err := minio.New(host, &options)
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	options.MaxRetries = 1
	once, err := minio.New(host, &options)
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	s := &Store{core: minio.Core{Client: client}, once: minio.Core{Client: once}, transport: transport, bucket: cfg.Bucket, prefix: cfg.Prefix, spool: cfg.Spool, partSize: defaultPart}
	there, err := client.BucketExists(ctx, cfg.Bucket)
	if err == nil && !there {
		err = fmt.Errorf("there is no bucket %q", cfg.Bucket)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("s3: %s: %w", host, err)
	}
	return s, nil
}

// Close ends the idle connections.
func (s *Store) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}

// name is the object's key.
func (s *Store) name(key string) (string, error) {
	if err := blob.CheckKey(key); err != nil {
		return "", err
	}
	return s.prefix + key, nil
}

// Get returns the bytes of rng. One request does it, and the range is the service's.
func (s *Store) Get(ctx context.Context, key string, rng blob.Range) (io.ReadCloser, error) {
	name, err := s.name(key)
	if err != nil {
		return nil, err
	}
	if rng.Offset < 0 || rng.Length < 0 {
		return nil, blob.ErrRange
	}
	opts := minio.GetObjectOptions{}
	switch {
	case rng.Length > 0:
		err = opts.SetRange(rng.Offset, rng.Offset+rng.Length-1)
	case rng.Offset > 0:
		err = opts.SetRange(rng.Offset, 0)
	}
	if err != nil {
		return nil, blob.ErrRange
	}
	body, _, _, err := s.core.GetObject(ctx, s.bucket, name, opts)
	return body, explain(err)
}

// Stat returns size and time of a blob.
func (s *Store) Stat(ctx context.Context, key string) (blob.Info, error) {
	name, err := s.name(key)
	if err != nil {
		return blob.Info{}, err
	}
	o, err := s.core.StatObject(ctx, s.bucket, name, minio.StatObjectOptions{})
	if err != nil {
		return blob.Info{}, explain(err)
	}
	return blob.Info{Key: key, Size: o.Size, Modified: o.LastModified}, nil
}

// Delete removes blobs: one by a request of its own, many by a thousand a request.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	names := make([]string, len(keys))
	for i, key := range keys {
		var err error
		if names[i], err = s.name(key); err != nil {
			return err
		}
	}
	if len(names) == 1 {
		return explain(ignoreMissing(s.core.RemoveObject(ctx, s.bucket, names[0], minio.RemoveObjectOptions{})))
	}
	results, err := s.core.RemoveObjectsWithIter(ctx, s.bucket, func(yield func(minio.ObjectInfo) bool) {
		for _, n := range names {
			if !yield(minio.ObjectInfo{Key: n}) {
				return
			}
		}
	}, minio.RemoveObjectsOptions{})
	if err != nil {
		return explain(err)
	}
	for r := range results {
		if err == nil {
			err = ignoreMissing(r.Err)
		}
	}
	if err == nil {
		err = ctx.Err()
	}
	return explain(err)
}

// made is the Info of a blob that was just written. The service's clock is not asked.
func made(key string, size int64) blob.Info {
	return blob.Info{Key: key, Size: size, Modified: time.Now()}
}

// key is the blob's key of an object's name.
func (s *Store) key(name string) string { return strings.TrimPrefix(name, s.prefix) }
