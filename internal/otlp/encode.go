package otlp

import (
	"encoding/binary"
	"time"

	"github.com/plinth-dev/plinth/internal/trace"
)

// Wire types of protobuf.
const (
	varint = 0
	fixed  = 1 // 64 bits
	length = 2
	short  = 5 // 32 bits
)

func tag(dst []byte, field, kind int) []byte {
	return binary.AppendUvarint(dst, uint64(field)<<3|uint64(kind))
}

func number(dst []byte, field int, n uint64) []byte {
	return binary.AppendUvarint(tag(dst, field, varint), n)
}

func moment(dst []byte, field int, t time.Time) []byte {
	return binary.LittleEndian.AppendUint64(tag(dst, field, fixed), uint64(t.UnixNano()))
}

func text[T string | []byte](dst []byte, field int, s T) []byte {
	return append(binary.AppendUvarint(tag(dst, field, length), uint64(len(s))), s...)
}

// message appends what fill writes as a message within the message.
func message(dst []byte, field int, fill func([]byte) []byte) []byte {
	return text(dst, field, fill(nil))
}

func attribute(dst []byte, field int, a trace.Attr) []byte {
	return message(dst, field, func(b []byte) []byte {
		b = text(b, 1, a.Key)
		return message(b, 2, func(v []byte) []byte {
			if a.Text == "" {
				return number(v, 3, uint64(a.Int))
			}
			return text(v, 1, a.Text)
		})
	})
}

// encode writes an ExportTraceServiceRequest.
func encode(service, version string, spans []*trace.Span) []byte {
	return message(nil, 1, func(b []byte) []byte { // ResourceSpans
		b = message(b, 1, func(r []byte) []byte {
			r = attribute(r, 1, trace.Attr{Key: "service.name", Text: service})
			return attribute(r, 1, trace.Attr{Key: "service.version", Text: version})
		})
		return message(b, 2, func(s []byte) []byte { // ScopeSpans
			s = message(s, 1, func(n []byte) []byte { return text(n, 1, "plinth") })
			for _, sp := range spans {
				s = message(s, 2, func(b []byte) []byte { return span(b, sp) })
			}
			return s
		})
	})
}

func span(b []byte, s *trace.Span) []byte {
	b = text(b, 1, s.Trace[:])
	b = text(b, 2, s.Span[:])
	if s.Up != (trace.SpanID{}) {
		b = text(b, 4, s.Up[:])
	}
	b = text(b, 5, s.Name)
	b = number(b, 6, uint64(s.Kind)+1)
	b = moment(b, 7, s.Begin)
	b = moment(b, 8, s.Finish)
	for _, a := range s.Attrs {
		b = attribute(b, 9, a)
	}
	if s.Fault != "" {
		b = message(b, 15, func(st []byte) []byte { return number(text(st, 2, s.Fault), 3, 2) }) // STATUS_CODE_ERROR
	}
	return binary.LittleEndian.AppendUint32(tag(b, 16, short), 1) // sampled
}
