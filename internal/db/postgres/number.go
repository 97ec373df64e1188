package postgres

import (
	"context"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db/postgres/inbox"
	"github.com/plinth-dev/plinth/internal/db/postgres/relay"
)

// prepare lets the server know the statements that write the log.
func (l *leader) prepare(ctx context.Context) error {
	l.store, l.part, l.stamp = "store", "part", "stamp"
	for name, sql := range map[string]string{l.store: sqlStore, l.part: sqlPart, l.stamp: sqlStamp} {
		if _, err := l.sql.pg.Prepare(ctx, name, sql, nil); err != nil {
			return toFault(ctx, err, sql)
		}
	}
	return nil
}

// write numbers a batch, and confirms it to the slot when it is durable. A transaction
// that comes in parts is committed when all of it is there.
func (l *leader) write(ctx context.Context, b inbox.Batch) error {
	l.complete(ctx, b.Rows)
	out := &relay.Batch{Token: l.fence, Epoch: l.epoch, Prev: l.last, Last: l.last + uint64(len(b.Rows))}
	head := []string{l.token, strconv.FormatUint(out.Last, 10), lsnText(b.LSN), l.bell(out.Last)}
	var err error
	switch {
	case b.Whole && !l.open && len(b.Rows) == 0:
		if b.LSN <= l.lsn {
			return nil
		}
		if l.lsn = b.LSN; !b.Asked {
			return nil // the next beat tells
		}
		err = l.note(ctx, head)
	case b.Whole && !l.open:
		if err = l.writeAll(ctx, head, b.Rows, out); err == nil {
			out.Rows = rowsOf(b.Rows)
		}
	default:
		err = l.writePart(ctx, head, b)
	}
	if err != nil {
		return err
	}
	l.last = out.Last
	if !b.Whole {
		return nil
	}
	l.lsn = b.LSN
	l.tell(out)
	return l.stream.confirm(l.lsn)
}

// writeAll writes whole transactions in one statement, and asks for the schema's stamp
// after it, in the same transaction: that sees whatever was committed before the changes.
// To ask costs more than to write. Where nobody wants to be told it is done at times, so
// that a schema that others changed is read anew; who comes meanwhile finds no stamp, and
// reads the log, asking himself.
func (l *leader) writeAll(ctx context.Context, head []string, rows []inbox.Change, out *relay.Batch) error {
	vals, formats := l.columns(rows)
	args := make([][]byte, 0, len(head)+len(vals))
	for _, h := range head {
		args = append(args, []byte(h))
	}
	var both pgconn.Batch
	both.ExecPrepared(l.store, append(args, vals...), append(make([]int16, len(head)), formats...), nil)
	ask := l.d.wanted() || time.Since(l.stamped) >= stampFor
	if ask {
		both.ExecPrepared(l.stamp, nil, nil, nil)
	}
	res, err := l.sql.pg.ExecBatch(ctx, &both).ReadAll()
	if err != nil {
		return toFault(ctx, err, "")
	}
	if ask {
		out.Stamp, l.stamped = string(res[1].Rows[0][0]), time.Now()
	}
	return wrote(ctx, res[0], len(rows))
}

func wrote(ctx context.Context, res *pgconn.Result, rows int) error {
	switch {
	case res.Err != nil:
		return toFault(ctx, res.Err, "")
	case res.CommandTag.RowsAffected() != int64(rows):
		return errFenced
	}
	return nil
}

// writePart goes on with a transaction of ours, or begins one.
func (l *leader) writePart(ctx context.Context, head []string, b inbox.Batch) error {
	if !l.open {
		if _, err := l.sql.pg.Exec(ctx, "begin").ReadAll(); err != nil {
			return toFault(ctx, err, "")
		}
		l.open = true
	}
	if len(b.Rows) > 0 {
		vals, formats := l.columns(b.Rows)
		if err := wrote(ctx, l.sql.pg.ExecPrepared(ctx, l.part, vals, formats, nil).Read(), len(b.Rows)); err != nil {
			return err
		}
	}
	if !b.Whole {
		return nil
	}
	if err := l.note(ctx, head); err != nil {
		return err
	}
	_, err := l.sql.pg.Exec(ctx, "commit").ReadAll()
	l.open = false
	return toFault(ctx, err, "")
}

// note writes the last number and its place.
func (l *leader) note(ctx context.Context, head []string) error {
	rows, err := l.sql.ask(ctx, sqlWhole, head...)
	if err == nil && len(rows) == 0 {
		return errFenced
	}
	return err
}

// OIDs of the elements of the arrays that columns makes.
const (
	oidInt8, oidXid8, oidOid, oidInt2 = 20, 5069, 26, 21
	oidText, oidBytea, oidTimestamptz = 25, 17, 1184
)

// columns turns changes into the arrays that the statements take, numbered on from last.
func (l *leader) columns(rows []inbox.Change) (vals [][]byte, formats []int16) {
	be := binary.BigEndian
	n := len(rows)
	vals = [][]byte{
		array(oidInt8, n, func(b []byte, i int) []byte { return be.AppendUint64(b, l.last+uint64(i)+1) }),
		array(oidXid8, n, func(b []byte, i int) []byte { return be.AppendUint64(b, uint64(rows[i].Tx)) }),
		array(oidOid, n, func(b []byte, i int) []byte { return be.AppendUint32(b, rows[i].Rel) }),
		array(oidInt2, n, func(b []byte, i int) []byte { return be.AppendUint16(b, uint16(rows[i].Op)) }),
		array(oidText, n, func(b []byte, i int) []byte { return append(b, rows[i].Shape...) }),
		array(oidBytea, n, func(b []byte, i int) []byte { return appendOr(b, rows[i].Old) }),
		array(oidBytea, n, func(b []byte, i int) []byte { return appendOr(b, rows[i].New) }),
		array(oidTimestamptz, n, func(b []byte, i int) []byte { return be.AppendUint64(b, uint64(sinceEpoch(rows[i].At))) }),
	}
	formats = make([]int16, len(vals))
	for i := range formats {
		formats[i] = 1
	}
	return vals, formats
}

func sinceEpoch(t time.Time) int64 { return t.UnixMicro() - 946_684_800_000_000 }

// appendOr appends bytes, or returns nil where there are none.
func appendOr(b, bytes []byte) []byte {
	if bytes == nil {
		return nil
	}
	return append(b, bytes...)
}

// array encodes an array in binary form; where add returns nil the element is NULL.
func array(elem uint32, n int, add func(b []byte, i int) []byte) []byte {
	be := binary.BigEndian
	b := make([]byte, 0, 20+16*n)
	dims := uint32(1)
	if n == 0 {
		dims = 0
	}
	b = be.AppendUint32(be.AppendUint32(be.AppendUint32(b, dims), 1), elem)
	if n == 0 {
		return b
	}
	b = be.AppendUint32(be.AppendUint32(b, uint32(n)), 1)
	for i := range n {
		at := len(b)
		b = be.AppendUint32(b, 0xFFFFFFFF)
		if longer := add(b, i); longer != nil {
			be.PutUint32(longer[at:], uint32(len(longer)-at-4))
			b = longer
		}
	}
	return b
}
