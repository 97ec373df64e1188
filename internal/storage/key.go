package storage

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"
)

// Bounds of names, in bytes.
const (
	maxKey    = 1024
	maxBucket = 63
)

// checkKey refuses names that the storage service refuses, and those that could be
// taken for a way out of a folder.
func checkKey(key string) error {
	if key == "" || len(key) > maxKey {
		return errKey(clip(key))
	}
	for i := range len(key) {
		if !keyByte(key[i]) && key[i] != '/' {
			return errKey(clip(key))
		}
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return errKey(clip(key))
		}
	}
	return nil
}

func checkBucket(id string) error {
	if id == "" || len(id) > maxBucket || id == "." || id == ".." {
		return errBucketName
	}
	for i := range len(id) {
		if !keyByte(id[i]) {
			return errBucketName
		}
	}
	return nil
}

// keyByte reports whether c may stand in a name: what S3 calls safe, and what needs
// no more than encoding.
func keyByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_!-.*'() &$@=;:+,?", c) >= 0
}

// clip shortens a name for a message, and takes out what no log should hold.
func clip(key string) string {
	if len(key) > 100 {
		key = key[:100] + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return '?'
		}
		return r
	}, key)
}

// newVersion returns a fresh blob key: a UUID of version 7, so that keys sort by time.
func newVersion(now time.Time) string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (8 * (5 - i)))
	}
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}
