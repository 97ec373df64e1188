package policy

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Check is a condition that a row must satisfy: true, not NULL.
type Check struct {
	X      bind.Expr
	Policy string // the restrictive policy's name, "" for the permissive ones together
	Using  bool   // an existing row that an upsert would touch
	Table  string
	View   string // the condition is that view's WITH CHECK OPTION
}

// Violated is the error of a row that fails the check.
func (c Check) Violated() error {
	if c.View != "" {
		return fault.SQL("44000", "new row violates check option for view \"%s\"", c.View)
	}
	name, kind := "", ""
	if c.Policy != "" {
		name = " \"" + c.Policy + "\""
	}
	if c.Using {
		kind = " (USING expression)"
	}
	f := fault.SQL("42501", "new row violates row-level security policy%s%s for table \"%s\"", name, kind, c.Table)
	f.Table = c.Table
	return f
}

// Target describes a write to secure.
type Target struct {
	Table   *catalog.Table
	Command string // "insert", "update", "delete"
	Upsert  bool   // insert … on conflict do update
	Reads   bool   // the statement reads the table: WHERE, RETURNING, an arbiter's columns
	Actor   string // "" = the session's role
	// Rel is what targets of update and delete are scanned as; New the proposed row;
	// Existing the row that an upsert meets. Those that the command lacks are nil.
	Rel, New, Existing *bind.Rel
}

// Rules are the policies' conditions on a write.
type Rules struct {
	Using    bind.Expr // over Rel: which rows update and delete may touch; nil for all
	Insert   []Check   // over New: rows proposed by insert
	Update   []Check   // over New: rows proposed by update, or by an upsert's update
	Conflict []Check   // over Existing: before an upsert's update
}

// Checks returns the conditions of a write, as PostgreSQL combines them. Where the
// statement reads the table, SELECT policies join in.
func Checks(cfg Config, t Target) (*Rules, error) {
	s := newSecurer(cfg)
	s.actor = t.Actor
	role := s.role(t.Actor)
	if Bypasses(cfg.Bind.Catalog, role, t.Table) {
		return &Rules{}, nil
	}
	c := &checker{s: s, t: t, role: role}
	r := &Rules{}
	switch t.Command {
	case "insert":
		r.Insert = c.both("insert")
		if t.Upsert {
			r.Conflict = c.existing()
			r.Update = c.both("update")
		}
	case "update":
		r.Using = c.targets()
		r.Update = c.both("update")
	case "delete":
		r.Using = c.targets()
	}
	return r, s.end()
}

type checker struct {
	s    *securer
	t    Target
	role string
}

func (c *checker) set(cmd string) policySet { return c.s.policies(c.role, c.t.Table, cmd) }

func (c *checker) binder(rel *bind.Rel) *binder {
	if rel.Table == nil {
		rel.Table = c.t.Table
	}
	rel.Actor = c.t.Actor
	return c.s.binder(rel)
}

func (c *checker) targets() bind.Expr {
	b := c.binder(c.t.Rel)
	defer b.close()
	x := b.using(c.set(c.t.Command))
	if c.t.Reads {
		x = and(x, b.using(c.set("select")))
	}
	return x
}

// both returns WITH CHECK of cmd and, where the statement reads, USING of select.
func (c *checker) both(cmd string) []Check {
	b := c.binder(c.t.New)
	defer b.close()
	out := c.list(b, c.set(cmd), withCheck)
	if c.t.Reads {
		out = append(out, c.list(b, c.set("select"), using)...)
	}
	return out
}

func (c *checker) existing() []Check {
	b := c.binder(c.t.Existing)
	defer b.close()
	out := c.list(b, c.set("update"), using)
	if c.t.Reads {
		out = append(out, c.list(b, c.set("select"), using)...)
	}
	for i := range out {
		out[i].Using = true
	}
	return out
}

func using(p *catalog.Policy) pgsql.Expr { return p.Using }

func withCheck(p *catalog.Policy) pgsql.Expr {
	if p.Check != nil {
		return p.Check
	}
	return p.Using
}

// list returns the permissive policies as one check and each restrictive one as its own.
func (c *checker) list(b *binder, set policySet, side func(*catalog.Policy) pgsql.Expr) []Check {
	some := b.permissive(set, side)
	if some == nil {
		return []Check{{X: never(), Table: c.t.Table.Name}}
	}
	out := []Check{{X: some, Table: c.t.Table.Name}}
	for _, p := range set.restrictive {
		if x := side(p); x != nil {
			out = append(out, Check{X: b.bind(x), Policy: p.Name, Table: c.t.Table.Name})
		}
	}
	return out
}
