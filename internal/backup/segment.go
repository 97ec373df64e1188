package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Sum is the SHA-256 of a blob, without its own last bytes, which hold it.
type Sum [sha256.Size]byte

// Tx is one transaction: the pages that it wrote.
type Tx struct {
	At     time.Time
	Pages  uint32 // of the database after it
	Frames []byte // as Ship.Commit gives them
}

// segment is a blob of the log.
type segment struct {
	Place
	Seal     bool // nothing follows in this generation
	Base     bool // it fits only to a snapshot of just before it: what was between is lost
	PageSize int
	Prev     Sum // of the segment before
	Sum      Sum
	Txs      []Tx
}

const (
	segmentMagic = "PLNTHLG1"
	segmentHead  = 8 + 4 + 4 + 4 + 8 + sha256.Size
	frameHead    = 24
	flagSeal     = 1
	flagBase     = 2
	maxSegment   = 1 << 30 // bytes of a segment, unpacked
)

// packers are kept: a new one costs more than a small segment.
var packers sync.Pool

// encode writes a segment; it sets its Sum.
func (s *segment) encode() ([]byte, error) {
	var out bytes.Buffer
	flags := uint32(0)
	if s.Seal {
		flags |= flagSeal
	}
	if s.Base {
		flags |= flagBase
	}
	head := make([]byte, 0, segmentHead)
	head = append(head, segmentMagic...)
	head = binary.BigEndian.AppendUint32(head, flags)
	head = binary.BigEndian.AppendUint32(head, uint32(s.PageSize))
	head = binary.BigEndian.AppendUint32(head, s.Gen)
	head = binary.BigEndian.AppendUint64(head, s.Seq)
	head = append(head, s.Prev[:]...)
	out.Write(head)
	z, ok := packers.Get().(*zstd.Encoder)
	if !ok {
		var err error
		if z, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20)); err != nil {
			return nil, err
		}
	}
	defer packers.Put(z)
	z.Reset(&out)
	frame := frameHead + s.PageSize
	for _, tx := range s.Txs {
		n := len(tx.Frames) / frame
		line := binary.BigEndian.AppendUint64(nil, uint64(tx.At.UnixMicro()))
		line = binary.BigEndian.AppendUint32(line, tx.Pages)
		line = binary.BigEndian.AppendUint32(line, uint32(n))
		z.Write(line) // into memory: the error comes with Close
		for i := range n {
			f := tx.Frames[i*frame : (i+1)*frame]
			z.Write(f[:4])
			z.Write(f[frameHead:])
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	s.Sum = sha256.Sum256(out.Bytes())
	out.Write(s.Sum[:])
	return out.Bytes(), nil
}

// decodeSegment reads a segment whose sum is right, in bounds.
func decodeSegment(b []byte) (*segment, error) {
	if len(b) < segmentHead+sha256.Size || string(b[:8]) != segmentMagic {
		return nil, errors.New("it is no segment, or torn")
	}
	body, sum := b[:len(b)-sha256.Size], Sum(b[len(b)-sha256.Size:])
	if sha256.Sum256(body) != sum {
		return nil, errors.New("its sum is another")
	}
	flags := binary.BigEndian.Uint32(b[8:])
	s := &segment{
		Seal: flags&flagSeal != 0, Base: flags&flagBase != 0, PageSize: int(binary.BigEndian.Uint32(b[12:])),
		Place: Place{binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint64(b[20:])}, Prev: Sum(b[28:segmentHead]), Sum: sum,
	}
	if !s.Seal && !goodPage(s.PageSize) {
		return nil, fmt.Errorf("a page of %d bytes", s.PageSize)
	}
	z, err := zstd.NewReader(bytes.NewReader(body[segmentHead:]), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxSegment))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	return s, s.readTxs(io.LimitReader(z, maxSegment))
}

func (s *segment) readTxs(r io.Reader) error {
	frame := frameHead + s.PageSize
	for {
		var line [16]byte
		if _, err := io.ReadFull(r, line[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		tx := Tx{At: time.UnixMicro(int64(binary.BigEndian.Uint64(line[:]))).UTC(), Pages: binary.BigEndian.Uint32(line[8:])}
		n := int(binary.BigEndian.Uint32(line[12:]))
		if n > maxSegment/frame {
			return fmt.Errorf("a transaction of %d pages", n)
		}
		for range n {
			f := make([]byte, frame)
			if _, err := io.ReadFull(r, f[:4]); err != nil {
				return io.ErrUnexpectedEOF
			}
			if _, err := io.ReadFull(r, f[frameHead:]); err != nil {
				return io.ErrUnexpectedEOF
			}
			if binary.BigEndian.Uint32(f) == 0 {
				return errors.New("a page without a number")
			}
			tx.Frames = append(tx.Frames, f...)
		}
		s.Txs = append(s.Txs, tx)
	}
}

func goodPage(n int) bool { return n >= 512 && n <= 65536 && n&(n-1) == 0 }
