package move

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"
	"sync"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// maxDirty bounds the keys that wait to be copied again.
const maxDirty = 5_000_000

var errBehind = fault.New(fault.Unavailable, "PLM02", "the source is written faster than its changes can be followed").
	WithHint("Run the move at a quieter time, or stop the server first.")

// dirty gathers the keys that changed.
type dirty struct {
	mu     sync.Mutex
	keys   map[int]map[string]bool // by table, keys with a NUL between their columns
	n      int
	at     db.Position
	failed error
	moved  chan struct{} // closed and made anew when at or failed moves
}

func newDirty() *dirty { return &dirty{keys: map[int]map[string]bool{}, moved: make(chan struct{})} }

// follow reads the change log until ctx ends.
func (d *dirty) follow(ctx context.Context, from *db.DB, at db.Position) error {
	d.pass(at, nil)
	for c, err := range from.Changes(ctx, at) {
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = d.note(&c)
		}
		if err != nil {
			if errors.Is(err, db.ErrGap) {
				err = errBehind
			}
			d.pass(at, err)
			return err
		}
		at = c.Position
		d.pass(at, nil)
	}
	return nil
}

func (d *dirty) pass(at db.Position, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at, d.failed = at, err
	close(d.moved)
	d.moved = make(chan struct{})
}

func (d *dirty) err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

func (d *dirty) note(c *db.Change) error {
	if !Logged(c.Table) || len(c.Key) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	set := d.keys[c.Table.ID]
	if set == nil {
		set = map[string]bool{}
		d.keys[c.Table.ID] = set
	}
	keys := []string{keyText(c.Table, c.Key)}
	if c.Op == db.Update && len(c.Old) == len(c.Table.Columns) { // the key itself may have changed
		keys = append(keys, keyOf(c.Table, c.Old))
	}
	for _, k := range keys {
		if !set[k] {
			set[k] = true
			d.n++
		}
	}
	if d.n > maxDirty {
		return errBehind
	}
	return nil
}

func keyOf(t *catalog.Table, row []value.Value) string {
	var key []value.Value
	for _, name := range t.PrimaryKey().Cols {
		key = append(key, row[t.Column(name)])
	}
	return keyText(t, key)
}

func keyText(t *catalog.Table, key []value.Value) string {
	parts := make([]string, len(key))
	for i, name := range t.PrimaryKey().Cols {
		parts[i] = value.TextOf(t.ColumnNamed(name).Type, key[i], nil)
	}
	return strings.Join(parts, "\x00")
}

// reached waits until the log was read up to at.
func (d *dirty) reached(ctx context.Context, at db.Position) error {
	for {
		d.mu.Lock()
		here, err, moved := d.at, d.failed, d.moved
		d.mu.Unlock()
		if err != nil {
			return err
		}
		if here.Epoch != at.Epoch && at.Epoch != 0 && here.Epoch != 0 {
			return errBehind
		}
		if here.Seq >= at.Seq {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take yields the keys that changed since the last time, by table.
func (d *dirty) take(tables []*catalog.Table) iter.Seq2[*catalog.Table, [][]string] {
	d.mu.Lock()
	sets := d.keys
	d.keys, d.n = map[int]map[string]bool{}, 0
	d.mu.Unlock()
	return func(yield func(*catalog.Table, [][]string) bool) {
		for _, t := range tables {
			set := sets[t.ID]
			if len(set) == 0 {
				continue
			}
			keys := make([][]string, 0, len(set))
			for k := range set {
				keys = append(keys, strings.Split(k, "\x00"))
			}
			if !yield(t, keys) {
				return
			}
		}
	}
}

func param(n int) string { return "$" + strconv.Itoa(n) }
