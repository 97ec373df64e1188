package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/plinth-dev/plinth/internal/blob"
)

// Pages is a database at one moment.
type Pages interface {
	Size() (pageSize int, pages uint32)
	Each(func(page []byte) error) error
	Close() error
}

// Snapshot is one that is in the store.
type Snapshot struct {
	Key   string
	Place Place
	At    time.Time
	Bytes int64
}

// Progress is told how far a long step is. total is 0 where nobody knows.
type Progress func(what string, done, total int64)

func (p Progress) tell(what string, done, total int64) {
	if p != nil {
		p(what, done, total)
	}
}

const (
	snapshotMagic = "PLNTHSN1"
	snapshotHead  = 8 + 4 + 4 + 4 + 8 + 8 + sha256.Size
)

// moment is what a snapshot's head says.
type moment struct {
	Place
	At       time.Time
	Prev     Sum // of the segment that it is behind
	PageSize int
	Pages    uint32
}

func (m moment) head() []byte {
	b := append(make([]byte, 0, snapshotHead), snapshotMagic...)
	b = binary.BigEndian.AppendUint32(b, uint32(m.PageSize))
	b = binary.BigEndian.AppendUint32(b, m.Pages)
	b = binary.BigEndian.AppendUint32(b, m.Gen)
	b = binary.BigEndian.AppendUint64(b, m.Seq)
	b = binary.BigEndian.AppendUint64(b, uint64(m.At.UnixMicro()))
	return append(b, m.Prev[:]...)
}

func readMoment(b []byte) (moment, error) {
	m := moment{}
	if len(b) < snapshotHead || string(b[:8]) != snapshotMagic {
		return m, errors.New("it is no snapshot, or torn")
	}
	m.PageSize, m.Pages = int(binary.BigEndian.Uint32(b[8:])), binary.BigEndian.Uint32(b[12:])
	m.Place = Place{binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint64(b[20:])}
	m.At, m.Prev = time.UnixMicro(int64(binary.BigEndian.Uint64(b[28:]))).UTC(), Sum(b[36:])
	if !goodPage(m.PageSize) {
		return m, errors.New("its pages have no possible size")
	}
	return m, nil
}

// putSnapshot streams the pages into the store.
func putSnapshot(ctx context.Context, st blob.Store, m moment, p Pages, tell Progress) (Snapshot, error) {
	m.PageSize, m.Pages = p.Size()
	pr, pw := io.Pipe()
	go func() { pw.CloseWithError(writeSnapshot(pw, m, p, tell)) }()
	key := snapshotKey(m.Place, m.At)
	info, err := st.Put(ctx, key, pr, -1)
	pr.CloseWithError(context.Canceled) // where Put did not read to the end
	return Snapshot{Key: key, Place: m.Place, At: m.At, Bytes: info.Size}, err
}

func writeSnapshot(w io.Writer, m moment, p Pages, tell Progress) error {
	sum := sha256.New()
	out := io.MultiWriter(w, sum)
	if _, err := out.Write(m.head()); err != nil {
		return err
	}
	z, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	n := int64(0)
	err = p.Each(func(page []byte) error {
		if n++; n%256 == 0 {
			tell.tell("snapshot", n, int64(m.Pages))
		}
		_, err := z.Write(page)
		return err
	})
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return err
	}
	tell.tell("snapshot", n, int64(m.Pages))
	_, err = w.Write(sum.Sum(nil))
	return err
}

// getSnapshot reads a snapshot to its end and gives its pages, of which none may be
// trusted until it returns nil.
func getSnapshot(ctx context.Context, st blob.Store, s Snapshot, page func(n uint32, b []byte) error) (moment, error) {
	info, err := st.Stat(ctx, s.Key)
	if err != nil {
		return moment{}, err
	}
	if info.Size < snapshotHead+sha256.Size {
		return moment{}, damaged(s.Key, "it is torn")
	}
	body, err := st.Get(ctx, s.Key, blob.Whole)
	if err != nil {
		return moment{}, err
	}
	defer body.Close()
	sum := sha256.New()
	packed := io.TeeReader(io.LimitReader(body, info.Size-sha256.Size), sum)
	head := make([]byte, snapshotHead)
	if _, err := io.ReadFull(packed, head); err != nil {
		return moment{}, damaged(s.Key, err.Error())
	}
	m, err := readMoment(head)
	if err == nil && m.Place != s.Place {
		err = errors.New("it is another one")
	}
	if err == nil {
		err = unpack(packed, m, page)
	}
	var tail Sum
	if err == nil {
		_, err = io.ReadFull(body, tail[:])
	}
	if err == nil && Sum(sum.Sum(nil)) != tail {
		err = errors.New("its sum is another")
	}
	if err != nil {
		return m, damaged(s.Key, err.Error())
	}
	return m, nil
}

func unpack(packed io.Reader, m moment, page func(n uint32, b []byte) error) error {
	z, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer z.Close()
	b := make([]byte, m.PageSize)
	for n := uint32(1); n <= m.Pages; n++ {
		if _, err := io.ReadFull(z, b); err != nil {
			return err
		}
		if err := page(n, b); err != nil {
			return err
		}
	}
	if n, err := z.Read(b[:1]); n > 0 || err != io.EOF {
		return errors.New("it has more pages than it says")
	}
	_, err = io.Copy(io.Discard, packed)
	return err
}
