package s3

import (
	"context"
	"iter"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/plinth-dev/plinth/internal/blob"
)

// List yields the blobs whose keys begin with prefix. What lies there and is no blob
// is passed over.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for o := range s.core.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix + prefix, Recursive: true}) {
			if o.Err != nil {
				yield(blob.Info{}, explain(o.Err))
				return
			}
			key := s.key(o.Key)
			if blob.CheckKey(key) == nil && !yield(blob.Info{Key: key, Size: o.Size, Modified: o.LastModified}, nil) {
				return
			}
		}
	}
}

// Tidy gives up multipart uploads to which no part has come since before.
func (s *Store) Tidy(ctx context.Context, before time.Time) error {
	key, id := "", ""
	for {
		page, err := s.core.ListMultipartUploads(ctx, s.bucket, s.prefix, key, id, "", 1000)
		if err = ignoreEnded(err); err != nil { // some say so where there are none
			return explain(err)
		}
		for _, u := range page.Uploads {
			if err := s.abandon(ctx, u, before); err != nil {
				return explain(err)
			}
		}
		if !page.IsTruncated {
			return nil
		}
		key, id = page.NextKeyMarker, page.NextUploadIDMarker
	}
}

// abandon gives an upload up whose newest part is old.
func (s *Store) abandon(ctx context.Context, u minio.ObjectMultipartInfo, before time.Time) error {
	if !u.Initiated.Before(before) || blob.CheckKey(s.key(u.Key)) != nil {
		return nil
	}
	for marker := 0; ; {
		page, err := s.core.ListObjectParts(ctx, s.bucket, u.Key, u.UploadID, marker, 1000)
		if err != nil {
			return ignoreEnded(err)
		}
		for _, p := range page.ObjectParts {
			if p.LastModified.After(before) {
				return nil
			}
		}
		if !page.IsTruncated {
			break
		}
		marker = page.NextPartNumberMarker
	}
	return ignoreEnded(s.core.AbortMultipartUpload(ctx, s.bucket, u.Key, u.UploadID))
}

// ignoreEnded passes over an upload that has ended meanwhile.
func ignoreEnded(err error) error {
	if err != nil && minio.ToErrorResponse(err).Code == "NoSuchUpload" {
		return nil
	}
	return err
}
