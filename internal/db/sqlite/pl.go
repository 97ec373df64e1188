package sqlite

import "github.com/plinth-dev/plinth/internal/db/sqlite/exec"

// interpreter runs PL/pgSQL.
func interpreter() exec.Interpreter { return nil }
