//go:build unix

package pgserver

import (
	"context"
	"errors"
	"os/exec"
	"syscall"
)

// Crash ends the server at once, without a word to its clients. Restart starts it
// again on the same data.
func (s *Server) Crash() error {
	if err := s.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	<-s.gone
	return nil
}

// Restart starts a crashed server again; it returns when connections are taken.
func (s *Server) Restart(ctx context.Context) error {
	old := s.cmd
	s.cmd = exec.Command(old.Path, old.Args[1:]...)
	s.cmd.SysProcAttr, s.cmd.Dir = old.SysProcAttr, old.Dir
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func() { s.gone <- s.cmd.Wait() }()
	if err := s.ready(ctx); err != nil {
		return errors.Join(err, s.Stop())
	}
	return nil
}
