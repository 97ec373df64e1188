package plinth

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/plinth-dev/plinth/internal/schema/pgtap"
	"github.com/plinth-dev/plinth/internal/server"
)

// TestResult is what the tests of one SQL file gave.
type TestResult = pgtap.Result

// Test runs SQL tests with pgTAP's function names on throw-away databases that the
// project's migrations and seeds make. paths are files and folders; without any it is
// the project's tests folder. The results come in the order of the files.
func Test(ctx context.Context, cfg Config, paths []string) ([]*TestResult, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		paths = []string{filepath.Join(sc.Project.Dir, "tests")}
	}
	files, err := sqlFiles(paths)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("there are no tests: put *.sql files into " + strings.Join(paths, ", "))
	}
	out := make([]*TestResult, len(files))
	next := make(chan int)
	var wg sync.WaitGroup
	errs := make([]error, min(runtime.GOMAXPROCS(0), len(files)))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for w := range errs {
		wg.Go(func() {
			if errs[w] = testSome(ctx, sc, next, files, out); errs[w] != nil {
				stop()
			}
		})
	}
	feed(ctx, next, len(files))
	wg.Wait()
	return out, errors.Join(errs...)
}

func feed(ctx context.Context, next chan<- int, n int) {
	defer close(next)
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			return
		}
	}
}

// testSome runs the files whose numbers come on a database of its own.
func testSome(ctx context.Context, sc server.Config, next <-chan int, files []string, out []*TestResult) error {
	w, err := server.Made(ctx, sc)
	if err != nil {
		return err
	}
	if _, err := server.SeedOn(ctx, sc, w.DB); err != nil {
		return errors.Join(err, w.Close())
	}
	for i := range next {
		text, err := os.ReadFile(files[i])
		if err != nil {
			return errors.Join(err, w.Close())
		}
		out[i] = pgtap.Run(ctx, w.DB, files[i], string(text))
	}
	return w.Close()
}

// sqlFiles lists the *.sql files of files and folders, in order.
func sqlFiles(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		err := filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && (strings.HasSuffix(p, ".sql") || p == path) {
				out = append(out, p)
			}
			return err
		})
		if errors.Is(err, fs.ErrNotExist) && len(paths) == 1 {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
