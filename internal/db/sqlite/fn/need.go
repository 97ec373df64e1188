package fn

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/value"
)

// State is what the functions of one connection read: the statement that runs now.
type State struct {
	Env *builtin.Env
	// Raised are errors that RaiseName raises by number, when it is reached.
	Raised []error
	// Call runs a user's function that is not inlined. It must not use the connection
	// that is stepping: the executor gives it another one, or refuses.
	Call func(f *catalog.Function, args []value.Value) (value.Value, error)
	// Rows is Call for functions that return rows.
	Rows func(f *catalog.Function, args []value.Value) ([][]value.Value, error)
}

// within runs f, which may run other statements, and gives the state back to the one
// that runs now: current_user must be its own again.
func within[T any](st *State, f func() (T, error)) (T, error) {
	had := *st
	defer func() { *st = had }()
	return f()
}

// Need is a function that a statement calls.
type Need struct {
	Name     string
	Register func(c *lite.Conn, st *State) error
}

// Set is what one connection has registered.
type Set struct {
	conn  *lite.Conn
	state *State
	have  map[string]bool
}

// NewSet returns the set of a new connection, with the collations and the functions
// that every plan may use.
func NewSet(c *lite.Conn, st *State) (*Set, error) {
	s := &Set{conn: c, state: st, have: map[string]bool{}}
	if err := collations(c); err != nil {
		return nil, err
	}
	return s, s.Ensure([]Need{raise, single})
}

// Ensure registers what is missing.
func (s *Set) Ensure(needs []Need) error {
	for _, n := range needs {
		if s.have[n.Name] {
			continue
		}
		if err := n.Register(s.conn, s.state); err != nil {
			return err
		}
		s.have[n.Name] = true
	}
	return nil
}
