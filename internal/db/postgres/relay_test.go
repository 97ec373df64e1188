package postgres

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/relay"
)

// wire carries a leader's messages to another node, but those that lose takes.
type wire struct {
	mu   sync.Mutex
	to   *Driver
	lose func(msg []byte) bool
	told int
}

func (w *wire) tell(msg []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told++
	if w.to != nil && (w.lose == nil || !w.lose(msg)) {
		_ = w.to.Hear(msg) // a bad one shows as a look into the log
	}
}

// pair is a leader and a node that hears it, which has one connection for statements.
func pair(t *testing.T) (a, b *Driver, w *wire) {
	t.Helper()
	url := database(t)
	w = &wire{}
	a = openSlot(t, Config{URL: url, Tell: w.tell})
	script(t, a, `create table k (id int primary key, body text)`)
	b = openSlot(t, Config{URL: url, Conns: 1 + 3})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.to = b; w.told == 0 {
		t.Error("the leader said nothing at its start")
	}
	return a, b, w
}

// listen follows b, and returns once a first change came by message.
func listen(t *testing.T, a, b *Driver) <-chan db.Change {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, done := make(chan db.Change, 10_000), make(chan struct{})
	from := here(t, b)
	go func() {
		defer close(done)
		defer close(out)
		for c, err := range b.Changes(ctx, from) {
			if err != nil {
				if ctx.Err() == nil {
					t.Error(explain(err))
				}
				return
			}
			out <- c
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	insert(t, a, "-1, null")
	ordered(t, out, -1, 1)
	until(t, "the feed is heard", func() bool {
		_, ok := b.feed.After(db.Position{Epoch: from.Epoch, Seq: from.Seq + 1}, 1)
		return ok
	})
	return out
}

func insert(t *testing.T, d *Driver, values string) {
	t.Helper()
	if err := exec(context.Background(), d, &db.Owner, "insert into k select "+values); err != nil {
		t.Error(explain(err))
	}
}

// ordered takes n changes, whose keys must go on from a number without a hole.
func ordered(t *testing.T, from <-chan db.Change, first int64, n int) (last db.Change) {
	t.Helper()
	for i := range int64(n) {
		c, ok := <-from
		if !ok {
			t.Fatal("nobody follows any more")
		}
		if c.Key[0].I != first+i || last.Seq > 0 && c.Seq != last.Seq+1 {
			t.Fatalf("change %d has the key %v and the number %d after %d", i, c.Key[0].I, c.Seq, last.Seq)
		}
		last = c
	}
	return last
}

// Who hears the leader follows without a query: here none can be made. No other test is
// to make a role meanwhile, which is one for every database of the server, and makes a node
// read the schema anew.
func TestChangesComeWithoutAQuery(t *testing.T) {
	a, b, _ := pair(t)
	got := listen(t, a, b)
	before := b.feed.Counts()
	cur, err := b.Query(context.Background(), &db.Owner, "select 1", nil) // the only connection
	if err != nil {
		t.Fatal(explain(err))
	}
	for i := range 20 {
		insert(t, a, "generate_series("+strconv.Itoa(2*i)+", "+strconv.Itoa(2*i+1)+"), repeat('x', 100)")
		c := ordered(t, got, int64(2*i), 2)
		if !c.Last || len(c.New[1].S) != 100 || c.Table.Name != "k" || c.Op != db.Insert {
			t.Fatalf("%+v", c)
		}
	}
	after := b.feed.Counts()
	if after.Looks != before.Looks || after.Told != before.Told+40 {
		t.Errorf("%+v, before %+v", after, before)
	}
	_ = cur.Close()
}

// What is lost on the way is filled from the log, in its place.
func TestLostMessagesAreReadFromTheLog(t *testing.T) {
	t.Parallel()
	a, b, w := pair(t)
	got := listen(t, a, b)
	n := 0
	w.mu.Lock()
	w.lose = func([]byte) bool { n++; return n%3 != 0 }
	w.mu.Unlock()
	before := b.feed.Counts().Looks
	for i := range 60 {
		insert(t, a, strconv.Itoa(i)+", null")
	}
	ordered(t, got, 0, 60)
	if looks := b.feed.Counts().Looks; looks == before {
		t.Error("nobody looked into the log")
	}
}

// A leader that was deposed may still be talking.
func TestADeposedLeaderIsNotHeard(t *testing.T) {
	t.Parallel()
	a, b, _ := pair(t)
	got := listen(t, a, b)
	at := here(t, b)
	ask(t, a, "update plinth.feed set until = '-infinity', token = token + 1") // as another one that claims
	until(t, "somebody leads again", func() bool { return ask(t, a, "select until > now() from plinth.feed") == "t" })
	insert(t, a, "0, null")
	last := ordered(t, got, 0, 1)
	token, err := strconv.ParseUint(ask(t, a, "select token from plinth.feed"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	refused := b.feed.Counts().Refused
	lie := &relay.Batch{Token: token - 1, Epoch: at.Epoch, Prev: last.Seq, Last: last.Seq + 1, Stamp: b.pub.Load().stamp, Rows: []relay.Row{{
		Tx: 1, Rel: uint32(last.Table.ID), Op: db.Delete, Shape: b.pub.Load().shapes[uint32(last.Table.ID)], Old: []byte("no row"), At: 1,
	}}}
	if err := b.Hear(lie.Append(nil)); err != nil {
		t.Fatal(err)
	}
	if now := b.feed.Counts().Refused; now != refused+1 {
		t.Errorf("%d messages refused, want %d", now, refused+1)
	}
	insert(t, a, "1, null")
	if c := ordered(t, got, 1, 1); c.Op != db.Insert || c.Seq != last.Seq+1 {
		t.Errorf("%+v", c)
	}
}

// A transaction that is too large for messages, and for the leader's memory, is read from
// the log; what follows it comes by message again.
func TestAHugeTransactionIsReadFromTheLog(t *testing.T) {
	t.Parallel()
	const n = 3000
	a, b, w := pair(t)
	got := listen(t, a, b)
	most := 0
	w.mu.Lock()
	w.lose = func(msg []byte) bool { most = max(most, len(msg)); return false }
	w.mu.Unlock()
	insert(t, a, "generate_series(0, "+strconv.Itoa(n-1)+"), repeat('x', 500)")
	if c := ordered(t, got, 0, n); !c.Last {
		t.Error("its last change does not end it")
	}
	until(t, "the feed is whole again", func() bool {
		_, ok := b.feed.After(here(t, b), 1)
		return ok
	})
	told := b.feed.Counts().Told
	insert(t, a, strconv.Itoa(n)+", null")
	ordered(t, got, n, 1)
	if now := b.feed.Counts().Told; now != told+1 {
		t.Errorf("%d changes told, want %d", now, told+1)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if most > relay.MaxMessage {
		t.Errorf("a message of %d bytes", most)
	}
}

// Where nobody wants changes only their numbers are told, and they are told again to who
// came meanwhile. Here too a role that another test makes would have the node look.
func TestUnwantedChangesArePassedOver(t *testing.T) {
	a, b, _ := pair(t)
	listen(t, a, b) // so that b hears
	from := here(t, b)
	insert(t, a, "generate_series(0, 9), null")
	until(t, "they are heard of", func() bool {
		rows, _ := b.feed.After(from, 100)
		return len(rows) == 10
	})
	for c, err := range b.ChangesFor(context.Background(), from, func() bool { return false }) {
		if err != nil || c.Table != nil || c.Seq != from.Seq+10 {
			t.Errorf("%+v, %v", c, err)
		}
		break
	}
	for i, c := range next(t, b, from, 10) {
		if c.Key[0].I != int64(i) {
			t.Errorf("change %d is that of %v", i, c.Key)
		}
	}
}

// Where nobody wants changes the leader does not look at the schema for each of them; who
// comes to want them gets them all, and a schema that others changed is still read anew.
func TestNobodyWantsToBeTold(t *testing.T) {
	t.Parallel()
	d := openSlot(t, Config{})
	script(t, d, `create table k (id int primary key, body text)`)
	from := here(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		for _, err := range d.ChangesFor(ctx, from, func() bool { return false }) {
			if err != nil && ctx.Err() == nil {
				t.Error(explain(err))
			}
		}
	})
	defer all.Wait()
	defer cancel()
	n := 0
	until(t, "a change is numbered without a look", func() bool {
		insert(t, d, strconv.Itoa(n)+", null")
		n++
		at := here(t, d)
		rows, _ := d.feed.After(from, int(at.Seq-from.Seq))
		return slices.ContainsFunc(rows, func(r relay.Row) bool { return r.Stamp == "" })
	})
	for i, c := range next(t, d, from, n) {
		if c.Key[0].I != int64(i) {
			t.Errorf("change %d is that of %v", i, c.Key)
		}
	}
	ask(t, d, "alter table k add column later int")
	until(t, "the new column is seen", func() bool {
		insert(t, d, strconv.Itoa(n)+", null")
		n++
		return len(d.Catalog().Schemas["public"].Tables["k"].Columns) == 3
	})
}
