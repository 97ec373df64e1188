package relay

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

// rows are n rows of transactions of two.
func rows(from uint64, n int) []Row {
	out := make([]Row, n)
	for i := range out {
		at := from + uint64(i)
		out[i] = Row{Tx: at / 2, Rel: uint32(at), Op: db.Insert, Shape: "p1", New: fmt.Append(nil, "row ", at), At: int64(at)}
	}
	return out
}

// batch has the rows after prev.
func batch(token uint64, epoch uint32, prev uint64, n int) *Batch {
	return &Batch{Token: token, Epoch: epoch, Prev: prev, Last: prev + uint64(n), Stamp: "s", Rows: rows(prev+1, n)}
}

// follower is a Feed at 1:100, followed, that heard its leader.
func follower(t *testing.T) *Feed {
	t.Helper()
	f := New()
	t.Cleanup(f.Follow(Always))
	f.Reached(db.Position{Epoch: 1, Seq: 100}, 7)
	if !f.Take(batch(7, 1, 100, 0)) {
		t.Fatal("the leader's word was refused")
	}
	return f
}

// expect looks what follows 1:at: how many rows; -1 for what only the log can tell.
func expect(t *testing.T, f *Feed, at uint64, want int) {
	t.Helper()
	got, ok := f.After(db.Position{Epoch: 1, Seq: at}, 1000)
	n := len(got)
	if !ok {
		n = -1
	}
	if n != want {
		t.Errorf("after %d: %d rows, want %d", at, n, want)
	}
	for i, r := range got {
		if r.Rel != uint32(at)+uint32(i)+1 {
			t.Errorf("row %d after %d is that of %d", i, at, r.Rel)
		}
	}
}

func TestInOrder(t *testing.T) {
	t.Parallel()
	f := follower(t)
	expect(t, f, 100, 0)
	f.Take(batch(7, 1, 100, 3))
	f.Take(batch(7, 1, 103, 1))
	expect(t, f, 100, 4)
	expect(t, f, 102, 2)
	expect(t, f, 104, 0)
	expect(t, f, 99, -1) // before what is kept
	expect(t, f, 105, -1)
	got, _ := f.After(db.Position{Epoch: 1, Seq: 100}, 2)
	if len(got) != 2 || got[0].Ends == got[1].Ends {
		t.Errorf("at most two: %+v", got)
	}
	if _, ok := f.After(db.Position{Epoch: 2, Seq: 104}, 9); ok {
		t.Error("another epoch's place was known")
	}
}

func TestWhatIsKnownIsPassedOver(t *testing.T) {
	t.Parallel()
	f := follower(t)
	f.Take(batch(7, 1, 100, 3))
	f.Take(batch(7, 1, 100, 3))
	f.Take(batch(7, 1, 101, 4))
	expect(t, f, 100, 5)
	f.Reached(db.Position{Epoch: 1, Seq: 110}, 7) // somebody read on by himself
	f.Take(batch(7, 1, 105, 6))
	expect(t, f, 110, 1)
	expect(t, f, 105, -1)
}

func TestHole(t *testing.T) {
	t.Parallel()
	f := follower(t)
	f.Take(batch(7, 1, 102, 2))
	expect(t, f, 100, -1)
	expect(t, f, 102, 2)
	f.Take(batch(7, 1, 104, 3).Word()) // too much for a message
	expect(t, f, 102, 2)
	expect(t, f, 104, -1)
	f.Reached(db.Position{Epoch: 1, Seq: 107}, 7)
	expect(t, f, 107, 0)
}

func TestWhoLeadsNoMoreIsRefused(t *testing.T) {
	t.Parallel()
	f := follower(t)
	if f.Take(batch(6, 1, 100, 1)) {
		t.Error("a lower token was taken")
	}
	expect(t, f, 100, 0)
	if !f.Take(batch(8, 2, 100, 1)) || f.Take(batch(8, 1, 101, 1)) {
		t.Error("a lower epoch was taken")
	}
	g := New()
	defer g.Follow(Always)()
	g.Reached(db.Position{Epoch: 1, Seq: 5}, 9) // the database told who leads
	if g.Take(batch(8, 1, 5, 1)) {
		t.Error("the one before whom the database names was taken")
	}
	if c := g.Counts(); c.Refused != 1 || f.Counts().Refused != 2 {
		t.Errorf("%+v %+v", c, f.Counts())
	}
}

// A leader whose log is shorter than the one that was told has another log.
func TestAnotherLog(t *testing.T) {
	t.Parallel()
	f := follower(t)
	f.Take(batch(7, 1, 100, 10))
	f.Take(batch(8, 1, 105, 2))
	expect(t, f, 110, -1)
	expect(t, f, 105, 2)
}

