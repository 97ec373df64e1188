package past

import (
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

const (
	most      = 8192
	mostBytes = 8 << 20
)

// Past is the latest changes. All those after since are in it.
type Past struct {
	list  []*db.Change
	size  []int
	start int
	bytes int
	since db.Position
}

// Reset begins anew after a position.
func (p *Past) Reset(at db.Position) { *p = Past{since: at} }

// Add keeps a change, which is the next one.
func (p *Past) Add(c *db.Change) {
	n := 64
	for _, row := range [][]value.Value{c.New, c.Old} {
		for _, v := range row {
			n += 72 + len(v.S)
		}
	}
	p.list, p.size, p.bytes = append(p.list, c), append(p.size, n), p.bytes+n
	for len(p.list)-p.start > most || p.bytes > mostBytes && len(p.list)-p.start > 1 {
		p.since = p.list[p.start].Position
		p.bytes -= p.size[p.start]
		p.list[p.start] = nil
		p.start++
	}
	if p.start > most {
		p.list, p.size = append([]*db.Change(nil), p.list[p.start:]...), append([]int(nil), p.size[p.start:]...)
		p.start = 0
	}
}

// After returns the changes after a position; ok is false where some are gone.
func (p *Past) After(from db.Position) (list []*db.Change, ok bool) {
	if from.Epoch != p.since.Epoch || from.Seq < p.since.Seq {
		return nil, false
	}
	kept := p.list[p.start:]
	i := len(kept)
	for i > 0 && kept[i-1].Seq > from.Seq {
		i--
	}
	return append(list, kept[i:]...), true
}
