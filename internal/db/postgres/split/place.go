package split

import "unicode/utf8"

// BytePos turns the server's position, a 1-based count of characters, into one of bytes.
func BytePos(sql string, chars int) int {
	if chars <= 0 {
		return 0
	}
	at := 0
	for ; chars > 1 && at < len(sql); chars-- {
		_, n := utf8.DecodeRuneInString(sql[at:])
		at += n
	}
	return at + 1
}
