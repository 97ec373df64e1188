package blob

import (
	"context"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Store is a place of blobs.
type Store interface {
	// Put reads r to its end and keeps it under key, durably once it returns nil. What
	// the key held before is replaced in one step. When r fails, or the room is used
	// up (ErrFull), nothing is kept and what the key held before stays. size is the
	// number of bytes that r will give, and ErrSize the fault of others; -1 where
	// nobody knows, which may cost more.
	Put(ctx context.Context, key string, r io.Reader, size int64) (Info, error)
	// Join keeps the blobs from, one after the other, under key to, as Put would; with
	// one source it copies. The sources stay. ErrMissing when one is not there.
	Join(ctx context.Context, to string, from ...string) (Info, error)
	// Get returns the bytes of rng. A reader that was returned keeps its bytes even
	// when the blob is deleted meanwhile. ErrMissing, or ErrRange when the range
	// begins behind the end.
	Get(ctx context.Context, key string, rng Range) (io.ReadCloser, error)
	// Stat returns what is known of a blob, or ErrMissing.
	Stat(ctx context.Context, key string) (Info, error)
	// Delete removes blobs. Those that are not there are no error.
	Delete(ctx context.Context, keys ...string) error
	// List yields the blobs whose keys begin with prefix, in no order.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]
	// Tidy removes what puts that never ended have left behind since before.
	Tidy(ctx context.Context, before time.Time) error
}

// Creator is a store that can keep a blob only where there is none: of many who try at
// once, one succeeds.
type Creator interface {
	Store
	// Create keeps b under key, durably once it returns nil; ErrExists when the key holds
	// a blob. After another error nobody knows whether it is kept.
	Create(ctx context.Context, key string, b []byte) error
}

// Info is what is known of a blob.
type Info struct {
	Key      string
	Size     int64
	Modified time.Time
}

// Range is a part of a blob. Length 0 means up to the end.
type Range struct{ Offset, Length int64 }

// Whole is the range of all bytes.
var Whole = Range{}

// MaxKey is the longest key, in bytes.
const MaxKey = 200

// CheckKey returns ErrKey unless key is made of lower-case letters, digits, '-', '_'
// and '.', and begins with a letter or digit. A key can so never leave its folder, on
// any file system.
func CheckKey(key string) error {
	if key == "" || len(key) > MaxKey || !plain(key[0]) {
		return ErrKey
	}
	for i := range len(key) {
		if c := key[i]; !plain(c) && c != '-' && c != '_' && c != '.' {
			return ErrKey
		}
	}
	return nil
}

func plain(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// The faults of every store. ErrFull has the SQLSTATE of a full disk.
var (
	ErrKey     = fault.New(fault.Internal, "blob_key", "this is not a key of a blob")
	ErrMissing = fault.New(fault.NotFound, "blob_missing", "there is no such blob")
	ErrSize    = fault.New(fault.Invalid, "blob_size", "there came fewer or more bytes than was said")
	ErrRange   = fault.New(fault.Invalid, "blob_range", "the range begins behind the end of the blob")
	ErrFull    = withStatus(fault.New(fault.Unavailable, "53100", "there is no room left for files"), http.StatusInsufficientStorage)
	ErrBusy    = withStatus(fault.New(fault.Unavailable, "blob_busy", "the store of files asks for patience"), http.StatusTooManyRequests)
	ErrExists  = fault.New(fault.Conflict, "blob_exists", "there is such a blob already")
	ErrIO      = fault.New(fault.Internal, "58030", "the store of files failed")
)

func withStatus(f *fault.Error, status int) *fault.Error {
	f.Status = status
	return f
}
