package bus

import (
	"errors"
	"sort"
	"sync"
	"time"
)

const (
	forget   = 2 * time.Minute // a subject on which nothing was published for so long has no head any more
	maxHeads = 2000            // of one beat
	maxAgain = 2000            // messages that are sent again at once

	gather    = 5 * time.Millisecond // that PublishSoon may wait
	maxGather = 32 << 10             // bytes of messages that leave together
)

// out is what this node publishes.
type out struct {
	mu    sync.Mutex
	seq   uint64 // of the last message, on whatever subject
	heads map[string]*head
	kept  []kept // the latest messages, in their order
	first int    // of kept
	bytes int
	rest  map[string]*head // whose messages wait to leave together
}

// head is the last message on a subject.
type head struct {
	seq  uint64
	at   time.Time
	told int // beats that told it

	left  time.Time // when the last frame was sent
	waits [][]byte  // those that leave together
	bytes int
}

type kept struct {
	subject   string
	seq, prev uint64
	frame     []byte
}

// frameRoom is for what a frame has beside its body.
const frameRoom = 128

// Publish sends data to all other nodes that subscribed to subject. That it returns nil
// says nothing about them.
func (b *Bus) Publish(subject string, body []byte) error { return b.publish(subject, body, false) }

// PublishSoon is Publish for what comes often: where something was published on subject a
// moment ago it waits for a few milliseconds (gather), so that it leaves together with what follows.
// Among messages of the subject it keeps its place; those of other subjects may overtake
// it.
func (b *Bus) PublishSoon(subject string, body []byte) error { return b.publish(subject, body, true) }

func (b *Bus) publish(subject string, body []byte, soon bool) error {
	if len(subject) > maxSubject {
		return errors.New("bus: a subject is too long")
	}
	most := max(b.cfg.Link.Max()-frameRoom, 1)
	b.out.mu.Lock()
	defer b.out.mu.Unlock()
	for len(body) > most {
		if err := b.put(subject, part, body[:most], false); err != nil {
			return err
		}
		body = body[most:]
	}
	return b.put(subject, data, body, soon)
}

// put numbers, keeps and sends one frame. The lock is held, so that numbers are in the
// order of the wire.
func (b *Bus) put(subject string, k kind, body []byte, soon bool) error {
	o := &b.out
	h := o.heads[subject]
	if h == nil {
		h = &head{}
		o.heads[subject] = h
	}
	o.seq++
	f := frame{seq: o.seq, prev: h.seq, body: body}
	bytes := appendData(make([]byte, 0, len(body)+frameRoom), b.cfg.Node, k, f)
	h.seq, h.at, h.told = o.seq, time.Now(), 0
	o.keep(kept{subject, f.seq, f.prev, bytes}, b.cfg.Keep)
	b.sent.Add(1)
	most := min(maxGather, b.cfg.Link.Max()/2)
	if quiet := len(h.waits) == 0 && h.at.Sub(h.left) >= gather; soon && !quiet && len(bytes) <= most {
		return b.wait(subject, h, bytes, most)
	}
	err := b.leaveTogether(subject, h)
	h.left = h.at
	return errors.Join(err, b.cfg.Link.Send(subject, bytes))
}

// wait has a frame leave together with those that follow in the next moment: each frame
// on its own wakes half a dozen goroutines of every node. The lock is held.
func (b *Bus) wait(subject string, h *head, frame []byte, most int) error {
	var err error
	if h.bytes+len(frame) > most {
		err = b.leaveTogether(subject, h)
	}
	if h.waits, h.bytes = append(h.waits, frame), h.bytes+len(frame); len(b.out.rest) == 0 {
		time.AfterFunc(gather, b.leaveAll)
	}
	b.out.rest[subject] = h
	return err
}

// leaveTogether sends what waits. The lock is held.
func (b *Bus) leaveTogether(subject string, h *head) error {
	if len(h.waits) == 0 {
		return nil
	}
	frame := h.waits[0]
	if len(h.waits) > 1 {
		frame = appendMany(make([]byte, 0, h.bytes+frameRoom+4*len(h.waits)), b.cfg.Node, h.waits)
	}
	h.waits, h.bytes, h.left = nil, 0, time.Now()
	return b.cfg.Link.Send(subject, frame)
}

