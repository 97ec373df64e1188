package bus

import (
	"sync/atomic"
	"time"
)

const (
	tickEvery  = 100 * time.Millisecond
	askAgain   = 400 * time.Millisecond
	maxAsks    = 5
	doubts     = 3
	maxHeld    = 4096     // messages of one stream that wait for those before them
	maxParts   = 64 << 20 // bytes of one message
	sweepEvery = 30 * time.Second
	idle       = 5 * time.Minute // a stream that was silent for so long has no place any more
)

// in is what this node hears; it is the loop's alone.
type in struct {
	streams map[streamKey]*stream
	waiting map[*stream]struct{} // those with a hole
	told    atomic.Bool          // all watchers know the peers that are up
	missed  uint64               // what Link.Missed said when it was looked at last
	doubt   int                  // for so many beats more peers are asked for their heads
}

type streamKey struct{ node, subject string }

// stream is one node's messages on one subject.
type stream struct {
	key   streamKey
	last  uint64
	known uint64 // the number of the last one that there is, as far as was told
	held  []frame
	parts []byte
	asked time.Time
	asks  int
	since int // messages since it was asked
	at    time.Time
}

type peer struct {
	heard time.Time
	up    bool
}

func (b *Bus) run() {
	defer close(b.done)
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	now := time.Now()
	var beaten, swept, ticked time.Time
	for {
		select {
		case <-b.stop:
			return
		default:
		}
		if now.Sub(ticked) >= tickEvery {
			if now.Sub(ticked) > b.cfg.Dead/2 {
				b.grace(now) // this process was away, not the others
			}
			ticked = now
			b.tick(now)
		}
		if now.Sub(beaten) >= b.cfg.Beat {
			beaten = now
			b.beat(now)
			b.askHeads()
		}
		if now.Sub(swept) >= sweepEvery {
			swept = now
			b.sweep(now)
		}
		f, ok := b.cfg.Link.Next(b.stop, tick.C)
		now = time.Now()
		if ok {
			b.take(f, now)
		}
	}
}

func (b *Bus) take(raw Frame, now time.Time) {
	f, err := parse(raw.Data)
	if err != nil {
		b.cfg.Log.Warn("bus: a frame that is none", "subject", raw.Subject)
		return
	}
	if f.node == b.cfg.Node {
		return
	}
	if f.kind == bye {
		b.setPeer(f.node, time.Time{}, false)
		return
	}
	b.setPeer(f.node, now, true)
	switch f.kind {
	case data, part:
		b.message(raw.Subject, f, now)
	case many:
		f.each(func(m frame) { b.message(raw.Subject, m, now) })
	case resend:
		if m, err := parse(f.body); err == nil && m.node == f.node && (m.kind == data || m.kind == part) {
			b.recovered.Add(1)
			b.message(f.subject, m, now)
		}
	case ask:
		b.again(&f)
	case gone:
		if st := b.in.streams[streamKey{f.node, f.subject}]; st != nil && st.last < f.seq {
			b.lose(st, now)
		}
	case beat:
		for _, h := range f.heads {
			if st := b.in.streams[streamKey{f.node, h.subject}]; st != nil && h.seq > st.last {
				b.hole(st, h.seq, now)
			}
		}
	}
}

// message takes a message of another node: it goes to its handler where the one before
// it did, else it waits.
func (b *Bus) message(subject string, f frame, now time.Time) {
	h := b.handler(subject)
	if h == nil {
		return
	}
	key := streamKey{f.node, subject}
	st := b.in.streams[key]
	if st == nil {
		st = &stream{key: key, last: f.prev} // what was before the subscription is nobody's
		b.in.streams[key] = st
	}
	st.at = now
	switch {
	case f.seq <= st.last: // known
	case f.prev <= st.last:
		b.deliver(st, f, h)
		b.release(st, h)
		if _, more := b.in.waiting[st]; more && st.since >= maxAgain {
			b.ask(st, now)
		}
	default:
		st.hold(f)
		b.hole(st, f.seq, now)
	}
}

// hold keeps f in its place among those that wait; where there is no room it is asked for
// later.
func (st *stream) hold(f frame) {
	if len(st.held) >= maxHeld {
		return
	}
	i := len(st.held)
	for i > 0 && st.held[i-1].seq > f.seq {
		i--
	}
	if i > 0 && st.held[i-1].seq == f.seq {
		return
	}
	st.held = append(st.held, frame{})
	copy(st.held[i+1:], st.held[i:])
	st.held[i] = f
}

func (b *Bus) deliver(st *stream, f frame, h Handler) {
	st.last, st.asks = f.seq, 0
	st.since++
	if f.kind == part {
		if len(st.parts)+len(f.body) <= maxParts {
			st.parts = append(st.parts, f.body...)
		}
		return
	}
	body := f.body
	if len(st.parts) > 0 {
		body, st.parts = append(st.parts, body...), nil
	}
	b.received.Add(1)
	h(Message{Subject: st.key.subject, From: st.key.node, Data: body})
}

