package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sync"

	"github.com/minio/minio-go/v7"

	"github.com/plinth-dev/plinth/internal/blob"
)

// smallSize is what is held in memory, so that a small blob can be sent again when
// the service falters.
const smallSize = 64 << 10

var smallBuffers = sync.Pool{New: func() any { return new([smallSize]byte) }}

// Put keeps r under key.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) (blob.Info, error) {
	name, err := s.name(key)
	if err != nil {
		return blob.Info{}, err
	}
	src := &source{ctx: ctx, r: r}
	defer src.shut()
	if size < 0 || size <= smallSize {
		size, err = s.putSmall(ctx, name, src, size)
	} else {
		err = s.putSized(ctx, name, src, size)
	}
	if err != nil {
		return blob.Info{}, explain(src.cause(err))
	}
	return made(key, size), nil
}

// signed says that the sum of all bytes is in the request's own signature.
var signed = minio.PutObjectOptions{DisableContentSha256: true}

// putSmall sends what fits into a buffer in one request. What does not is spooled.
func (s *Store) putSmall(ctx context.Context, name string, src *source, size int64) (int64, error) {
	buf := smallBuffers.Get().(*[smallSize]byte)
	defer smallBuffers.Put(buf)
	n, err := io.ReadFull(src, buf[:])
	if err == nil && size < 0 {
		return s.putSpooled(ctx, name, io.MultiReader(bytes.NewReader(buf[:]), src))
	}
	if err == nil && size == smallSize {
		err = ended(src)
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return 0, err
	}
	if size >= 0 && int64(n) != size {
		return 0, blob.ErrSize
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	sum := sha256.Sum256(buf[:n])
	_, err = s.core.PutObject(ctx, s.bucket, name, bytes.NewReader(buf[:n]), int64(n), "", hex.EncodeToString(sum[:]), signed)
	return int64(n), err
}

// Create keeps b under key where there is nothing; the service decides.
func (s *Store) Create(ctx context.Context, key string, b []byte) error {
	name, err := s.name(key)
	if err != nil {
		return err
	}
	opts := signed
	opts.SetMatchETagExcept("*")
	sum := sha256.Sum256(b)
	_, err = s.once.PutObject(ctx, s.bucket, name, bytes.NewReader(b), int64(len(b)), "", hex.EncodeToString(sum[:]), opts)
	return explain(err)
}

// send is a put in one request. Bytes that pass through are signed chunk by chunk, or
// vouched for by TLS where there is some.
func (s *Store) send(ctx context.Context, name string, r io.Reader, size int64) error {
	_, err := s.core.PutObject(ctx, s.bucket, name, r, size, "", "", minio.PutObjectOptions{})
	return err
}

// putSized passes bytes through, whose number is known.
func (s *Store) putSized(ctx context.Context, name string, src *source, size int64) error {
	if size <= s.partSize {
		if err := s.send(ctx, name, io.LimitReader(src, size), size); err != nil {
			return s.short(src, size, err)
		}
		return s.exact(ctx, name, src)
	}
	err := s.multipart(ctx, name, func(up *upload) error {
		part := s.partFor(size)
		for at := int64(0); at < size; at += part {
			n := min(part, size-at)
			if err := up.part(ctx, io.LimitReader(src, n), n); err != nil {
				return s.short(src, size, err)
			}
		}
		return ended(src)
	})
	return err
}

// short tells bytes that ended too early from a service that failed.
func (s *Store) short(src *source, size int64, err error) error {
	src.shut()
	if src.eof && src.n < size {
		return blob.ErrSize.WithCause(err)
	}
	return err
}

// exact takes an object back whose reader had more bytes than was said.
func (s *Store) exact(ctx context.Context, name string, src *source) error {
	err := ended(src)
	if err != nil {
		s.core.RemoveObject(context.WithoutCancel(ctx), s.bucket, name, minio.RemoveObjectOptions{})
	}
	return err
}

// ended reports, as an error, whether there are more bytes than was said.
func ended(r io.Reader) error {
	var one [1]byte
	for range 100 {
		n, err := r.Read(one[:])
		switch {
		case n > 0:
			return blob.ErrSize
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
	return io.ErrNoProgress
}

// partFor returns the size of the parts of an object of that many bytes.
func (s *Store) partFor(size int64) int64 {
	part := s.partSize
	for size > part*maxParts {
		part *= 2
	}
	return part
}

// putSpooled gathers each part in a file before it is sent. The last part may be the
// only one; it is then an object by itself.
func (s *Store) putSpooled(ctx context.Context, name string, r io.Reader) (int64, error) {
	sp, err := newSpool(s.spool)
	if err != nil {
		return 0, err
	}
	defer sp.Close()
	n, more, err := sp.fill(r, s.partSize)
	if err != nil {
		return 0, err
	}
	if !more {
		return n, s.send(ctx, name, sp.reader(n), n)
	}
	total := int64(0)
	err = s.multipart(ctx, name, func(up *upload) error {
		for {
			if n > 0 {
				if err := up.part(ctx, sp.reader(n), n); err != nil {
					return err
				}
			}
			if total += n; !more {
				return nil
			}
			if n, more, err = sp.fill(r, s.partSize); err != nil {
				return err
			}
		}
	})
	return total, err
}

// upload is a multipart upload under way.
type upload struct {
	s    *Store
	name string
	id   string
	done []minio.CompletePart
	size int64 // of the parts
}

// multipart runs fill within a multipart upload, which becomes the object when fill
// succeeds and is given up when it does not.
func (s *Store) multipart(ctx context.Context, name string, fill func(*upload) error) error {
	id, err := s.core.NewMultipartUpload(ctx, s.bucket, name, minio.PutObjectOptions{})
	if err != nil {
		return err
	}
	up := &upload{s: s, name: name, id: id}
	if err = fill(up); err == nil {
		err = ctx.Err()
	}
	if err == nil {
		// Asked twice, some services make the object of half of its parts, or of none.
		_, err = s.once.CompleteMultipartUpload(ctx, s.bucket, name, id, up.done, minio.PutObjectOptions{})
	}
	if err != nil {
		s.core.AbortMultipartUpload(context.WithoutCancel(ctx), s.bucket, name, id) // what stays, Tidy finds
		return err
	}
	o, err := s.core.StatObject(ctx, s.bucket, name, minio.StatObjectOptions{})
	if err == nil && o.Size != up.size {
		err = fmt.Errorf("the service made %d bytes of %d", o.Size, up.size)
	}
	return err
}

// part sends the next part.
func (u *upload) part(ctx context.Context, r io.Reader, size int64) error {
	n := len(u.done) + 1
	p, err := u.s.core.PutObjectPart(ctx, u.s.bucket, u.name, u.id, n, r, size, minio.PutObjectPartOptions{})
	if err == nil {
		u.done = append(u.done, minio.CompletePart{PartNumber: n, ETag: p.ETag})
		u.size += size
	}
	return err
}
