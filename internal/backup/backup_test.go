package backup

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/blob/disk"
)

const testPage = 512

// toy is a database of pages in memory, whose one writer is a test.
type toy struct {
	mu    sync.Mutex
	pages [][]byte
	ship  *Shipper
}

func (d *toy) write(n int, fill byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.pages) < n {
		d.pages = append(d.pages, make([]byte, testPage))
	}
	d.pages[n-1] = bytes.Repeat([]byte{fill}, testPage)
	frame := make([]byte, frameHead, frameHead+testPage)
	binary.BigEndian.PutUint32(frame, uint32(n))
	d.ship.Commit(time.Now(), testPage, uint32(len(d.pages)), append(frame, d.pages[n-1]...))
	return d.ship.Durable()
}

func (d *toy) cut(_ context.Context, at func()) (Pages, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at()
	return toyPages(bytes.Join(d.pages, nil)), nil
}

type toyPages []byte

func (p toyPages) Size() (int, uint32) { return testPage, uint32(len(p) / testPage) }
func (p toyPages) Close() error        { return nil }
func (p toyPages) Each(fn func([]byte) error) error {
	for at := 0; at < len(p); at += testPage {
		if err := fn(p[at : at+testPage]); err != nil {
			return err
		}
	}
	return nil
}

func store(t *testing.T) *disk.Store {
	t.Helper()
	st, err := disk.Open(t.TempDir())
	must(t, err)
	t.Cleanup(func() { st.Close() })
	return st
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func conf(st blob.Creator) Config {
	c := Default()
	c.Store, c.Interval, c.Lease = st, 5*time.Millisecond, time.Second
	return c
}

// serve starts a shipper over a database of one page.
func serve(t *testing.T, c Config, o Owner) *toy {
	t.Helper()
	s, err := New(c)
	must(t, err)
	l, err := Acquire(t.Context(), c, o)
	must(t, err)
	d := &toy{ship: s, pages: [][]byte{bytes.Repeat([]byte{1}, testPage)}}
	must(t, s.Start(t.Context(), l, d.cut))
	return d
}

func restore(t *testing.T, st blob.Store, to time.Time) ([]byte, Restored, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	r, err := Restore(t.Context(), st, to, f, nil)
	b, rerr := os.ReadFile(path)
	must(t, rerr)
	return b, r, err
}

func TestRestoreToATime(t *testing.T) {
	t.Parallel()
	st := store(t)
	c := conf(st)
	c.Sync = true
	d := serve(t, c, Owner{Instance: "a"})
	type point struct {
		at   time.Time
		want []byte
	}
	var points []point
	for i := range 30 {
		must(t, d.write(1+i%5, byte(10+i)))
		points = append(points, point{time.Now(), bytes.Join(d.pages, nil)})
		<-time.After(time.Millisecond)
		if i == 15 {
			must(t, d.ship.snapshot(t.Context(), nil))
		}
	}
	must(t, d.ship.Close(time.Second))
	for n, p := range points {
		got, r, err := restore(t, st, p.at)
		must(t, err)
		if !bytes.Equal(got, p.want) {
			t.Errorf("write %d: the database is another (%+v)", n, r)
		}
	}
	if _, _, err := restore(t, st, points[0].at.Add(-time.Hour)); !errors.Is(err, ErrNone) {
		t.Errorf("before everything: %v", err)
	}
	v, err := Verify(t.Context(), st, nil)
	if err != nil || len(v.Damaged) > 0 || v.Segments == 0 || len(v.Stretches) != 1 || !v.Stretches[0].To.After(points[28].at) {
		t.Errorf("Verify = %+v, %v", v, err)
	}
}

// TestDamageIsFound turns each byte of some blobs, and cuts them short.
func TestDamageIsFound(t *testing.T) {
	t.Parallel()
	st := store(t)
	c := conf(st)
	c.Sync = true
	d := serve(t, c, Owner{Instance: "a"})
	for i := range 4 {
		must(t, d.write(1+i, byte(i+5)))
	}
	must(t, d.ship.Close(time.Second))
	want, r, err := restore(t, st, time.Time{})
	must(t, err)
	snap := r.Snapshot.Key
	for _, key := range []string{snap, segmentKey(Place{1, 2})} {
		whole, err := getBytes(t.Context(), st, key, 1<<20)
		must(t, err)
		for n := 0; n < len(whole); n += 1 + n/16 { // the head, and less and less often
			for _, bad := range [][]byte{append(append(bytes.Clone(whole[:n]), whole[n]^1), whole[n+1:]...), whole[:n]} {
				put(t, st, key, bad)
				if got, _, err := restore(t, st, time.Time{}); !errors.Is(err, ErrDamaged) {
					t.Fatalf("%s, byte %d of %d: restored %d bytes, %v", key, n, len(whole), len(got), err)
				}
			}
		}
		v, err := Verify(t.Context(), st, nil)
		if err != nil || len(v.Damaged) == 0 || !strings.Contains(strings.Join(v.Damaged, " "), key) {
			t.Errorf("Verify of a torn %s = %+v, %v", key, v, err)
		}
		put(t, st, key, whole)
	}
	got, _, err := restore(t, st, time.Time{})
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Error("the whole backup restores to something else")
	}
	must(t, st.Delete(t.Context(), segmentKey(Place{1, 2})))
	if _, _, err := restore(t, st, time.Time{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("with a segment missing in between: %v", err)
	}
}

func put(t *testing.T, st blob.Store, key string, b []byte) {
	t.Helper()
	_, err := st.Put(t.Context(), key, bytes.NewReader(b), int64(len(b)))
	must(t, err)
}

// TestADamagedSnapshotIsPassedOver: an older one and the log come to the same.
func TestADamagedSnapshotIsPassedOver(t *testing.T) {
	t.Parallel()
	st := store(t)
	c := conf(st)
	c.Sync = true
	d := serve(t, c, Owner{Instance: "a"})
	must(t, d.write(1, 7))
	must(t, d.ship.snapshot(t.Context(), nil))
	must(t, d.write(2, 8))
	must(t, d.ship.Close(time.Second))
	list, err := Snapshots(t.Context(), st)
	must(t, err)
	put(t, st, list[1].Key, []byte("torn"))
	got, r, err := restore(t, st, time.Time{})
	must(t, err)
	if len(r.Skipped) != 1 || !bytes.Equal(got, bytes.Join(d.pages, nil)) {
		t.Errorf("%+v", r)
	}
}

// faulty is a store that fails while it is told to.
type faulty struct {
	blob.Creator
	mu   sync.Mutex
	down bool
	mute bool             // signs of life fail
	late func(key string) // runs before a Create
}

func (f *faulty) set(down bool) {
	f.mu.Lock()
	f.down = down
	f.mu.Unlock()
}

func (f *faulty) Put(ctx context.Context, key string, r io.Reader, size int64) (blob.Info, error) {
	f.mu.Lock()
	mute := f.mute
	f.mu.Unlock()
	if mute && strings.HasPrefix(key, beats) {
		return blob.Info{}, blob.ErrIO
	}
	return f.Creator.Put(ctx, key, r, size)
}

func (f *faulty) Create(ctx context.Context, key string, b []byte) error {
	f.mu.Lock()
	down, late := f.down, f.late
	f.mu.Unlock()
	if late != nil {
		late(key)
	}
	if down && strings.HasPrefix(key, segments) {
		return blob.ErrIO
	}
	return f.Creator.Create(ctx, key, b)
}

// TestTheStoreIsAway: what the queue does not hold is given up, a snapshot follows, and a
// restore never goes across the gap.
func TestTheStoreIsAway(t *testing.T) {
	t.Parallel()
	st := store(t)
	f := &faulty{Creator: st}
	c := conf(f)
	c.Queue = 1 << 20
	d := serve(t, c, Owner{Instance: "a"})
	must(t, d.write(1, 9))
	await(t, d.ship, func() bool { return d.ship.based && d.ship.shipped == 1 })
	before := bytes.Join(d.pages, nil)
	atGap := time.Now()
	f.set(true)
	for i := range 3000 {
		must(t, d.write(1+i%7, byte(i)))
	}
	f.set(false)
	await(t, d.ship, func() bool { return d.ship.based && d.ship.shipped >= d.ship.captured })
	must(t, d.write(3, 99))
	must(t, d.ship.Close(5*time.Second))
	got, _, err := restore(t, st, time.Time{})
	must(t, err)
	if !bytes.Equal(got, bytes.Join(d.pages, nil)) {
		t.Error("after the gap: another database")
	}
	got, _, err = restore(t, st, atGap)
	must(t, err)
	if !bytes.Equal(got, before) {
		t.Error("before the gap: another database")
	}
}

func await(t *testing.T, s *Shipper, ok func() bool) {
	t.Helper()
	for end := time.After(20 * time.Second); ; {
		s.mu.Lock()
		done, changed := ok(), s.changed
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-time.After(50 * time.Millisecond):
		case <-end:
			t.Fatal("it did not come")
		}
	}
}

