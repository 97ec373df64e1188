//go:build unix

package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Missing is what a test says where no PostgreSQL is installed.
const Missing = "no PostgreSQL found: apt-get install -y postgresql"

// Server is a running PostgreSQL.
type Server struct {
	// URL is the connection string of the superuser postgres.
	URL string

	dir  string
	cmd  *exec.Cmd
	log  *bytes.Buffer
	gone chan error
	once sync.Once
	err  error
}

// Start makes a new database cluster in a temporary directory and starts it with the
// settings given, such as "wal_level=logical".
func Start(ctx context.Context, settings ...string) (*Server, error) {
	return begin(ctx, false, settings)
}

// Stranger is Start for a server that has no system identifier in common with others.
func Stranger(ctx context.Context, settings ...string) (*Server, error) {
	return begin(ctx, true, settings)
}

func begin(ctx context.Context, anew bool, settings []string) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, log: &bytes.Buffer{}, gone: make(chan error, 1)}
	who, err := owner(s.dir)
	if err == nil {
		err = s.initdb(ctx, bin, who, anew)
	}
	if err == nil {
		err = s.serve(ctx, bin, who, settings)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// serve starts the server on the files that it has.
func (s *Server) serve(ctx context.Context, bin string, who *syscall.SysProcAttr, settings []string) error {
	args := []string{"-D", filepath.Join(s.dir, "data"), "-k", s.dir}
	for _, set := range append([]string{
		"listen_addresses=", "fsync=off", "full_page_writes=off", "synchronous_commit=off",
		"timezone=UTC", "max_connections=40", "jit=off",
	}, settings...) {
		args = append(args, "-c", set)
	}
	s.cmd = exec.Command(filepath.Join(bin, "postgres"), args...)
	s.cmd.SysProcAttr, s.cmd.Dir = who, s.dir
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func() { s.gone <- s.cmd.Wait() }()
	s.URL = "host=" + s.dir + " user=postgres dbname=postgres sslmode=disable"
	if err := s.ready(ctx); err != nil {
		return errors.Join(err, s.Stop())
	}
	return nil
}

// ready waits until the server has written that it takes connections.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-s.gone:
			s.gone <- err
			return fmt.Errorf("postgres ended: %v: %s", err, s.log)
		case <-tick.C:
		}
		pid, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
		if err == nil && bytes.Contains(pid, []byte("\nready")) {
			return nil
		}
	}
}

// Program returns the path of a program that came with the server, such as pg_dump.
func (s *Server) Program(name string) string { return filepath.Join(filepath.Dir(s.cmd.Path), name) }

// Stop ends the server and removes its files. It may be called twice.
func (s *Server) Stop() error {
	s.once.Do(func() {
		if err := s.cmd.Process.Signal(syscall.SIGQUIT); err == nil {
			<-s.gone
		}
		s.err = os.RemoveAll(s.dir)
	})
	return s.err
}

// programs finds the newest installed server's folder.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		if p, err := exec.LookPath("postgres"); err == nil {
			return filepath.Dir(p), nil
		}
		return "", errors.New(Missing)
	}
	sort.Slice(found, func(i, j int) bool { return version(found[i]) < version(found[j]) })
	return filepath.Dir(found[len(found)-1]), nil
}

func version(program string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(program))))
	if err != nil {
		return 0
	}
	return n
}

// owner gives the directory to the user that the server will run as.
func owner(dir string) (*syscall.SysProcAttr, error) {
	// The server must not get a terminal's interrupt before its clients do.
	attr := &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2, os.Chown(dir, uid, gid)); err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, nil
}

// PID returns the id of the server's first process, the parent of the others.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Dir returns the folder of the server's files.
func (s *Server) Dir() string { return s.dir }
