package password

import (
	"context"
	"crypto/rand"

	"github.com/plinth-dev/plinth/internal/fault"
)

// MaxLength of a password, in bytes; argon2 takes any, a bound keeps requests small.
const MaxLength = 256

const maxWaiting = 256 // who may wait for a hasher

// ErrBusy says that too many wait.
var ErrBusy = fault.New(fault.TooMany, "over_request_rate_limit", "Too many sign-ins at once, try again in a moment")

// Hasher bounds how many passwords are hashed at once.
type Hasher struct {
	slots   chan struct{}
	waiting chan struct{}
	dummy   string
}

// New returns a Hasher that runs n at once.
func New(n int) *Hasher {
	return &Hasher{slots: make(chan struct{}, n), waiting: make(chan struct{}, maxWaiting), dummy: encode("", salt())}
}

func (h *Hasher) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.waiting <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	defer func() { <-h.waiting }()
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Hash returns the PHC string of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return encode(password, salt()), nil
}

// Verify reports whether password has the hash, and whether the hash should be made
// anew. An empty hash takes as long as a real one, and is never right.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	f, err := read(hash)
	if err != nil {
		f, err = read(h.dummy)
		if err == nil {
			f.matches(password)
		}
		return false, false, err
	}
	ok = f.matches(password)
	return ok, ok && f.stale(), nil
}

// Known says why a hash from elsewhere cannot be read, or nil.
func Known(hash string) error {
	_, err := read(hash)
	return err
}

func salt() []byte {
	s := make([]byte, 16)
	rand.Read(s) // never fails
	return s
}
