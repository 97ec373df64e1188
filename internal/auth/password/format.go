package password

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// Cost of argon2id, as OWASP recommends for 19 MiB. The PHC string carries it, so it
// can be raised without losing a password.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	argonKey     = 32
)

// hashed is a hash that was read: one of three forms.
type hashed interface {
	matches(password string) bool
	stale() bool
}

var errForm = errors.New("the hash must be argon2, bcrypt, or Firebase's scrypt, of bearable cost")

func read(hash string) (hashed, error) {
	switch {
	case strings.HasPrefix(hash, "$argon2id$"), strings.HasPrefix(hash, "$argon2i$"):
		return readArgon(hash)
	case strings.HasPrefix(hash, "$2"):
		cost, err := bcrypt.Cost([]byte(hash))
		if err != nil || cost > 15 {
			return nil, errForm
		}
		return blowfish(hash), nil
	case strings.HasPrefix(hash, "$fbscrypt$"):
		return readFirebase(hash)
	}
	return nil, errForm
}

// argon is a PHC string of argon2.
type argon struct {
	id           bool // argon2id, not argon2i
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

func encode(password string, salt []byte) string {
	return phc(salt, argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey))
}

// phc is what is stored of a salt and a key made with it.
func phc(salt, key []byte) string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		enc.EncodeToString(salt), enc.EncodeToString(key))
}

func readArgon(hash string) (hashed, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return nil, errForm
	}
	a := argon{id: parts[1] == "argon2id"}
	var version uint32
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return nil, errForm
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &a.memory, &a.time, &a.threads); err != nil {
		return nil, errForm
	}
	if a.memory < 8 || a.memory > 256<<10 || a.time > 16 || a.time == 0 || a.threads == 0 || a.threads > 16 {
		return nil, errForm
	}
	var err error
	enc := base64.RawStdEncoding
	if a.salt, err = enc.DecodeString(parts[4]); err != nil || len(a.salt) == 0 {
		return nil, errForm
	}
	if a.key, err = enc.DecodeString(parts[5]); err != nil || len(a.key) < 16 || len(a.key) > 128 {
		return nil, errForm
	}
	return a, nil
}

func (a argon) matches(password string) bool {
	derive := argon2.Key
	if a.id {
		derive = argon2.IDKey
	}
	got := derive([]byte(password), a.salt, a.time, a.memory, a.threads, uint32(len(a.key)))
	return subtle.ConstantTimeCompare(got, a.key) == 1
}

func (a argon) stale() bool {
	return !a.id || a.memory < argonMemory || a.time < argonTime && a.memory == argonMemory
}

// blowfish is a bcrypt hash.
type blowfish string

func (b blowfish) matches(password string) bool {
	if len(password) > 72 { // bcrypt reads no further, and neither did who made the hash
		password = password[:72]
	}
	return bcrypt.CompareHashAndPassword([]byte(b), []byte(password)) == nil
}

func (blowfish) stale() bool { return true }

// firebase is a hash of Firebase's scrypt, in GoTrue's form:
// $fbscrypt$v=1,n=14,r=8,p=1,ss=<salt separator>,sk=<signer key>$<salt>$<hash>.
type firebase struct {
	n, r, p         int
	salt, key, hash []byte
}

func readFirebase(hash string) (hashed, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 5 {
		return nil, errForm
	}
	var f firebase
	var version int
	params, rest, ok := strings.Cut(parts[2], ",ss=")
	sep, signer, ok2 := strings.Cut(rest, ",sk=")
	if _, err := fmt.Sscanf(params, "v=%d,n=%d,r=%d,p=%d", &version, &f.n, &f.r, &f.p); err != nil || !ok || !ok2 || version != 1 {
		return nil, errForm
	}
	if f.n < 1 || f.n > 16 || f.r < 1 || f.r > 16 || f.p < 1 || f.p > 4 {
		return nil, errForm
	}
	separator, err1 := base64.StdEncoding.DecodeString(sep)
	key, err2 := base64.StdEncoding.DecodeString(signer)
	salt, err3 := base64.StdEncoding.DecodeString(parts[3])
	want, err4 := base64.StdEncoding.DecodeString(parts[4])
	if errors.Join(err1, err2, err3, err4) != nil || len(key) == 0 || len(key) > 256 || len(want) != len(key) || len(salt) == 0 {
		return nil, errForm
	}
	f.salt, f.key, f.hash = append(salt, separator...), key, want
	return f, nil
}

// matches derives a key of the password, and encrypts the project's signer key by it.
func (f firebase) matches(password string) bool {
	derived, err := scrypt.Key([]byte(password), f.salt, 1<<f.n, f.r, f.p, 32)
	if err != nil {
		return false
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return false
	}
	got := make([]byte, len(f.key))
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(got, f.key)
	return subtle.ConstantTimeCompare(got, f.hash) == 1
}

func (firebase) stale() bool { return true }
