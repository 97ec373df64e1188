package server

import (
	"io"

	"github.com/plinth-dev/plinth/internal/auth/password"
)

// passwords builds what hashes passwords.
func (s *Server) passwords() *password.Hasher {
	s.hash = password.New(password.Config{Command: s.cfg.HashCommand, Log: s.log})
	return s.hash
}

// HashPasswords is the life of a process that a HashCommand starts.
func HashPasswords(in io.Reader, out io.Writer) error { return password.Work(in, out) }