// release gives those on that waited, as far as there is no hole.
func (b *Bus) release(st *stream, h Handler) {
	n := 0
	for n < len(st.held) && st.held[n].prev <= st.last {
		if st.held[n].seq > st.last {
			b.deliver(st, st.held[n], h)
		}
		n++
	}
	if n > 0 {
		st.held = append([]frame(nil), st.held[n:]...)
	}
	if len(st.held) == 0 && st.last >= st.known {
		st.asks = 0
		delete(b.in.waiting, st)
	}
}

// hole notes that messages up to a number are missing, and asks for them.
func (b *Bus) hole(st *stream, upTo uint64, now time.Time) {
	st.known = max(st.known, upTo)
	if _, asked := b.in.waiting[st]; asked {
		return
	}
	b.holes.Add(1)
	b.in.waiting[st] = struct{}{}
	b.ask(st, now)
}

func (b *Bus) ask(st *stream, now time.Time) {
	st.asked, st.since = now, 0
	st.asks++
	b.tell(inbox(st.key.node), appendAbout(nil, b.cfg.Node, ask, frame{subject: st.key.subject, seq: st.missing(), prev: st.last}))
}

// askHeads asks all peers for the numbers of their last messages after this node may have
// missed frames, the beats with those numbers among them. It asks in several beats, for
// the question or its answer can be lost too.
func (b *Bus) askHeads() {
	dropped, away := b.cfg.Link.Missed()
	if n := dropped + away; n != b.in.missed {
		b.in.missed, b.in.doubt = n, doubts
	}
	if b.in.doubt == 0 {
		return
	}
	b.in.doubt--
	for _, node := range b.Peers() {
		b.tell(inbox(node), appendAbout(nil, b.cfg.Node, ask, frame{}))
	}
}

// missing is the last number of the hole.
func (st *stream) missing() uint64 {
	if len(st.held) > 0 {
		return st.held[0].prev
	}
	return st.known
}

// lose gives a hole up: the handler is told, and what waited goes on.
func (b *Bus) lose(st *stream, now time.Time) {
	st.last, st.parts, st.asks = max(st.last, st.missing()), nil, 0
	b.lost.Add(1)
	h := b.handler(st.key.subject)
	if h == nil {
		delete(b.in.waiting, st)
		return
	}
	h(Message{Subject: st.key.subject, From: st.key.node, Lost: true})
	b.release(st, h)
	if _, more := b.in.waiting[st]; more {
		b.ask(st, now)
	}
}

// Expect says that everything that node publishes on a subject after number head (see
// Head) will reach this one. It may be called by handlers alone.
func (b *Bus) Expect(node, subject string, head uint64) {
	key := streamKey{node, subject}
	if b.in.streams[key] == nil && b.handler(subject) != nil {
		b.in.streams[key] = &stream{key: key, last: head, at: time.Now()}
	}
}

func (b *Bus) tick(now time.Time) {
	for st := range b.in.waiting {
		switch {
		case now.Sub(st.asked) < askAgain:
		case st.asks >= maxAsks:
			b.lose(st, now)
		default:
			b.ask(st, now)
		}
	}
	b.peering.Lock()
	var down, up []string
	for node, p := range b.peers {
		switch {
		case p.up && now.Sub(p.heard) > b.cfg.Dead:
			down = append(down, node)
		case !p.up && now.Sub(p.heard) > time.Hour:
			delete(b.peers, node)
		case p.up:
			up = append(up, node)
		}
	}
	b.peering.Unlock()
	for _, node := range down {
		b.setPeer(node, time.Time{}, false)
	}
	if !b.in.told.Swap(true) {
		for _, node := range up {
			b.call(node, true)
		}
	}
}

func (b *Bus) grace(now time.Time) {
	b.peering.Lock()
	defer b.peering.Unlock()
	for _, p := range b.peers {
		if p.up {
			p.heard = now
		}
	}
}

// setPeer notes that a node was heard, or went.
func (b *Bus) setPeer(node string, heard time.Time, up bool) {
	b.peering.Lock()
	p := b.peers[node]
	if p == nil {
		p = &peer{}
		b.peers[node] = p
	}
	news := p.up != up
	p.up = up
	if up {
		p.heard = heard
	}
	b.peering.Unlock()
	if !news {
		return
	}
	if up {
		b.in.doubt = doubts // it may have been there all the time, out of reach
	}
	b.cfg.Log.Info("bus: a node is heard of, or not any more", "node", node, "up", up)
	b.call(node, up)
}

func (b *Bus) call(node string, up bool) {
	b.subs.RLock()
	watch := b.watch
	b.subs.RUnlock()
	for _, fn := range watch {
		fn(node, up)
	}
}

// sweep forgets streams that nobody wants or that are silent.
func (b *Bus) sweep(now time.Time) {
	for key, st := range b.in.streams {
		if now.Sub(st.at) > idle || b.handler(key.subject) == nil {
			delete(b.in.streams, key)
			delete(b.in.waiting, st)
		}
	}
}
