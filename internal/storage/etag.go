package storage

import (
	"crypto/md5"
	"encoding/hex"
	"hash"
	"strings"
)

// hashedSize is up to which size an ETag is the MD5 of the bytes, as S3 has it for
// what comes in one part. A larger file's ETag is its version, which no other upload
// has: the sum of a gigabyte costs as much CPU as all else that an upload does.
const hashedSize = 8 << 20

// tagger makes the ETag of the bytes that are written to it.
type tagger struct {
	version string
	sum     hash.Hash
	n       int64
}

func newTagger(version string) *tagger { return &tagger{version: version, sum: md5.New()} }

// Write takes note of p; it never fails.
func (t *tagger) Write(p []byte) (int, error) {
	if t.n += int64(len(p)); t.n <= hashedSize {
		t.sum.Write(p)
	}
	return len(p), nil
}

// tag is 32 hexadecimal digits.
func (t *tagger) tag() string {
	if t.n > hashedSize {
		return strings.ReplaceAll(t.version, "-", "")
	}
	return hex.EncodeToString(t.sum.Sum(nil))
}
