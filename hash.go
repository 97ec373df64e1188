package plinth

import (
	"io"

	"github.com/plinth-dev/plinth/internal/server"
)

// HashPasswords is what Config.HashCommand must run: it answers in on out, the process'
// standard input and output, until in ends.
func HashPasswords(in io.Reader, out io.Writer) error { return server.HashPasswords(in, out) }
