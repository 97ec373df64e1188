package tus

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"hash/crc32"
	"strconv"
	"strings"
)

// What this server speaks.
const (
	Version    = "1.0.0"
	Extensions = "creation,creation-with-upload,creation-defer-length,termination,expiration,checksum,concatenation"
	Checksums  = "sha1,sha256,md5,crc32"
	MediaType  = "application/offset+octet-stream"
)

// Bounds of what is read.
const (
	maxMetadata = 16 << 10
	maxPairs    = 32
	maxSources  = 100
)

// Faults of the headers; the caller gives them their status.
var (
	ErrLength   = errors.New("tus: not a length")
	ErrMetadata = errors.New("tus: Upload-Metadata could not be read")
	ErrChecksum = errors.New("tus: Upload-Checksum could not be read")
	ErrConcat   = errors.New("tus: Upload-Concat could not be read")
)

// ParseLength reads a count of bytes: digits alone.
func ParseLength(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || text[0] == '+' {
		return 0, ErrLength
	}
	return int64(n), nil
}

// ParseMetadata reads "key base64,key base64,key".
func ParseMetadata(text string) (map[string]string, error) {
	out := map[string]string{}
	if strings.TrimSpace(text) == "" {
		return out, nil
	}
	if len(text) > maxMetadata {
		return nil, ErrMetadata
	}
	for pair := range strings.SplitSeq(text, ",") {
		key, enc, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(enc))
		if _, twice := out[key]; err != nil || twice || !isKey(key) || len(out) == maxPairs {
			return nil, ErrMetadata
		}
		out[key] = string(value)
	}
	return out, nil
}

func isKey(key string) bool {
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' || key[i] == ',' {
			return false
		}
	}
	return key != ""
}

// Checksum is what a client says the bytes of a request sum up to.
type Checksum struct {
	hash.Hash
	want string
}

// ParseChecksum reads "algorithm base64".
func ParseChecksum(text string) (*Checksum, error) {
	name, enc, _ := strings.Cut(text, " ")
	want, err := base64.StdEncoding.DecodeString(strings.TrimSpace(enc))
	c := &Checksum{want: string(want)}
	switch name {
	case "sha1":
		c.Hash = sha1.New()
	case "sha256":
		c.Hash = sha256.New()
	case "md5":
		c.Hash = md5.New()
	case "crc32":
		c.Hash = crc32.NewIEEE()
	default:
		return nil, ErrChecksum
	}
	if err != nil || len(want) != c.Size() {
		return nil, ErrChecksum
	}
	return c, nil
}

// Holds reports whether the bytes that were written sum up as said.
func (c *Checksum) Holds() bool { return string(c.Sum(nil)) == c.want }

// Kinds of uploads.
const (
	Regular = ""
	Partial = "partial"
	Final   = "final"
)

// ParseConcat reads Upload-Concat: "", "partial", or "final;url url …", of whose URLs
// it returns the last segments.
func ParseConcat(text string) (kind string, ids []string, err error) {
	kind, list, _ := strings.Cut(text, ";")
	switch {
	case text == Regular, text == Partial:
		return text, nil, nil
	case kind != Final:
		return "", nil, ErrConcat
	}
	for _, url := range strings.Fields(list) {
		url, _, _ = strings.Cut(url, "?")
		id := url[strings.LastIndexByte(url, '/')+1:]
		if id == "" || len(ids) == maxSources {
			return "", nil, ErrConcat
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return "", nil, ErrConcat
	}
	return Final, ids, nil
}
