package realtime

import (
	"slices"
	"strconv"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
	"github.com/plinth-dev/plinth/internal/realtime/ws"
)

// delivery is one change on its way. What is equal for several clients is made once.
type delivery struct {
	c       *db.Change
	kind    string
	data    map[string][]byte // the payload's data, by columns
	parcels map[parcelKey]*parcel
	last    parcelKey // most clients want what the one before them wanted
	again   *parcel
	several map[*channel][]hit // channels that may have several ids of one change
	sent    int
	out     func(*channel, ws.Frame, db.Position)
}

// hit is a subscription that gets the change, with the columns that it gets.
type hit struct {
	id   uint32
	cols string
}

type parcelKey struct {
	topic, cols, ids string
	id               uint32 // where it is one
	positions, old   bool
}

func newDelivery(c *db.Change, kind string) *delivery {
	return &delivery{c: c, kind: kind, data: map[string][]byte{}, parcels: map[parcelKey]*parcel{}, out: (*channel).deliver}
}

// group sends the change to a group's channels.
func (d *delivery) group(g *group) {
	for _, s := range g.subs {
		d.subscription(s, g.mask)
	}
}

func (d *delivery) subscription(s *subscription, cols string) {
	if len(s.ch.subs) == 1 {
		d.send(s.ch, d.parcel(parcelKey{topic: s.ch.topic, cols: cols, id: s.id, positions: s.ch.positions, old: s.ch.old}, nil))
		return
	}
	if d.several == nil {
		d.several = map[*channel][]hit{}
	}
	d.several[s.ch] = append(d.several[s.ch], hit{s.id, cols})
}

// finish sends what channels with several subscriptions get: one message for those that
// want the same columns.
func (d *delivery) finish() {
	for ch, hits := range d.several {
		for len(hits) > 0 {
			cols, rest := hits[0].cols, hits[:0:0]
			var ids []uint32
			for _, h := range hits {
				if h.cols == cols {
					ids = append(ids, h.id)
				} else {
					rest = append(rest, h)
				}
			}
			slices.Sort(ids)
			list := appendIDs(nil, ids)
			d.send(ch, d.parcel(parcelKey{topic: ch.topic, cols: cols, ids: string(list), positions: ch.positions}, list))
			hits = rest
		}
	}
}

func (d *delivery) send(ch *channel, p *parcel) {
	d.sent++
	d.out(ch, p.frame(ch.sock.vsn), d.c.Position)
}

func (d *delivery) parcel(key parcelKey, list []byte) *parcel {
	if d.again != nil && d.last == key {
		return d.again
	}
	p := d.parcels[key]
	if p == nil {
		p = d.pack(key, list)
		d.parcels[key] = p
	}
	d.last, d.again = key, p
	return p
}

// pack makes what a client gets.
func (d *delivery) pack(key parcelKey, list []byte) *parcel {
	data := d.data[key.cols]
	if data == nil {
		data = appendData(nil, d.c, d.kind, key.cols)
		d.data[key.cols] = data
	}
	if key.old {
		return &parcel{msg: phoenix.Message{Topic: key.topic, Event: d.kind, Payload: data}}
	}
	if list == nil {
		list = appendIDs(nil, []uint32{key.id})
	}
	b := make([]byte, 0, len(data)+len(list)+64)
	b = append(append(b, `{"ids":`...), list...)
	b = append(append(b, `,"data":`...), data...)
	if key.positions {
		b = append(appendPosition(append(b, `,"position":"`...), d.c.Position), '"')
	}
	return &parcel{msg: phoenix.Message{Topic: key.topic, Event: "postgres_changes", Payload: append(b, '}')}}
}

func appendIDs(b []byte, ids []uint32) []byte {
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(id), 10)
	}
	return append(b, ']')
}

// appendPosition writes epoch:seq.
func appendPosition(b []byte, p db.Position) []byte {
	b = strconv.AppendUint(b, uint64(p.Epoch), 10)
	return strconv.AppendUint(append(b, ':'), p.Seq, 10)
}
