package plpgsql

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Result is what a function gives back, which says how RETURN may be written.
type Result uint8

const (
	Value  Result = iota // return x; a trigger's row, too
	Void                 // return
	Called               // of a procedure: return
	Outs                 // OUT parameters: return
	Set                  // return next x, return query
	OutSet               // of OUT parameters or a table: return next, return query
)

// Frame is what a body is checked against.
type Frame struct {
	Name   string   // of the function, which labels its parameters
	Params []string // all names under which parameters are known: also $1; and new, tg_op …
	Result Result
	// Type reports a declared type that is not there; nil asks nothing.
	Type func(pgsql.TypeName) error
}

// Check reports what Postgres refuses when it compiles a body: targets that are no
// variables, labels that are not there, RETURN that does not fit the function.
func Check(b *Block, f Frame) error {
	c := &checker{f: f, labels: []label{{f.Name, false}}}
	for _, p := range append([]string{"found"}, f.Params...) {
		c.known = append(c.known, known{name: p}, known{name: f.Name + "." + p})
	}
	c.block(b)
	return c.err
}

// checker walks a body with the names that are known at each place. Its first fault stays.
type checker struct {
	f      Frame
	known  []known
	labels []label
	err    error
}

// known is a variable by one of its names.
type known struct {
	name  string
	fixed bool // declared constant
}

type label struct {
	name string
	loop bool
}

func (c *checker) fail(at pgsql.At, state, format string, args ...any) {
	if c.err == nil {
		c.err = fault.SQL(state, format, args...).At(int(at.Pos) + 1)
	}
}

func (c *checker) find(name string) (known, bool) {
	for i := len(c.known) - 1; i >= 0; i-- {
		if c.known[i].name == name {
			return c.known[i], true
		}
	}
	return known{}, false
}

// declare makes a variable known under its name and, within a label, under both.
func (c *checker) declare(name, within string, fixed bool) {
	c.known = append(c.known, known{name, fixed})
	if within != "" {
		c.known = append(c.known, known{within + "." + name, fixed})
	}
}

// within runs f with names and a label of its own.
func (c *checker) within(l label, f func()) {
	names, labels := len(c.known), len(c.labels)
	c.labels = append(c.labels, l)
	f()
	c.known, c.labels = c.known[:names], c.labels[:labels]
}

func (c *checker) block(b *Block) {
	c.within(label{b.Label, false}, func() {
		c.decls(b)
		c.list(b.Body)
		for i := range b.Handlers {
			names := len(c.known)
			c.declare("sqlstate", b.Label, true)
			c.declare("sqlerrm", b.Label, true)
			c.list(b.Handlers[i].Body)
			c.known = c.known[:names]
		}
	})
}

func (c *checker) decls(b *Block) {
	var own []string
	for i := range b.Decls {
		d := &b.Decls[i]
		if slices.Contains(own, d.Name) {
			c.fail(d.At, "42601", "duplicate declaration at or near \"%s\"", d.Name)
		}
		own = append(own, d.Name)
		fixed := d.Const
		switch {
		case d.Alias != "":
			v, ok := c.find(d.Alias)
			if !ok {
				c.fail(d.At, "42704", "variable \"%s\" does not exist", d.Alias)
			}
			fixed = v.fixed
		case d.Cursor != nil:
			for _, a := range d.Cursor.Args {
				c.typed(a)
			}
		default:
			c.typed(*d)
		}
		c.declare(d.Name, b.Label, fixed)
	}
}

// typed asks for a declared type, but for one that is taken from a variable.
func (c *checker) typed(d Decl) {
	if _, variable := c.find(d.Type.Name); c.f.Type == nil || c.err != nil || variable && d.Type.PctType {
		return
	}
	c.err = c.f.Type(d.Type)
}

// target is something that is assigned to, or read as a cursor.
func (c *checker) target(t Target) bool {
	v, ok := c.find(t.Path[0])
	if !ok && len(t.Path) > 1 {
		v, ok = c.find(t.Path[0] + "." + t.Path[1])
	}
	if ok && v.fixed {
		c.fail(t.At, "22005", "variable \"%s\" is declared CONSTANT", t.Path[len(t.Path)-1])
	}
	return ok
}

func (c *checker) targets(list []Target) {
	for _, t := range list {
		if !c.target(t) {
			c.fail(t.At, "42601", "\"%s\" is not a known variable", strings.Join(t.Path, "."))
		}
	}
}

func (c *checker) list(list []Stmt) {
	for _, s := range list {
		if c.err == nil {
			c.stmt(s)
		}
	}
}