// TestSyncAnswersNothingThatIsNotShipped: while the store is away a write is unsure.
func TestSyncAnswersNothingThatIsNotShipped(t *testing.T) {
	t.Parallel()
	f := &faulty{Creator: store(t)}
	c := conf(f)
	c.Sync, c.Wait = true, 50*time.Millisecond
	d := serve(t, c, Owner{Instance: "a"})
	await(t, d.ship, func() bool { return d.ship.based })
	f.set(true)
	if err := d.write(1, 3); !errors.Is(err, ErrUnshipped) {
		t.Errorf("a write = %v, want unsure", err)
	}
	f.set(false)
	await(t, d.ship, func() bool { return d.ship.shipped == d.ship.captured })
	err := d.write(1, 4)
	for end := time.Now().Add(20 * time.Second); errors.Is(err, ErrUnshipped) && time.Now().Before(end); {
		err = d.write(1, 4) // a busy machine ships no write in 50 ms
	}
	must(t, err)
	must(t, d.ship.Close(20*time.Second))
}

func TestOneServerShips(t *testing.T) {
	t.Parallel()
	st := store(t)
	c := conf(st)
	d := serve(t, c, Owner{Instance: "a"})
	if _, err := Acquire(t.Context(), c, Owner{Instance: "b", After: 1}); !errors.Is(err, ErrHeld) {
		t.Errorf("a copy beside the living one: %v", err)
	}
	if _, err := Acquire(t.Context(), c, Owner{Instance: "b"}); !errors.Is(err, ErrStale) {
		t.Errorf("another folder: %v", err)
	}
	must(t, d.ship.Close(time.Second))
	if _, err := Acquire(t.Context(), c, Owner{Instance: "b", After: 1}); err != nil {
		t.Errorf("after the first has stopped: %v", err)
	}
}

