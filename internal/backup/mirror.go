package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Mirror is a store of files that are copied into the store of backups: no segment of the
// log is shipped before the files whose rows may be in it. What is deleted stays in the
// copy until nobody can restore a time at which it was there.
type Mirror struct {
	blob.Store
	io.Closer
	to   blob.Store
	skip func(key string) bool // what need not be kept
	log  *slog.Logger

	first   time.Duration // that is waited after a copy that failed, then twice as long
	end     context.Context
	stop    context.CancelFunc
	mu      sync.Mutex
	pending map[string]chan struct{}
	gate    chan struct{} // copies at once
}

// NewMirror returns files, whose changes are copied to another store.
func NewMirror(files blob.Store, close io.Closer, to blob.Store, skip func(string) bool) *Mirror {
	m := &Mirror{
		Store: files, Closer: close, to: to, skip: skip, log: slog.New(slog.DiscardHandler), first: time.Second,
		pending: map[string]chan struct{}{}, gate: make(chan struct{}, 4),
	}
	m.end, m.stop = context.WithCancel(context.Background())
	return m
}

// Close gives up the copies under way, and closes the files.
func (m *Mirror) Close() error {
	m.stop()
	return m.Closer.Close()
}

// Put keeps r under key, and its copy is made soon.
func (m *Mirror) Put(ctx context.Context, key string, r io.Reader, size int64) (blob.Info, error) {
	info, err := m.Store.Put(ctx, key, r, size)
	if err == nil {
		m.copySoon(key)
	}
	return info, err
}

// Join keeps the blobs from under key, and its copy is made soon.
func (m *Mirror) Join(ctx context.Context, key string, from ...string) (blob.Info, error) {
	info, err := m.Store.Join(ctx, key, from...)
	if err == nil {
		m.copySoon(key)
	}
	return info, err
}

// Delete removes blobs, once they have been copied, and marks their copies.
func (m *Mirror) Delete(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		if m.skip(key) {
			continue
		}
		if err := m.copied(ctx, key); err != nil {
			return err
		}
		if _, err := m.to.Put(ctx, buried+key, strings.NewReader(""), 0); err != nil {
			m.log.Warn("backup: a deleted file could not be marked", "error", err) // reconcile will
		}
	}
	return m.Store.Delete(ctx, keys...)
}

func (m *Mirror) copied(ctx context.Context, key string) error {
	m.mu.Lock()
	done := m.pending[key]
	m.mu.Unlock()
	if done == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("backup: the file has not been copied yet: %w", ctx.Err()) // the sweeper comes again
	}
}

