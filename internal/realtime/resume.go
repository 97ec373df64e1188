package realtime

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime/ws"
)

const (
	minSession = 16 // bytes of a client's session, which nobody should guess
	maxSession = 128
	maxReplay  = 20_000 // changes that are looked at for one client that comes back
	marksKept  = 64     // frames after which the client's machine is asked what it has
)

// errMissed says that a client can't be told all that it missed.
var errMissed = errors.New("realtime: too much was missed")

// mark is a frame on its way and the change that it stands for.
type mark struct {
	end uint64
	pos db.Position
}

// held is a frame that waits until what came before it was sent.
type held struct {
	frame  ws.Frame
	pos    db.Position
	letter string // the id of a broadcast from the database
}

// wayBack is a channel's way back into a stream of changes; under the index's lock.
type wayBack struct {
	holding   bool
	held      []held
	heldBytes int
	resumed   db.Position
	passed    db.Position // up to where another node, whose feed was ahead, told the client
	marks     []mark
	letters   *letters
}

// deliver sends a frame that stands for a change, or holds it back while the channel is
// told of the past. The index's lock is held.
func (ch *channel) deliver(f ws.Frame, at db.Position) { ch.put(held{frame: f, pos: at}) }

func (ch *channel) put(h held) {
	if ch.passed != (db.Position{}) && h.pos.Epoch == ch.passed.Epoch && h.pos.Seq <= ch.passed.Seq {
		return
	}
	if !ch.holding {
		ch.transmit(h.frame, h.pos)
		return
	}
	ch.heldBytes += len(h.frame)
	if ch.heldBytes > ch.sock.svc.cfg.MaxQueue {
		ch.sock.conn.Close(ws.CodeTryAgain, "too slow, please reconnect")
		return
	}
	ch.held = append(ch.held, h)
}

// transmit sends a frame, and where the client may come back for it notes that it did.
func (ch *channel) transmit(f ws.Frame, at db.Position) {
	end := ch.sock.conn.Send(f)
	if ch.sock.session == "" {
		return
	}
	if ch.marks = append(ch.marks, mark{end, at}); len(ch.marks)%marksKept == 0 {
		ch.marks = after(ch.marks, ch.sock.conn.Taken())
	}
}

// after leaves out the frames that were taken.
func after(marks []mark, taken uint64) []mark {
	i := 0
	for i < len(marks) && marks[i].end <= taken {
		i++
	}
	return append(marks[:0], marks[i:]...)
}

// told is the position up to which the client has everything, if here is that of the
// feed and the connection has ended.
func (ch *channel) told(here db.Position) db.Position {
	if ch.holding {
		here = ch.resumed
	}
	if left := after(ch.marks, ch.sock.conn.Taken()); len(left) > 0 {
		here = left[0].pos
		here.Seq-- // it may have been told of a part of this change: again is better than never
	}
	return here
}

// parsePosition reads epoch:seq.
func parsePosition(s string) (p db.Position, ok bool) {
	e, q, ok := strings.Cut(s, ":")
	epoch, err1 := strconv.ParseUint(e, 10, 32)
	seq, err2 := strconv.ParseUint(q, 10, 64)
	return db.Position{Epoch: uint32(epoch), Seq: seq}, ok && err1 == nil && err2 == nil
}

// comeback is where a join goes on from.
type comeback struct {
	from  db.Position // of changes
	cast  uint64      // the last broadcast between clients that it has
	here  bool        // it left this node: its broadcasts are known here
	again int         // broadcasts that it was told already
	lost  bool        // there are others

	unsure bool // its server was killed, and may have told it more
}

// resumption finds where a join wants to go on from: what it says itself, else what is
// remembered of its session. nil says that it is new.
func (ch *channel) resumption(ctx context.Context, since *string) (*comeback, error) {
	svc := ch.sock.svc
	back := &comeback{}
	known := svc.recall.take(recallKey{ch.sock.session, ch.key})
	late := known != nil && time.Since(known.at) > svc.cfg.Resume
	if known != nil && !late {
		back.cast, back.here = known.cast, known.cast != unknownCast
	}
	if since != nil && *since != "" {
		var ok bool
		if back.from, ok = parsePosition(*since); !ok {
			return nil, errSince
		}
		return back, nil
	}
	if m := svc.mesh; m != nil && ch.sock.session != "" {
		if known == nil {
			if pos, age, ok := m.Recall(ctx, ch.sock.session, ch.key.mesh()); ok {
				known, late = &recalled{pos: pos}, age > svc.cfg.Resume
			}
		}
		m.Sit(ch.sock.session, ch.key.mesh())
	}
	switch {
	case known == nil:
		return ch.stored(ctx), nil
	case !late: // else it is older than anything
		back.from = known.pos
	}
	return back, nil
}

