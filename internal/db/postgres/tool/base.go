package tool

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Base copies all files of the server of a URL into a folder that is empty or not there, with
// the log that they need, by pg_basebackup. tell, where not nil, is told how many KB are
// there. What was begun is removed where it fails.
func Base(ctx context.Context, url, dir string, tell func(done, total int64)) error {
	const name = "pg_basebackup"
	cmd, err := Command(ctx, url, name, "--pgdata="+dir, "--format=plain", "--wal-method=stream", "--checkpoint=fast",
		"--manifest-checksums=SHA256", "--label=plinth", "--progress", "--no-password")
	if err != nil {
		return err
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // then it removes what it made
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return Fault(name, err, "")
	}
	said := follow(out, tell)
	if err := cmd.Wait(); err != nil {
		return errors.Join(ctx.Err(), Fault(name, err, said))
	}
	return nil
}

var progress = regexp.MustCompile(`^\s*(\d+)/(\d+) kB`)

// follow reads to the end and returns what is no progress, of which 4 KB are kept.
func follow(r io.Reader, tell func(done, total int64)) (said string) {
	scan := bufio.NewScanner(r)
	scan.Split(func(data []byte, end bool) (int, []byte, error) { // lines that \r ends, too
		if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
			return i + 1, data[:i], nil
		}
		if end && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for scan.Scan() {
		m := progress.FindStringSubmatch(scan.Text())
		if m == nil {
			said = (said + scan.Text() + "\n")[max(0, len(said)+len(scan.Text())+1-4<<10):]
			continue
		}
		done, _ := strconv.ParseInt(m[1], 10, 64)
		total, _ := strconv.ParseInt(m[2], 10, 64) // both are digits
		if tell != nil {
			tell(done, total)
		}
	}
	_, _ = io.Copy(io.Discard, r) // after a line without an end
	return said
}

// ErrNoVerifier says that pg_verifybackup is not here.
var ErrNoVerifier = errors.New("pg_verifybackup is not installed")

// VerifyBase lets pg_verifybackup compare all files of a Base, and the log that it needs,
// with its manifest. Where there is none it returns ErrNoVerifier.
func VerifyBase(ctx context.Context, dir string) error {
	program, err := verifier(dir)
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, program, "--quiet", "--exit-on-error", dir).CombinedOutput()
	if err != nil {
		return Fault(filepath.Base(program), err, string(out))
	}
	return nil
}

// verifier finds the program, also where Debian keeps those of a server's version.
func verifier(dir string) (string, error) {
	const name = "pg_verifybackup"
	version, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if err != nil {
		return "", err
	}
	path := filepath.Join("/usr/lib/postgresql", strings.TrimSpace(string(version)), "bin", name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if path, err = exec.LookPath(name); err != nil {
		return "", ErrNoVerifier
	}
	return path, nil
}
