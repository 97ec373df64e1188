package s3

import (
	"context"
	"io"
	"sync"

	"github.com/minio/minio-go/v7"

	"github.com/plinth-dev/plinth/internal/blob"
)

// Join keeps the blobs from under key to.
func (s *Store) Join(ctx context.Context, to string, from ...string) (blob.Info, error) {
	name, err := s.name(to)
	if err != nil {
		return blob.Info{}, err
	}
	j := &join{s: s, to: name}
	if err := j.measure(ctx, from); err != nil {
		return blob.Info{}, err
	}
	switch {
	case len(from) == 1 && j.size <= maxCopy:
		err = j.copy(ctx)
	case j.size <= s.partSize:
		err = j.stream(ctx)
	default:
		err = j.parts(ctx)
	}
	if err != nil {
		return blob.Info{}, explain(err)
	}
	return made(to, j.size), nil
}

// join is sources that become one object.
type join struct {
	s     *Store
	to    string
	keys  []string
	sizes []int64
	size  int64
}

// measure asks for the sources' sizes.
func (j *join) measure(ctx context.Context, keys []string) error {
	j.keys, j.sizes = keys, make([]int64, len(keys))
	err := each(ctx, len(keys), func(ctx context.Context, i int) error {
		info, err := j.s.Stat(ctx, keys[i])
		j.sizes[i] = info.Size
		return err
	})
	for _, n := range j.sizes {
		j.size += n
	}
	return err
}

// copy lets the service copy the one source.
func (j *join) copy(ctx context.Context) error {
	_, err := j.s.core.CopyObject(ctx, j.s.bucket, j.s.prefix+j.keys[0], j.s.bucket, j.to, nil, minio.CopySrcOptions{}, minio.PutObjectOptions{})
	if err != nil && cannot(err) {
		return j.stream(ctx)
	}
	return err
}

// stream sends everything through this process, in one put.
func (j *join) stream(ctx context.Context) error {
	body := &span{ctx: ctx, j: j, left: j.size}
	defer body.Close()
	_, err := j.s.Put(ctx, j.s.key(j.to), body, j.size)
	return err
}

// parts makes the object of parts of one size, many at once.
func (j *join) parts(ctx context.Context) error {
	part := j.s.partFor(j.size)
	return j.s.multipart(ctx, j.to, func(up *upload) error {
		up.done, up.size = make([]minio.CompletePart, (j.size+part-1)/part), j.size
		return each(ctx, len(up.done), func(ctx context.Context, i int) error {
			at := int64(i) * part
			etag, err := j.part(ctx, up.id, i+1, blob.Range{Offset: at, Length: min(part, j.size-at)})
			up.done[i] = minio.CompletePart{PartNumber: i + 1, ETag: etag}
			return err
		})
	})
}

// part makes the n-th part, the range rng of the whole.
func (j *join) part(ctx context.Context, id string, n int, rng blob.Range) (etag string, err error) {
	key, at, ok := j.within(rng)
	if ok {
		p, err := j.s.core.CopyObjectPart(ctx, j.s.bucket, j.s.prefix+key, j.s.bucket, j.to, id, n, at, rng.Length, nil)
		switch {
		case err == nil && p.ETag != "":
			return p.ETag, nil
		case err != nil && err != io.EOF && !cannot(err): // an empty answer is that of a service which did not look at the source
			return "", err
		}
	}
	body := &span{ctx: ctx, j: j, at: rng.Offset, left: rng.Length}
	src := &source{ctx: ctx, r: body}
	p, err := j.s.core.PutObjectPart(ctx, j.s.bucket, j.to, id, n, src, rng.Length, minio.PutObjectPartOptions{})
	src.shut()
	body.Close()
	return p.ETag, src.cause(err)
}

// within finds the source that has all of a range.
func (j *join) within(rng blob.Range) (key string, at int64, ok bool) {
	i, at := j.find(rng.Offset)
	if i == len(j.keys) || at+rng.Length > j.sizes[i] {
		return "", 0, false
	}
	return j.keys[i], at, true
}

// find returns the source that has the byte at, and where in it.
func (j *join) find(at int64) (i int, within int64) {
	for i < len(j.sizes) && at >= j.sizes[i] {
		at -= j.sizes[i]
		i++
	}
	return i, at
}

// span reads a range of the whole, from one source after the other.
type span struct {
	ctx      context.Context
	j        *join
	at, left int64
	body     io.ReadCloser
	in       int64 // left of the source that is open
}

// Read reads on, and opens the next source where one ends.
func (s *span) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	if s.in == 0 {
		if err := s.open(); err != nil {
			return 0, err
		}
	}
	n, err := s.body.Read(p[:min(int64(len(p)), s.in)])
	s.at, s.left, s.in = s.at+int64(n), s.left-int64(n), s.in-int64(n)
	if err == io.EOF {
		err = nil
		if s.in > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

func (s *span) open() error {
	s.Close()
	i, within := s.j.find(s.at)
	if i == len(s.j.keys) {
		return io.ErrUnexpectedEOF
	}
	s.in = min(s.left, s.j.sizes[i]-within)
	var err error
	s.body, err = s.j.s.Get(s.ctx, s.j.keys[i], blob.Range{Offset: within, Length: s.in})
	return err
}

// Close lets go of the source that is open.
func (s *span) Close() error {
	if s.body == nil {
		return nil
	}
	body := s.body
	s.body = nil
	return body.Close()
}

// each calls fn for 0 … n-1, a few at once, and ends at the first error.
func each(ctx context.Context, n int, fn func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(n, atOnce) {
		wg.Go(func() {
			for i := range next {
				if err := fn(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		next <- i
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}
