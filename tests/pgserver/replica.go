//go:build unix

package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Replica makes a streaming replica of a running server by pg_basebackup and starts it
// with the settings given. Stop it before or after the server itself.
func (s *Server) Replica(ctx context.Context, settings ...string) (*Server, error) {
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	r := &Server{dir: dir, log: &bytes.Buffer{}, gone: make(chan error, 1)}
	if err := r.copy(ctx, s, settings); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return r, nil
}

func (s *Server) copy(ctx context.Context, from *Server, settings []string) error {
	who, err := owner(s.dir)
	if err != nil {
		return err
	}
	data, slot := filepath.Join(s.dir, "data"), filepath.Base(s.dir)
	run := func(name string, args ...string) error {
		cmd := exec.CommandContext(ctx, from.Program(name), append([]string{"-h", from.dir, "-U", "postgres"}, args...)...)
		cmd.SysProcAttr, cmd.Dir = who, s.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", name, err, out)
		}
		return nil
	}
	// With a slot the server keeps what a late replica needs. pg_basebackup would make it after
	// the backup has begun, and a checkpoint in between may take away what that needs.
	if err := run("psql", "-qc", "select pg_create_physical_replication_slot('"+slot+"', true)"); err != nil {
		return err
	}
	if err := run("pg_basebackup", "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync", "-S", slot); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(data, "postmaster.pid")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return s.serve(ctx, filepath.Dir(from.cmd.Path), who, settings)
}

// Adopt starts a server on the files in dir/data, such as a copy that pg_basebackup made, by
// the programs of another one. Its Stop removes dir.
func (s *Server) Adopt(ctx context.Context, dir string, settings ...string) (*Server, error) {
	r := &Server{dir: dir, log: &bytes.Buffer{}, gone: make(chan error, 1)}
	who, err := owner(dir)
	if err != nil {
		return nil, err
	}
	if err := give(dir, who); err != nil {
		return nil, err
	}
	return r, r.serve(ctx, filepath.Dir(s.cmd.Path), who, settings)
}

// Promote makes a replica a server of its own, which takes writes.
func (s *Server) Promote(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, s.Program("pg_ctl"), "promote", "-w", "-D", filepath.Join(s.dir, "data"))
	cmd.SysProcAttr, cmd.Dir = s.cmd.SysProcAttr, s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_ctl promote: %w: %s", err, out)
	}
	return nil
}

// Pause stops the server's processes where they are, and Resume lets them go on.
func (s *Server) Pause() error { return s.signalAll(syscall.SIGSTOP) }

// Resume lets paused processes go on.
func (s *Server) Resume() error { return s.signalAll(syscall.SIGCONT) }

// signalAll sends a signal to the first process and to its children, each of which is a
// session of its own.
func (s *Server) signalAll(sig syscall.Signal) error {
	pids := []int{s.PID()}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return err
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		var pid, parent int
		var state string
		_, rest, _ := bytes.Cut(text, []byte(") "))
		if _, err := fmt.Sscan(string(rest), &state, &parent); err != nil || parent != s.PID() {
			continue
		}
		if _, err := fmt.Sscan(string(text), &pid); err == nil {
			pids = append(pids, pid)
		}
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}
