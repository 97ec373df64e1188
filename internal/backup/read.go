package backup

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
)

// Snapshots returns those of the store, the oldest first.
func Snapshots(ctx context.Context, st blob.Store) ([]Snapshot, error) {
	var out []Snapshot
	for info, err := range st.List(ctx, snapshots) {
		if err != nil {
			return nil, err
		}
		if s, ok := parseSnapshot(info.Key); ok {
			s.Bytes = info.Size
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Snapshot) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		if a.Place.less(b.Place) {
			return -1
		}
		return 1
	})
	return out, nil
}

// image is a database file that is put together.
type image struct {
	f        *os.File
	place    Place
	sum      Sum
	at       time.Time // of the last transaction, or of the snapshot
	pageSize int
	txs      int
}

// load writes a snapshot into the file, from its beginning.
func (i *image) load(ctx context.Context, st blob.Store, s Snapshot, tell Progress) error {
	if err := i.f.Truncate(0); err != nil {
		return err
	}
	m, err := getSnapshot(ctx, st, s, func(n uint32, b []byte) error {
		if n%1024 == 0 {
			tell.tell("snapshot", int64(n)*int64(len(b)), 0)
		}
		_, err := i.f.WriteAt(b, int64(n-1)*int64(len(b)))
		return err
	})
	if err != nil {
		return err
	}
	i.place, i.sum, i.at, i.pageSize = m.Place, m.Prev, m.At, m.PageSize
	return nil
}

// getSegment reads the segment at a place. ErrMissing: there is none yet.
func getSegment(ctx context.Context, st blob.Store, p Place) (*segment, error) {
	b, err := getBytes(ctx, st, segmentKey(p), maxSegment)
	if err != nil {
		return nil, err
	}
	s, err := decodeSegment(b)
	if err == nil && s.Place != p {
		err = errors.New("it is another one")
	}
	if err != nil {
		return nil, damaged(segmentKey(p), err.Error())
	}
	return s, nil
}

// next reads the segment that follows the image, and makes sure that it fits.
func (i *image) next(ctx context.Context, st blob.Store) (*segment, error) {
	s, err := getSegment(ctx, st, Place{i.place.Gen, i.place.Seq + 1})
	if err != nil {
		return nil, err
	}
	if s.Prev != i.sum {
		return nil, damaged(segmentKey(s.Place), "it does not follow the one before")
	}
	if !s.Seal && s.PageSize != i.pageSize {
		return nil, damaged(segmentKey(s.Place), "its pages have another size")
	}
	return s, nil
}

// apply writes a segment's transactions up to a time, and reports whether it was all.
func (i *image) apply(s *segment, to time.Time) (whole bool, err error) {
	frame := frameHead + i.pageSize
	for _, tx := range s.Txs {
		if !to.IsZero() && tx.At.After(to) {
			return false, nil
		}
		for at := 0; at < len(tx.Frames); at += frame {
			n := int64(binary.BigEndian.Uint32(tx.Frames[at:]))
			if _, err := i.f.WriteAt(tx.Frames[at+frameHead:at+frame], (n-1)*int64(i.pageSize)); err != nil {
				return false, err
			}
		}
		if err := i.f.Truncate(int64(tx.Pages) * int64(i.pageSize)); err != nil {
			return false, err
		}
		i.at = tx.At
		i.txs++
	}
	i.place, i.sum = s.Place, s.Sum
	return true, nil
}

// Restored says what Restore made.
type Restored struct {
	Snapshot Snapshot
	Place    Place
	At       time.Time // of the last transaction, or of the snapshot
	Txs      int       // transactions after the snapshot
	Gap      bool      // commits between At and the time that was asked for were given up
	Skipped  []string  // snapshots that were damaged; an older one and the log took their place
}

// Restore writes the database, as it was at a time, into a file: exactly the transactions
// that were committed until then. The zero time is the end of the newest generation.
func Restore(ctx context.Context, st blob.Store, to time.Time, f *os.File, tell Progress) (Restored, error) {
	list, err := Snapshots(ctx, st)
	if err != nil {
		return Restored{}, err
	}
	out := Restored{}
	for n := len(list) - 1; n >= 0; n-- {
		s := list[n]
		if !to.IsZero() && s.At.After(to) || s.Place.Gen == 0 && loggedAfter(list[:n]) {
			continue
		}
		i := &image{f: f}
		err := i.load(ctx, st, s, tell)
		if errors.Is(err, ErrDamaged) {
			out.Skipped = append(out.Skipped, s.Key)
			continue
		}
		if err == nil {
			out.Gap, err = i.replay(ctx, st, to, tell)
		}
		if err == nil {
			err = f.Sync()
		}
		out.Snapshot, out.Place, out.At, out.Txs = s, i.place, i.at, i.txs
		return out, err
	}
	if len(out.Skipped) > 0 {
		return out, damaged(out.Skipped[0], "and there is no older one")
	}
	return out, ErrNone
}

// loggedAfter reports whether an older snapshot has a log, which goes on beyond one that
// was made by hand.
func loggedAfter(older []Snapshot) bool {
	return slices.ContainsFunc(older, func(s Snapshot) bool { return s.Place.Gen > 0 })
}

func (i *image) replay(ctx context.Context, st blob.Store, to time.Time, tell Progress) (gap bool, err error) {
	if i.place.Gen == 0 {
		return false, nil
	}
	from := i.place
	for {
		s, err := i.next(ctx, st)
		if errors.Is(err, blob.ErrMissing) || err == nil && s.Seal {
			return false, i.hole(ctx, st)
		}
		if err != nil {
			return false, err
		}
		if s.Base && i.place != from {
			return true, nil
		}
		whole, err := i.apply(s, to)
		if err != nil || !whole {
			return false, err
		}
		tell.tell("log", int64(i.place.Seq-from.Seq), 0)
	}
}

// hole fails where segments are missing in between: the log does not end here.
func (i *image) hole(ctx context.Context, st blob.Store) error {
	for info, err := range st.List(ctx, genSegments(i.place.Gen)) {
		if err != nil {
			return err
		}
		if p, ok := parseSegment(info.Key); ok && p.Seq > i.place.Seq+1 {
			return damaged(segmentKey(Place{i.place.Gen, i.place.Seq + 1}), "it is missing")
		}
	}
	return nil
}
