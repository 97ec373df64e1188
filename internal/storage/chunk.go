package storage

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/storage/tus"
)

// pieceSize is what a crash of this server may cost a client to send again.
const pieceSize = 8 << 20

// resume takes more bytes of an upload.
func (s *Service) resume(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get("Content-Type") != tus.MediaType {
		return errOffsetType
	}
	offset, err := tus.ParseLength(r.Header.Get("Upload-Offset"))
	if err != nil {
		return errHeader(err)
	}
	mine, end, err := s.holds.take(r.Context(), w, r.PathValue("id"))
	if err != nil {
		return err
	}
	defer end()
	p, err := s.claim(r)
	if err != nil {
		return err
	}
	switch {
	case p.kind == tus.Final:
		return errFinal
	case offset != p.received:
		return errOffset
	}
	if err := s.settleSize(r, p); err != nil {
		return err
	}
	if err := s.take(r, p, mine); err != nil {
		return err
	}
	p.answer(w)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// settleSize takes the length of an upload that began without one. It is said once.
func (s *Service) settleSize(r *http.Request, p *pending) error {
	text := r.Header.Get("Upload-Length")
	if text == "" {
		return nil
	}
	n, err := tus.ParseLength(text)
	if err != nil || p.size >= 0 && n != p.size || n < p.received {
		return errHeader(tus.ErrLength)
	}
	if p.size >= 0 {
		return nil
	}
	limit, err := s.pendingLimit(r.Context(), p)
	if err != nil {
		return err
	}
	if n > limit {
		return errTooLarge
	}
	_, err = s.cfg.DB.Write(r.Context(), db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(r.Context(), sqlSetSize, p.id, n)
		return err
	})
	p.size = n
	return err
}

func (s *Service) pendingLimit(ctx context.Context, p *pending) (int64, error) {
	b, err := findBucket(ctx, s.all(), p.to.bucket)
	if err != nil {
		return 0, err
	}
	return s.limit(b), nil
}

// take reads the body of a request into pieces, and makes the object when the last
// one has come. What has arrived before the line was cut is kept.
func (s *Service) take(r *http.Request, p *pending, mine *hold) error {
	ctx := context.WithoutCancel(r.Context())
	left := p.size - p.received
	if p.size < 0 {
		limit, err := s.pendingLimit(ctx, p)
		if err != nil {
			return err
		}
		left = limit - p.received
	}
	if r.ContentLength > left {
		return errTooLarge
	}
	c := &chunk{s: s, p: p, body: bufio.NewReaderSize(&patient{ReadCloser: r.Body, hold: mine}, 32<<10), left: left}
	if text := r.Header.Get("Upload-Checksum"); text != "" {
		sum, err := tus.ParseChecksum(text)
		if err != nil {
			return errHeader(err)
		}
		c.sum = sum
	}
	if err := c.run(ctx); err != nil {
		return err
	}
	if p.joins() {
		return s.finish(ctx, p, nil)
	}
	return nil
}

// chunk is the body of one request on its way into pieces.
type chunk struct {
	s     *Service
	p     *pending
	body  *bufio.Reader
	left  int64
	sum   *tus.Checksum // pieces wait for it
	wait  []piece
	taken int64
}

func (c *chunk) run(ctx context.Context) error {
	for c.left > 0 {
		if _, err := c.body.Peek(1); err == io.EOF {
			break
		} else if err != nil {
			return c.cut(ctx, err)
		}
		got, cut, err := c.piece(ctx)
		if err != nil {
			c.forget(ctx)
			return err
		}
		c.left -= got.size
		c.taken += got.size
		c.wait = append(c.wait, got)
		if c.sum == nil {
			if err := c.record(ctx); err != nil {
				return err
			}
		}
		if cut != nil {
			return c.cut(ctx, cut)
		}
	}
	if c.sum != nil && !c.sum.Holds() {
		c.forget(ctx)
		return errChecksum
	}
	return c.record(ctx)
}

// piece puts the next bytes. cut is why they were fewer than there should be.
func (c *chunk) piece(ctx context.Context) (p piece, cut, err error) {
	start := c.p.received + c.waiting()
	// A piece ends where one of a whole number of pieces would, also after a cut: on S3
	// those are copied where others must flow through this process.
	size := min(c.left, pieceSize-start%pieceSize)
	soft := &softReader{r: io.LimitReader(c.body, size)}
	var r io.Reader = soft
	p = piece{start: start, version: newVersion(c.s.cfg.Now())}
	p.etag = strings.ReplaceAll(p.version, "-", "")
	tag := newTagger(p.version)
	if start == 0 && size == c.left { // perhaps the only one
		r = io.TeeReader(r, tag)
	}
	if c.sum != nil {
		r = io.TeeReader(r, c.sum)
	}
	info, err := c.s.cfg.Blobs.Put(ctx, p.version, r, -1)
	if p.size = info.Size; p.size == tag.n {
		p.etag = tag.tag()
	}
	return p, soft.err, err
}

func (c *chunk) waiting() (n int64) {
	for _, p := range c.wait {
		n += p.size
	}
	return n
}

// record lets the row know of the pieces that wait.
func (c *chunk) record(ctx context.Context) error {
	if len(c.wait) == 0 {
		return nil
	}
	if err := c.s.advance(ctx, c.p, c.wait); err != nil {
		c.forget(ctx)
		return err
	}
	c.wait = nil
	return nil
}

// forget removes pieces that no row names.
func (c *chunk) forget(ctx context.Context) {
	for _, p := range c.wait {
		c.s.discard(ctx, p.version)
	}
	c.wait = nil
}

// cut ends a request whose client has gone. Bytes that a checksum vouches for only
// as a whole are not kept.
func (c *chunk) cut(ctx context.Context, err error) error {
	if c.sum != nil {
		c.forget(ctx)
	}
	if err == io.ErrUnexpectedEOF || err == errInterrupted {
		return errCut
	}
	return errCut.WithCause(err)
}

// softReader ends where its source fails, and remembers why.
type softReader struct {
	r   io.Reader
	err error
}

func (s *softReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err, err = err, io.EOF
	}
	return n, err
}