func (c *checker) stmt(s Stmt) {
	switch s := s.(type) {
	case *Block:
		c.block(s)
	case *If:
		for _, a := range s.Arms {
			c.list(a.Body)
		}
		c.list(s.Else)
	case *Case:
		for _, w := range s.Whens {
			c.list(w.Body)
		}
		c.list(s.Else)
	case *Exit:
		c.exit(s)
	case *Return:
		c.ret(s)
	case *ReturnNext:
		c.next(s)
	case *ReturnQuery:
		if c.f.Result != Set && c.f.Result != OutSet {
			c.fail(s.At, "42804", "cannot use RETURN QUERY in a non-SETOF function")
		}
	default:
		c.loop(s)
	}
}

func (c *checker) loop(s Stmt) {
	switch s := s.(type) {
	case *Loop:
		c.within(label{s.Label, true}, func() { c.list(s.Body) })
	case *While:
		c.within(label{s.Label, true}, func() { c.list(s.Body) })
	case *ForInt:
		c.within(label{s.Label, true}, func() {
			c.declare(s.Var, s.Label, false)
			c.list(s.Body)
		})
	case *ForQuery:
		c.forQuery(s)
	case *Foreach:
		for _, t := range s.Into {
			if !c.target(t) {
				c.fail(t.At, "42601", "loop variable of FOREACH must be a known variable or list of variables")
			}
		}
		c.within(label{s.Label, true}, func() { c.list(s.Body) })
	default:
		c.plain(s)
	}
}

func (c *checker) forQuery(s *ForQuery) {
	for _, t := range s.Into {
		if s.Cursor == "" && !c.target(t) {
			c.fail(t.At, "42601", "loop variable of loop over rows must be a record variable or list of scalar variables")
		}
	}
	c.within(label{s.Label, true}, func() {
		if s.Cursor != "" {
			c.declare(s.Into[0].Path[0], s.Label, false)
		}
		c.list(s.Body)
	})
}

func (c *checker) plain(s Stmt) {
	switch s := s.(type) {
	case *Assign:
		c.targets([]Target{s.To})
	case *SQL:
		c.targets(s.Into)
	case *Execute:
		c.targets(s.Into)
	case *Fetch:
		c.targets(append([]Target{s.Cursor}, s.Into...))
	case *Open:
		c.targets([]Target{s.Cursor})
	case *Close:
		c.targets([]Target{s.Cursor})
	case *Diagnostics:
		for _, d := range s.Items {
			c.targets([]Target{d.To})
		}
	}
}

func (c *checker) exit(s *Exit) {
	verb := "EXIT"
	if s.Continue {
		verb = "CONTINUE"
	}
	for i := len(c.labels) - 1; i >= 0; i-- {
		l := c.labels[i]
		switch {
		case s.Label == "" && l.loop, s.Label != "" && s.Label == l.name && (l.loop || !s.Continue):
			return
		case s.Label != "" && s.Label == l.name:
			c.fail(s.At, "42601", "block label \"%s\" cannot be used in CONTINUE", s.Label)
			return
		}
	}
	switch {
	case s.Label != "":
		c.fail(s.At, "42601", "there is no label \"%s\" attached to any block or loop enclosing this statement", s.Label)
	case s.Continue:
		c.fail(s.At, "42601", "%s cannot be used outside a loop", verb)
	default:
		c.fail(s.At, "42601", "%s cannot be used outside a loop, unless it has a label", verb)
	}
}

func (c *checker) ret(s *Return) {
	if c.f.Result == Value {
		if s.X == nil {
			c.fail(s.At, "42601", "missing expression at or near \";\"")
		}
		return
	}
	if s.X == nil {
		return
	}
	what := map[Result]string{
		Void: "function returning void", Called: "a procedure", Outs: "function with OUT parameters",
		Set: "function returning set", OutSet: "function returning set",
	}[c.f.Result]
	c.fail(s.At, "42804", "RETURN cannot have a parameter in %s", what)
	if f := fault.From(c.err); c.f.Result >= Set {
		c.err = f.WithHint("Use RETURN NEXT or RETURN QUERY.")
	}
}

func (c *checker) next(s *ReturnNext) {
	switch {
	case c.f.Result != Set && c.f.Result != OutSet:
		c.fail(s.At, "42804", "cannot use RETURN NEXT in a non-SETOF function")
	case c.f.Result == OutSet && s.X != nil:
		c.fail(s.At, "42804", "RETURN NEXT cannot have a parameter in function with OUT parameters")
	case c.f.Result == Set && s.X == nil:
		c.fail(s.At, "42601", "missing expression at or near \";\"")
	}
}