// leaveAll sends whatever waits.
func (b *Bus) leaveAll() {
	b.out.mu.Lock()
	defer b.out.mu.Unlock()
	for subject, h := range b.out.rest {
		if err := b.leaveTogether(subject, h); err != nil {
			b.cfg.Log.Debug("bus: not sent", "subject", subject, "error", err)
		}
	}
	clear(b.out.rest)
}

func (o *out) keep(k kept, most int) {
	o.kept = append(o.kept, k)
	o.bytes += len(k.frame) + frameRoom
	for o.bytes > most && o.first < len(o.kept)-1 {
		o.bytes -= len(o.kept[o.first].frame) + frameRoom
		o.kept[o.first] = kept{}
		o.first++
	}
	if o.first > 1024 && o.first > len(o.kept)/2 {
		o.kept = append([]kept(nil), o.kept[o.first:]...)
		o.first = 0
	}
}

// Head is the number of the last message that this node published on subject; 0 where
// there was none lately. See Expect.
func (b *Bus) Head(subject string) uint64 {
	b.out.mu.Lock()
	defer b.out.mu.Unlock()
	if h := b.out.heads[subject]; h != nil {
		return h.seq
	}
	return 0
}

// beat tells that the node lives, and the heads of what it published lately: for longer
// than another node may be silent before it counts as down, in time and in beats, since a
// process that stood still has the time behind it and told nothing.
func (b *Bus) beat(now time.Time) {
	repeat := 2 * b.cfg.Dead
	b.leaveAll() // before others are told that it is there
	b.out.mu.Lock()
	var heads []subjectHead
	room := b.cfg.Link.Max() - frameRoom
	for subject, h := range b.out.heads {
		switch {
		case now.Sub(h.at) > forget:
			delete(b.out.heads, subject)
		case now.Sub(h.at) >= repeat && h.told > int(repeat/b.cfg.Beat):
		case len(heads) < maxHeads && room > maxSubject+16:
			h.told++
			heads = append(heads, subjectHead{subject, h.seq})
			room -= len(subject) + 16
		}
	}
	b.out.mu.Unlock()
	if err := b.cfg.Link.Send(control, appendBeat(nil, b.cfg.Node, heads)); err != nil {
		b.cfg.Log.Debug("bus: no beat", "error", err)
	}
}

// again sends what another node missed: the messages after prev up to seq. Without a
// subject it asks for all heads: the next beats tell them.
func (b *Bus) again(f *frame) {
	b.out.mu.Lock()
	if f.subject == "" {
		for _, h := range b.out.heads {
			h.told = 0
		}
		b.out.mu.Unlock()
		return
	}
	list, whole := b.out.between(f.subject, f.prev, f.seq)
	b.out.mu.Unlock()
	to := inbox(f.node)
	if !whole {
		b.tell(to, appendAbout(nil, b.cfg.Node, gone, frame{subject: f.subject, seq: f.seq}))
		return
	}
	for _, k := range list {
		b.tell(to, appendAbout(nil, b.cfg.Node, resend, frame{subject: f.subject, body: k.frame}))
	}
}

func (b *Bus) tell(subject string, bytes []byte) {
	if err := b.cfg.Link.Send(subject, bytes); err != nil {
		b.cfg.Log.Debug("bus: not sent", "subject", subject, "error", err)
	}
}

// between returns the first of the messages on a subject after one number up to
// another; whole is false where some of them are not kept any more.
func (o *out) between(subject string, after, upTo uint64) (list []kept, whole bool) {
	k := o.kept[o.first:]
	i := sort.Search(len(k), func(i int) bool { return k[i].seq > after })
	last := after
	for ; i < len(k) && k[i].seq <= upTo && len(list) < maxAgain; i++ {
		if k[i].subject != subject {
			continue
		}
		if k[i].prev != last {
			return nil, false
		}
		list, last = append(list, k[i]), k[i].seq
	}
	return list, len(list) > 0
}
