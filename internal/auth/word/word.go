// Package word makes the ids, codes and words of sign-in, all from the system's
// randomness.
package word

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"
)

// Digits returns a code of n digits.
func Digits(n int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	v, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic(err) // the system's randomness never fails
	}
	return fmt.Sprintf("%0*s", n, v.String())
}

// Random is a word of 256 bits.
func Random() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Digest is how words and codes are kept.
func Digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// UUID returns a time-sortable id (UUIDv7) for rows whose id is told to clients.
func UUID(now time.Time) string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	return written(b, 7)
}

// Random4 returns an id of the form of gen_random_uuid() (UUIDv4).
func Random4() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return written(b, 4)
}

func written(b [16]byte, version byte) string {
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// IsUUID tells a UUID from other texts.
func IsUUID(s string) bool {
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if dash != (c == '-') || !dash && !hex {
			return false
		}
	}
	return len(s) == 36
}