func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := follower(t)
		<-time.After(Fresh - time.Nanosecond)
		expect(t, f, 100, 0)
		<-time.After(time.Nanosecond)
		expect(t, f, 100, -1)
		news := f.Wait()
		f.Ring(db.Position{Epoch: 1, Seq: 100})
		select {
		case <-news:
			t.Error("a bell for what is known woke")
		default:
		}
		f.Ring(db.Position{Epoch: 1, Seq: 101}) // nobody else will tell
		<-news
		f.Take(batch(7, 1, 100, 0))
		expect(t, f, 100, -1) // rung
		expect(t, f, 100, 0)
	})
}

// A bell may be faster than the message that it rings for.
func TestBellWaitsForTheMessage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := follower(t)
		f.Ring(db.Position{Epoch: 1, Seq: 101})
		f.Take(batch(7, 1, 100, 1))
		<-time.After(time.Second)
		expect(t, f, 100, 1)
		news := f.Wait()
		f.Ring(db.Position{Epoch: 1, Seq: 102})
		<-news
		expect(t, f, 101, -1)
	})
}

func TestBounds(t *testing.T) {
	t.Parallel()
	f := follower(t)
	for i := range uint64(6) {
		f.Take(batch(7, 1, 100+i*1000, 1000))
	}
	if f.bytes > keepBytes || len(f.rows) != keepRows {
		t.Errorf("%d rows of %d bytes", len(f.rows), f.bytes)
	}
	b := batch(7, 1, 6100, 3)
	for i := range b.Rows {
		b.Rows[i].New = make([]byte, keepBytes/2-1000)
	}
	f.Take(b)
	if len(f.rows) != 2 || f.bytes > keepBytes {
		t.Errorf("%d rows of %d bytes", len(f.rows), f.bytes)
	}
	stop := New()
	stop.Reached(db.Position{Epoch: 1, Seq: 100}, 7)
	stop.Take(batch(7, 1, 100, 3))
	if len(stop.rows) != 0 || stop.last != 103 {
		t.Errorf("nobody follows, and %d rows are kept, up to %d", len(stop.rows), stop.last)
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	f := follower(t)
	f.Take(batch(7, 1, 100, 5))
	if err := f.Hear(AppendForget(nil, db.Position{Epoch: 1, Seq: 103})); err != nil {
		t.Fatal(err)
	}
	expect(t, f, 102, -1)
	expect(t, f, 103, 2)
}

func TestMessage(t *testing.T) {
	t.Parallel()
	b := batch(1<<40, 3, 1<<50, 4)
	b.Rows[1].Shape, b.Rows[2].Old, b.Rows[2].New, b.Rows[3].Op = "b2", []byte("old"), nil, db.Delete
	b.Rows[0].At = -5
	got := (&reader{b: b.Append(nil)[1:]}).batch()
	if !reflect.DeepEqual(got, b) {
		t.Errorf("got %+v, want %+v", got, b)
	}
	big := batch(1, 1, 1, 100)
	for i := range big.Rows {
		big.Rows[i].New = make([]byte, MaxMessage/50)
	}
	msg := big.Append([]byte("before"))
	if got := (&reader{b: msg[7:]}).batch(); len(msg) > 100 || got.Rows != nil || got.Last != 101 {
		t.Errorf("%d bytes, %+v", len(msg), got)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(batch(1, 2, 3, 4).Append(nil))
	f.Add(AppendForget(nil, db.Position{Epoch: 1, Seq: 2}))
	f.Add([]byte("N\x01\x01\x01\x09\x01s"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		feed := New()
		defer feed.Follow(Always)()
		if feed.Hear(msg) != nil || len(msg) == 0 || msg[0] != numbered {
			return
		}
		b := (&reader{b: bytes.Clone(msg[1:])}).batch()
		again := (&reader{b: b.Append(nil)[1:]}).batch()
		if len(msg) < MaxMessage && !reflect.DeepEqual(again, b) {
			t.Errorf("%+v, printed and read: %+v", b, again)
		}
	})
}

func TestWhoWants(t *testing.T) {
	t.Parallel()
	f := New()
	some := false
	stop := f.Follow(func() bool { return some })
	if f.Wanted() || !f.Followed() {
		t.Error("who follows wants nothing")
	}
	if some = true; !f.Wanted() {
		t.Error("now he does")
	}
	also := f.Follow(Always)
	if stop(); !f.Wanted() {
		t.Error("the other one does, too")
	}
	if also(); f.Wanted() || f.Followed() {
		t.Error("nobody is left")
	}
	f.Hurry()
	f.Hurry()
	<-f.Hurried()
}