// tooMuch is for people and for programs: docs/realtime.md has it.
const tooMuch = "Too much was missed, please fetch again"

// resume tells the channel what it missed between two positions, then what was held
// back meanwhile.
func (ch *channel) resume(ctx context.Context, back *comeback, to db.Position) {
	n, err := ch.sock.svc.index.replay(ctx, ch, stretch{back.from, ch.doubtful(back, to), to})
	switch {
	case err == nil && back.lost && ch.may.Load().readBroadcast:
		ch.system("resume", "ok", tooMuch)
	case err == nil:
		ch.system("resume", "ok", "Resumed, "+strconv.Itoa(n+back.again)+" messages were missed")
	case errors.Is(err, errMissed):
		ch.system("resume", "ok", tooMuch)
	default:
		ch.sock.svc.log.Error("realtime: what a client missed can't be read", "err", err)
		ch.system("resume", "ok", tooMuch)
	}
}

// release sends what was held back.
func (ch *channel) release() {
	x := ch.sock.svc.index
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, h := range ch.held {
		ch.transmit(h.frame, h.pos)
	}
	ch.holding, ch.held, ch.heldBytes = false, nil, 0
}

// stretch is changes that a client missed: those after from up to to. Of those up to
// doubt nobody knows whether it did.
type stretch struct{ from, doubt, to db.Position }

// replay sends the changes of a stretch, as the policies are now.
func (x *index) replay(ctx context.Context, ch *channel, of stretch) (sent int, err error) {
	from, to := of.from, of.to
	if from != (db.Position{}) && ch.passed == from {
		return 0, nil // it was told more than this node knows yet
	}
	if from.Epoch != to.Epoch || from.Seq > to.Seq {
		return 0, errMissed
	}
	x.mu.Lock()
	list, ok := x.past.After(from)
	x.mu.Unlock()
	if !ok {
		if list, err = x.logged(ctx, from, to); err != nil {
			return 0, err
		}
	}
	window := ch.sock.svc.cfg.Resume
	if len(list) > 0 && time.Since(list[0].At) > window {
		return 0, errMissed
	}
	for _, c := range list {
		if c.Seq > to.Seq {
			break
		}
		if ctx.Err() != nil {
			return sent, ctx.Err()
		}
		if c.Seq > of.doubt.Seq {
			sent += x.again(ctx, ch, c, (*channel).transmit)
		} else if x.again(ctx, ch, c, func(*channel, ws.Frame, db.Position) {}) > 0 {
			return 0, errMissed
		}
	}
	return sent, nil
}

// logged reads the changes from the log.
func (x *index) logged(ctx context.Context, from, to db.Position) ([]*db.Change, error) {
	if to.Seq-from.Seq > maxReplay {
		return nil, errMissed
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var list []*db.Change
	if from == to {
		return nil, nil
	}
	for c, err := range x.db.Changes(ctx, from) {
		switch {
		case errors.Is(err, db.ErrGap):
			return nil, errMissed
		case err != nil:
			return nil, err
		}
		if list = append(list, &c); c.Seq >= to.Seq {
			break
		}
	}
	return list, ctx.Err()
}

// again sends one change to one channel by way of out, if it is for it.
func (x *index) again(ctx context.Context, ch *channel, c *db.Change, out func(*channel, ws.Frame, db.Position)) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	d := newDelivery(c, kindOf(c.Op))
	d.out = out
	if l := letterOf(c); l != nil && l.key == ch.key && ch.may.Load().readBroadcast {
		if f := l.parcel(true).frame(ch.sock.vsn); f != nil {
			out(ch, f, c.Position)
			d.sent++
		}
	}
	if len(ch.subs) > 0 {
		for _, g := range x.see(ctx, c, nil, ch.groups) {
			for _, s := range ch.subs {
				if s.in(g) {
					d.subscription(s, g.mask)
				}
			}
		}
	}
	d.finish()
	ch.resumed = c.Position
	return d.sent
}

// groups calls f for the groups of one board that the channel's subscriptions are in.
func (ch *channel) groups(_ context.Context, b *board, _ *image, f func(g *group)) {
	for _, s := range ch.subs {
		for _, p := range s.places {
			if p.g.board == b {
				f(p.g)
			}
		}
	}
}

func (s *subscription) in(g *group) bool {
	for _, p := range s.places {
		if p.g == g {
			return true
		}
	}
	return false
}
