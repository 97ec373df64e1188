package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// lockFile keeps a second process out of the data directory. The system drops the
// lock when its holder dies, however it dies.
const lockFile = "plinth.lock"

// lockDir makes dir where it is missing and takes its lock; closing the file gives
// it back.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.New(fault.Unavailable, "58030", "could not create the data directory").WithDetail(err.Error()).WithCause(err)
	}
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "58030", "could not open the lock file").WithDetail(err.Error()).WithCause(err)
	}
	taken, err := patiently(f)
	if err != nil {
		_ = f.Close()
		return nil, fault.New(fault.Unavailable, "58030", "could not lock the data directory").WithDetail(err.Error()).WithCause(err)
	}
	if !taken {
		_ = f.Close()
		return nil, inUse(dir, path)
	}
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0) // for the message alone
	}
	return f, nil
}

// patiently tries for a moment: a process that is just being started holds copies of
// its parent's files, and so a lock given back, until it runs its own program.
func patiently(f *os.File) (taken bool, err error) {
	for range 10 {
		if taken, err = tryLock(f); taken || err != nil {
			return taken, err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false, nil
}

func inUse(dir, path string) error {
	by := "another process"
	if b, err := os.ReadFile(path); err == nil {
		if pid := strings.TrimSpace(string(b)); pid != "" {
			by = "process " + pid
		}
	}
	return fault.New(fault.Unavailable, "55006", fmt.Sprintf("the data directory %s is in use by %s", dir, by)).
		WithHint("One process serves a data directory. Stop that one, or choose another directory with --data.")
}