func (m *Mirror) copySoon(key string) {
	if m.skip(key) || len(files)+len(key) > blob.MaxKey {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pending[key] != nil {
		return
	}
	done := make(chan struct{})
	m.pending[key] = done
	go func() {
		m.persist(key)
		m.mu.Lock()
		delete(m.pending, key)
		m.mu.Unlock()
		close(done)
	}()
}

// tries is how often a file is read that cannot be read: some two minutes.
const tries = 7

// persist copies a file, however often it takes where the store of backups is what fails:
// no segment is shipped meanwhile. A file that cannot be read here would be in no backup,
// however long everything else waited for it.
func (m *Mirror) persist(key string) {
	select {
	case m.gate <- struct{}{}:
		defer func() { <-m.gate }()
	case <-m.end.Done():
		return
	}
	unread := 0
	for wait := m.first; ; wait = min(2*wait, 64*m.first) {
		err := m.copy(m.end, key)
		if err == nil || m.end.Err() != nil {
			return
		}
		if !errors.Is(err, errStore) {
			unread++
		}
		if unread == tries {
			m.log.Error("backup: a file cannot be read, and is not in the backups; the next snapshot tries again", "key", key, "error", err)
			return
		}
		m.log.Warn("backup: a file was not copied; what follows waits for it", "error", err)
		if !pause(m.end, wait) {
			return
		}
	}
}

// settle waits for the copies under way.
func (m *Mirror) settle(ctx context.Context) error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	waits := make([]chan struct{}, 0, len(m.pending))
	for _, c := range m.pending {
		waits = append(waits, c)
	}
	m.mu.Unlock()
	for _, c := range waits {
		select {
		case <-c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (m *Mirror) copy(ctx context.Context, key string) error {
	return copyBlob(ctx, m.Store, key, m.to, files+key)
}

// copyBlob copies one blob; one that is not there any more is no error.
func copyBlob(ctx context.Context, from blob.Store, key string, to blob.Store, as string) error {
	info, err := from.Stat(ctx, key)
	if errors.Is(err, blob.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := from.Get(ctx, key, blob.Whole)
	if errors.Is(err, blob.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	defer r.Close()
	source := &readError{Reader: r}
	if _, err = to.Put(ctx, as, source, info.Size); err != nil && source.err == nil {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	return err
}

// errStore is of a copy that failed where it was to be written.
var errStore = errors.New("the store of backups did not take a file")

// readError remembers how reading failed.
type readError struct {
	io.Reader
	err error
}

func (r *readError) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// reconcile copies what has no copy, and marks the copies of what is gone: a crash may
// have come in between.
func (m *Mirror) reconcile(ctx context.Context) error {
	have, err := sizes(ctx, m.to, files)
	if err != nil {
		return err
	}
	marked, err := sizes(ctx, m.to, buried)
	if err != nil {
		return err
	}
	live, err := sizes(ctx, m.Store, "")
	if err != nil {
		return err
	}
	for key, size := range live {
		if got, ok := have[key]; m.skip(key) || len(files)+len(key) > blob.MaxKey || ok && got == size {
			continue
		}
		if err := m.copy(ctx, key); err != nil {
			return err
		}
	}
	for key := range have {
		if _, ok := live[key]; ok {
			continue
		}
		if _, ok := marked[key]; ok {
			continue
		}
		// It may have been put after the list was made.
		if _, err := m.Store.Stat(ctx, key); !errors.Is(err, blob.ErrMissing) {
			continue
		}
		if _, err := m.to.Put(ctx, buried+key, strings.NewReader(""), 0); err != nil {
			return err
		}
	}
	return nil
}

// sizes lists blobs, without the prefix of their keys.
func sizes(ctx context.Context, st blob.Store, prefix string) (map[string]int64, error) {
	out := map[string]int64{}
	for info, err := range st.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		out[strings.TrimPrefix(info.Key, prefix)] = info.Size
	}
	return out, nil
}

// pruneFiles removes the copies of files that were deleted before a time.
func pruneFiles(ctx context.Context, st blob.Store, before time.Time) error {
	for info, err := range st.List(ctx, buried) {
		if err != nil {
			return err
		}
		if info.Modified.After(before) {
			continue
		}
		key := strings.TrimPrefix(info.Key, buried)
		if err := st.Delete(ctx, files+key); err != nil {
			return err
		}
		if err := st.Delete(ctx, info.Key); err != nil {
			return err
		}
	}
	return nil
}

// CopyFiles copies every file that was not deleted from the store of backups.
func CopyFiles(ctx context.Context, st, to blob.Store) error {
	have, err := sizes(ctx, st, files)
	if err != nil {
		return err
	}
	gone, err := sizes(ctx, st, buried)
	if err != nil {
		return err
	}
	there, err := sizes(ctx, to, "")
	if err != nil {
		return err
	}
	for key, size := range have {
		if _, ok := gone[key]; ok || there[key] == size && size > 0 {
			continue
		}
		if err := copyBlob(ctx, st, files+key, to, key); err != nil {
			return err
		}
	}
	return nil
}

// SaveFiles copies every file of which there is no copy into the store of backups.
func SaveFiles(ctx context.Context, from, st blob.Store, tell Progress) error {
	have, err := sizes(ctx, st, files)
	if err != nil {
		return err
	}
	live, err := sizes(ctx, from, "")
	if err != nil {
		return err
	}
	n := int64(0)
	for key, size := range live {
		n++
		tell.tell("files", n, int64(len(live)))
		if got, ok := have[key]; len(files)+len(key) > blob.MaxKey || ok && got == size {
			continue
		}
		if err := copyBlob(ctx, from, key, st, files+key); err != nil {
			return err
		}
	}
	return nil
}

// RestoreFiles copies the files of a restored database where they are not. Those of which
// there is no copy are returned.
func RestoreFiles(ctx context.Context, st, to blob.Store, keys []string, tell Progress) (missing []string, err error) {
	for n, key := range keys {
		if blob.CheckKey(key) != nil {
			continue
		}
		copied, err := st.Stat(ctx, files+key)
		if errors.Is(err, blob.ErrMissing) {
			if _, err := to.Stat(ctx, key); err != nil {
				missing = append(missing, key)
			}
			continue
		}
		if err != nil {
			return missing, err
		}
		if there, err := to.Stat(ctx, key); err == nil && there.Size == copied.Size {
			continue
		}
		if err := copyBlob(ctx, st, files+key, to, key); err != nil {
			return missing, err
		}
		tell.tell("files", int64(n+1), int64(len(keys)))
	}
	return missing, nil
}

func detail(err error) string {
	if f := fault.From(err); f.Detail != "" {
		return f.Detail
	}
	return err.Error()
}
