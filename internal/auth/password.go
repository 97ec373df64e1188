package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// Cost of argon2id, as OWASP recommends for 19 MiB. The PHC string carries it, so it
// can be raised without losing a password.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	argonKey     = 32
	maxPassword  = 256 // bytes; argon2 takes any length, a bound keeps requests small
	maxWaiting   = 256 // sign-ins that may wait for a hasher
)

// hasher bounds how many passwords are hashed at once: each takes 19 MiB and some
// ten milliseconds of a core.
type hasher struct {
	slots   chan struct{}
	waiting chan struct{}
	dummy   string
}

func newHasher(n int) *hasher {
	h := &hasher{slots: make(chan struct{}, n), waiting: make(chan struct{}, maxWaiting)}
	h.dummy = encode("", salt())
	return h
}

func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.waiting <- struct{}{}:
	default:
		return nil, errBusy
	}
	defer func() { <-h.waiting }()
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash returns the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return encode(password, salt()), nil
}

// verify reports whether password has the hash; an empty hash takes as long as a
// real one, and is never right.
func (h *hasher) verify(ctx context.Context, hash, password string) (bool, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	switch {
	case strings.HasPrefix(hash, "$argon2id$"):
		return checkArgon(hash, password), nil
	case strings.HasPrefix(hash, "$2"):
		return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil, nil
	}
	checkArgon(h.dummy, password)
	return false, nil
}

func salt() []byte {
	s := make([]byte, 16)
	rand.Read(s) // never fails
	return s
}

func encode(password string, salt []byte) string {
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		enc.EncodeToString(salt), enc.EncodeToString(key))
}

// checkArgon verifies with the cost that the string names, within bounds.
func checkArgon(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return false
	}
	var version, memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil {
		return false
	}
	if memory > 256<<10 || time > 16 || time == 0 || threads == 0 {
		return false
	}
	enc := base64.RawStdEncoding
	salt, err := enc.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := enc.DecodeString(parts[5])
	if err != nil || len(want) == 0 || len(want) > 128 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// weak returns GoTrue's reasons why a password is refused, and a sentence.
func (c Config) weak(password string) (reasons []string, message string) {
	if n := utf8.RuneCountInString(password); n < c.MinPassword {
		reasons = append(reasons, "length")
		message = fmt.Sprintf("Password should be at least %d characters.", c.MinPassword)
	}
	if missing := c.missing(password); missing != "" {
		reasons = append(reasons, "characters")
		message = strings.TrimSpace(message + " Password should contain at least one " + missing + ".")
	}
	return reasons, message
}

// missing names the first kind of character that the password lacks.
func (c Config) missing(password string) string {
	var lower, upper, digit, symbol bool
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			lower = true
		case unicode.IsUpper(r):
			upper = true
		case unicode.IsDigit(r):
			digit = true
		default:
			symbol = true
		}
	}
	type need struct {
		met  bool
		name string
	}
	needs := map[string][]need{
		"letters_digits":                     {{lower || upper, "letter"}, {digit, "digit"}},
		"lower_upper_letters_digits":         {{lower, "lower-case letter"}, {upper, "upper-case letter"}, {digit, "digit"}},
		"lower_upper_letters_digits_symbols": {{lower, "lower-case letter"}, {upper, "upper-case letter"}, {digit, "digit"}, {symbol, "symbol"}},
	}
	for _, n := range needs[c.PasswordNeeds] {
		if !n.met {
			return n.name
		}
	}
	return ""
}

func splitReasons(s string) []string {
	if s == "" {
		return []string{}
	}
	return strings.Split(s, ",")
}
