package ws

import (
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf8"
)

// Op is a frame's opcode.
type Op byte

const (
	opContinue Op = 0
	OpText     Op = 1
	OpBinary   Op = 2
	opClose    Op = 8
	opPing     Op = 9
	opPong     Op = 10
)

// Close codes.
const (
	CodeNormal    = 1000
	CodeGoingAway = 1001
	CodeProtocol  = 1002
	codeNone      = 1005
	CodeBadText   = 1007
	CodePolicy    = 1008
	CodeTooBig    = 1009
	CodeRestart   = 1012
	CodeTryAgain  = 1013
)

const maxControl = 125

// Frame is an encoded frame from the server. It is never changed after it was made.
type Frame []byte

// Text returns payload as one text frame.
func Text(payload []byte) Frame { return encode(OpText, payload) }

// Binary returns payload as one binary frame.
func Binary(payload []byte) Frame { return encode(OpBinary, payload) }

func encode(op Op, payload []byte) Frame {
	f := make([]byte, 0, len(payload)+10)
	f = append(f, 0x80|byte(op))
	switch n := len(payload); {
	case n <= maxControl:
		f = append(f, byte(n))
	case n <= 0xffff:
		f = append(f, 126)
		f = binary.BigEndian.AppendUint16(f, uint16(n))
	default:
		f = append(f, 127)
		f = binary.BigEndian.AppendUint64(f, uint64(n))
	}
	return append(f, payload...)
}

func encodeClose(code int, reason string) Frame {
	if code == codeNone {
		return encode(opClose, nil)
	}
	if len(reason) > maxControl-2 {
		reason = reason[:maxControl-2]
		for !utf8.ValidString(reason) {
			reason = reason[:len(reason)-1]
		}
	}
	return encode(opClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...))
}

// ProtocolError is a client's breach of the protocol, with the close code for it.
type ProtocolError struct {
	Code   int
	Reason string
}

func (e *ProtocolError) Error() string { return "ws: " + e.Reason }

var (
	errReserved  = &ProtocolError{CodeProtocol, "reserved bits are set"}
	errOpcode    = &ProtocolError{CodeProtocol, "unknown opcode"}
	errUnmasked  = &ProtocolError{CodeProtocol, "a client's frame is not masked"}
	errControl   = &ProtocolError{CodeProtocol, "bad control frame"}
	errContinue  = &ProtocolError{CodeProtocol, "fragments out of order"}
	errCloseBody = &ProtocolError{CodeProtocol, "bad close frame"}
	errLength    = &ProtocolError{CodeProtocol, "bad length"}
	errText      = &ProtocolError{CodeBadText, "text is not UTF-8"}
	errTooBig    = &ProtocolError{CodeTooBig, "the message is too big"}
)

// header is a client's frame header.
type header struct {
	fin  bool
	op   Op
	n    int
	mask [4]byte
}

// readHeader reads and checks a header; max bounds the payload.
func readHeader(r io.Reader, max int) (header, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return header{}, err
	}
	h := header{fin: b[0]&0x80 != 0, op: Op(b[0] & 0x0f)}
	masked, short := b[1]&0x80 != 0, int(b[1]&0x7f)
	if err := h.check(b[0], masked, short); err != nil {
		return h, err
	}
	n, err := readLength(r, short)
	if err != nil {
		return h, err
	}
	if n > uint64(max) {
		return h, errTooBig
	}
	h.n = int(n)
	_, err = io.ReadFull(r, h.mask[:])
	return h, unexpected(err)
}

func (h *header) check(first byte, masked bool, short int) error {
	switch {
	case first&0x70 != 0:
		return errReserved
	case h.op > OpBinary && h.op < opClose, h.op > opPong:
		return errOpcode
	case !masked:
		return errUnmasked
	case h.op >= opClose && (!h.fin || short > maxControl):
		return errControl
	}
	return nil
}

func readLength(r io.Reader, short int) (uint64, error) {
	var b [8]byte
	switch short {
	case 126:
		_, err := io.ReadFull(r, b[:2])
		return uint64(binary.BigEndian.Uint16(b[:2])), unexpected(err)
	case 127:
		_, err := io.ReadFull(r, b[:8])
		n := binary.BigEndian.Uint64(b[:8])
		if err == nil && n>>63 != 0 {
			return 0, errLength
		}
		return n, unexpected(err)
	}
	return uint64(short), nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// unmask takes the mask off b, of which the first byte is the payload's first.
func unmask(b []byte, mask [4]byte) {
	key := uint64(binary.LittleEndian.Uint32(mask[:]))
	key |= key << 32
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^key)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= mask[i&3]
	}
}

// closeCode checks the body of a client's close frame and returns its code.
func closeCode(body []byte) (int, error) {
	if len(body) == 0 {
		return codeNone, nil
	}
	if len(body) == 1 {
		return 0, errCloseBody
	}
	code := int(binary.BigEndian.Uint16(body))
	known := code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999
	if !known {
		return 0, errCloseBody
	}
	if !utf8.Valid(body[2:]) {
		return 0, errText
	}
	return code, nil
}
