package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
)

// Take puts a single snapshot into the store, of the moment at; no log follows it.
func Take(ctx context.Context, st blob.Store, at time.Time, p Pages, tell Progress) (Snapshot, error) {
	return putSnapshot(ctx, st, moment{At: at.UTC().Truncate(time.Microsecond)}, p, tell)
}

// Stretch is a time to which one can restore.
type Stretch struct {
	From, To time.Time
	Gen      uint32 // 0: a single snapshot
	Segments int
	Bytes    int64 // of snapshots and segments
}

// Check says what Verify found.
type Check struct {
	Stretches []Stretch
	Snapshots int
	Segments  int
	Files     int
	Damaged   []string
}

// Verify reads every snapshot and segment, compares all sums, and looks for gaps.
func Verify(ctx context.Context, st blob.Store, tell Progress) (Check, error) {
	out := Check{}
	list, err := Snapshots(ctx, st)
	if err != nil {
		return out, err
	}
	good := map[Place]moment{}
	for n, s := range list {
		tell.tell("snapshot", int64(n+1), int64(len(list)))
		m, err := getSnapshot(ctx, st, s, func(uint32, []byte) error { return nil })
		if err := out.note(err); err != nil {
			return out, err
		}
		out.Snapshots++
		if err == nil {
			good[s.Place] = m
		}
		if err == nil && s.Place.Gen == 0 {
			out.Stretches = append(out.Stretches, Stretch{From: s.At, To: s.At, Bytes: s.Bytes})
		}
	}
	return out, out.walk(ctx, st, good, tell)
}

// note takes damage into the list; another error ends it.
func (c *Check) note(err error) error {
	if errors.Is(err, ErrDamaged) {
		c.Damaged = append(c.Damaged, detail(err))
		return nil
	}
	return err
}

// walk reads all segments in order.
func (c *Check) walk(ctx context.Context, st blob.Store, good map[Place]moment, tell Progress) error {
	places, err := logPlaces(ctx, st)
	if err != nil {
		return err
	}
	for p := range good {
		if p.Gen > 0 && !slices.ContainsFunc(places, func(q Place) bool { return q.Gen == p.Gen }) {
			c.Stretches = append(c.Stretches, Stretch{From: good[p].At, To: good[p].At, Gen: p.Gen})
		}
	}
	var last Place
	var sum Sum
	var now *Stretch
	for n, p := range places {
		tell.tell("log", int64(n+1), int64(len(places)))
		s, err := getSegment(ctx, st, p)
		if nerr := c.note(err); nerr != nil {
			return nerr
		}
		c.Segments++
		if err != nil {
			now, last = nil, Place{}
			continue
		}
		if m, ok := good[Place{p.Gen, p.Seq - 1}]; ok && m.Prev == s.Prev && (now == nil || now.Gen != p.Gen || s.Base) {
			c.Stretches = append(c.Stretches, Stretch{From: m.At, To: m.At, Gen: p.Gen})
			now = &c.Stretches[len(c.Stretches)-1]
		} else if now != nil && (last != Place{p.Gen, p.Seq - 1} || sum != s.Prev) {
			c.Damaged = append(c.Damaged, segmentKey(p)+": it does not follow the one before")
			now = nil
		}
		last, sum = p, s.Sum
		if now != nil {
			now.Segments++
			for _, tx := range s.Txs {
				now.To = tx.At
			}
		}
	}
	return nil
}

func logPlaces(ctx context.Context, st blob.Store) ([]Place, error) {
	var out []Place
	for info, err := range st.List(ctx, segments) {
		if err != nil {
			return nil, err
		}
		if p, ok := parseSegment(info.Key); ok {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b Place) int {
		if a.less(b) {
			return -1
		}
		if b.less(a) {
			return 1
		}
		return 0
	})
	return out, nil
}

// Prune removes what is needed for no time after before: everything older than the newest
// snapshot from before it. The newest lease stays.
func Prune(ctx context.Context, st blob.Store, before time.Time) error {
	list, err := Snapshots(ctx, st)
	if err != nil {
		return err
	}
	keep := -1
	for n, s := range list {
		if s.Place.Gen > 0 && !s.At.After(before) {
			keep = n
		}
	}
	if keep < 0 {
		return pruneFiles(ctx, st, before)
	}
	from := list[keep].Place
	var gone []string
	for _, s := range list[:keep] {
		gone = append(gone, s.Key)
	}
	places, err := logPlaces(ctx, st)
	if err != nil {
		return err
	}
	for _, p := range places {
		if p.less(from) || p == from {
			gone = append(gone, segmentKey(p))
		}
	}
	for g := uint32(1); g < from.Gen; g++ {
		if from.Gen-g > 1000 { // they went long ago
			g = from.Gen - 1000
		}
		gone = append(gone, leaseKey(g), beatKey(g))
	}
	for chunk := range slices.Chunk(gone, 500) {
		if err := st.Delete(ctx, chunk...); err != nil {
			return fmt.Errorf("backup: prune: %w", err)
		}
	}
	return pruneFiles(ctx, st, before)
}
