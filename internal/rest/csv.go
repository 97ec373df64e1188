package rest

import (
	"encoding/hex"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// csvHeader writes the names of the columns.
func csvHeader(dst []byte, outs []sqlgen.Out) []byte {
	for i := range outs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = csvField(dst, []byte(outs[i].Name), strings.ContainsAny(outs[i].Name, ",\"\n\r"))
	}
	return dst
}

// csvRow writes a row as Postgres writes a record, without its parentheses.
func csvRow(dst []byte, cur *db.Rows, outs []sqlgen.Out, place []byte) []byte {
	var scratch [256]byte
	for i := range outs {
		if i > 0 {
			dst = append(dst, ',')
		}
		if outs[i].Cursor {
			dst = appendToken(dst, place)
			continue
		}
		text, ok := cur.AppendText(scratch[:0], outs[i].Col)
		if ok {
			dst = csvField(dst, text, len(text) == 0 || strings.ContainsAny(string(text), "\"\\(), \t\n\r\v\f"))
		}
	}
	return dst
}

// csvField writes a field, with quotes and backslashes doubled where it is quoted.
func csvField(dst, text []byte, quoted bool) []byte {
	if !quoted {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' || c == '\\' {
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// rawText writes the only column as it is; bytea as its bytes.
func rawText(dst []byte, cur *db.Rows, f format) []byte {
	text, ok := cur.AppendText(nil, 0)
	if !ok {
		return dst
	}
	if f == asBytes && strings.HasPrefix(string(text), `\x`) {
		if raw, err := hex.DecodeString(string(text[2:])); err == nil {
			return append(dst, raw...)
		}
	}
	return append(dst, text...)
}
