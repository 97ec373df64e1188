package picture

import (
	"bytes"
	"encoding/binary"
)

const (
	tagOrientation = 0x0112
	kindShort      = 3
)

// orientation finds EXIF's orientation in a JPEG's first bytes; 1 where there is none.
func orientation(head []byte) int {
	if len(head) < 4 || head[0] != 0xff || head[1] != 0xd8 {
		return 1
	}
	for at := 2; at+4 <= len(head) && head[at] == 0xff; {
		size := int(binary.BigEndian.Uint16(head[at+2:]))
		marker, end := head[at+1], at+2+size
		if marker == 0xda || size < 2 || end > len(head) { // the pixels begin, or the head ends
			break
		}
		if body, ok := bytes.CutPrefix(head[at+4:end], []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			return fromTIFF(body)
		}
		at = end
	}
	return 1
}

// fromTIFF reads the tag from the first directory of EXIF's TIFF.
func fromTIFF(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	entries := int64(order.Uint16(b[at:]))
	for i := range entries {
		e := at + 2 + i*12
		if e+12 > int64(len(b)) {
			break
		}
		if order.Uint16(b[e:]) != tagOrientation || order.Uint16(b[e+2:]) != kindShort {
			continue
		}
		if v := int(order.Uint16(b[e+8:])); v >= 1 && v <= 8 {
			return v
		}
		break
	}
	return 1
}