// TestPrune keeps what a restore within the time needs, and no more.
func TestPrune(t *testing.T) {
	t.Parallel()
	st := store(t)
	c := conf(st)
	c.Sync = true
	for gen := range uint32(3) {
		d := serve(t, c, Owner{Instance: "a", After: gen})
		must(t, d.write(1, byte(gen+1)))
		must(t, d.ship.Close(time.Second))
	}
	list, err := Snapshots(t.Context(), st)
	must(t, err)
	if len(list) != 3 {
		t.Fatalf("%d snapshots", len(list))
	}
	must(t, Prune(t.Context(), st, list[2].At.Add(-time.Microsecond)))
	if left, _ := Snapshots(t.Context(), st); len(left) != 2 || left[0].Place.Gen != 2 {
		t.Errorf("left: %+v", left)
	}
	if _, err := getSegment(t.Context(), st, Place{1, 1}); !errors.Is(err, blob.ErrMissing) {
		t.Errorf("the oldest log: %v", err)
	}
	if got, _, err := restore(t, st, list[2].At.Add(-time.Microsecond)); err != nil || got[0] != 2 {
		t.Errorf("the time that is kept: %v, %v", got[:1], err)
	}
	if gen, err := NewestGen(t.Context(), st); err != nil || gen != 3 {
		t.Errorf("the newest lease is %d, %v", gen, err)
	}
}

func FuzzSegment(f *testing.F) {
	s := &segment{Place: Place{1, 1}, PageSize: 512, Txs: []Tx{{At: time.Unix(1, 0), Pages: 1, Frames: append([]byte{0, 0, 0, 1}, make([]byte, frameHead-4+512)...)}}}
	b, err := s.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(segmentMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeSegment(b)
		if err != nil {
			return
		}
		again, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeSegment(again); err != nil {
			t.Errorf("it does not come back: %v", err)
		}
	})
}
