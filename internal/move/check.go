package move

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// sum is what a table's rows come to, in whatever order they are read.
type sum struct {
	rows int64
	hash uint64 // of all rows together
}

func errSum(table string, a, b sum) error {
	return fault.New(fault.Internal, "PLM03", "a table was not moved whole").WithDetail(fmt.Sprintf(
		"Table %s: the source has %d rows, the target %d; the sums of their texts are %016x and %016x.", table, a.rows, b.rows, a.hash, b.hash))
}

// check compares counts and sums of every table.
func (m *mover) check(ctx context.Context) error {
	for _, list := range [][]*catalog.Table{m.logged, m.whole} {
		for _, t := range list {
			m.tell(Progress{Phase: "check", Table: tableName(t)})
			type result struct {
				sum
				err error
			}
			there := make(chan result, 1)
			go func() {
				s, err := m.summed(ctx, m.To, t)
				there <- result{s, err}
			}()
			here, err := m.summed(ctx, m.From, t)
			other := <-there
			switch {
			case err != nil:
				return err
			case other.err != nil:
				return other.err
			case here != other.sum:
				return errSum(tableName(t), here, other.sum)
			}
		}
	}
	return nil
}

func (m *mover) summed(ctx context.Context, d *db.DB, t *catalog.Table) (s sum, err error) {
	err = d.Read(ctx, db.Owner, func(tx *db.Tx) error {
		s = sum{}
		for row, err := range read(ctx, tx, m.selecting(t)) {
			if err != nil {
				return err
			}
			s.rows++
			s.hash += hashOf(row)
		}
		return nil
	})
	return s, err
}

// hashOf tells rows apart, also where their columns' texts run together alike.
func hashOf(row Row) uint64 {
	h := fnv.New64a()
	for _, v := range row {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(v)))
		if v == nil {
			binary.BigEndian.PutUint64(n[:], ^uint64(0))
		}
		h.Write(n[:]) // a hash's Write does not fail
		h.Write(v)
	}
	return h.Sum64()
}
