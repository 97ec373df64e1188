package policy

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Config says for whom a statement is secured.
type Config struct {
	Bind *bind.Config
	Role string // the session's role
}

// Secure puts the policies into a statement. A write's own Target is left to Checks.
func Secure(cfg Config, st *bind.Stmt) error {
	s := newSecurer(cfg)
	if st.Query != nil {
		s.query(st.Query)
	}
	if st.Write != nil {
		s.write(st.Write)
	}
	return s.end()
}

// SecureQuery puts the policies into a query.
func SecureQuery(cfg Config, q *bind.Query) error {
	s := newSecurer(cfg)
	s.query(q)
	return s.end()
}

// SecureExpr puts the policies into the subqueries of an expression, such as a
// check constraint or a trigger's condition, and returns it.
func SecureExpr(cfg Config, x bind.Expr) (bind.Expr, error) {
	s := newSecurer(cfg)
	x = s.expr(x)
	return x, s.end()
}

// securer walks one statement. The first error stops it.
type securer struct {
	cfg    Config
	actor  string           // default actor of the tables being visited, "" = session
	inside []*catalog.Table // tables whose policies are being expanded
	seen   map[any]bool     // rels and queries already done: trees share nodes
	asks   []ask            // privileges that policies need
	err    error
}

// ask is what a policy uses, and so what its actor must be allowed to.
type ask struct {
	uses  []bind.Use
	calls []*catalog.Function
}

func newSecurer(cfg Config) *securer {
	return &securer{cfg: cfg, seen: map[any]bool{}}
}

// end asks for the privileges that the policies need: last, as only those count that
// are left when all are put together.
func (s *securer) end() error {
	for _, a := range s.asks {
		if s.err != nil {
			break
		}
		s.err = privileges(s.cfg.Bind.Catalog, s.cfg.Role, a.uses, a.calls)
	}
	return s.err
}

func (s *securer) part() Part {
	return Part{Expr: s.expr, Rel: s.rel, Query: s.query, Write: s.write}
}

func (s *securer) query(q *bind.Query) {
	if s.err != nil || s.seen[q] {
		return
	}
	s.seen[q] = true
	EachPart(q, s.part())
	if q.Lock != "" {
		s.locked(q)
	}
}

// locked adds the update policies to tables read for update.
func (s *securer) locked(q *bind.Query) {
	for _, f := range q.From {
		rel, ok := f.(*bind.Rel)
		if !ok || rel.Kind != bind.RelTable || s.err != nil {
			continue
		}
		if x := s.filter(rel, "update"); x != nil {
			rel.Filter = and(rel.Filter, x)
			rel.Barrier = true
		}
	}
}

func (s *securer) write(w *bind.Write) {
	if s.err != nil || s.seen[w] {
		return
	}
	s.seen[w] = true
	EachWrite(w, s.part())
}

func (s *securer) expr(x bind.Expr) bind.Expr {
	if s.err != nil || x == nil {
		return x
	}
	EachExpr(x, s.expr)
	if sub, ok := x.(*bind.Sub); ok {
		s.query(sub.Query)
		return simplify(sub)
	}
	return x
}

// simplify turns a scalar subquery without FROM, as in (select auth.uid()), into
// the expression that it computes.
func simplify(x *bind.Sub) bind.Expr {
	q := x.Query
	if x.Kind != "scalar" || !bare(q) || len(q.Targets) != 1 || Volatile(q.Targets[0].X) {
		return x // a volatile one is computed once
	}
	return q.Targets[0].X
}

// bare reports whether q computes exactly one row from nothing.
func bare(q *bind.Query) bool {
	if len(q.From) > 0 || q.Where != nil || q.Values != nil || q.Op != "" || len(q.With) > 0 ||
		len(q.GroupBy) > 0 || q.Having != nil || q.Limit != nil || q.Offset != nil {
		return false
	}
	for _, t := range q.Targets {
		if hasAgg(t.X) {
			return false
		}
	}
	return true
}

func hasAgg(x bind.Expr) bool {
	if _, ok := x.(*bind.Agg); ok {
		return true
	}
	found := false
	EachExpr(x, func(c bind.Expr) bind.Expr {
		found = found || hasAgg(c)
		return c
	})
	return found
}

func (s *securer) rel(r *bind.Rel) {
	if s.err != nil || s.seen[r] {
		return
	}
	s.seen[r] = true
	if r.Actor == "" {
		r.Actor = s.actor
	}
	switch {
	case r.Kind == bind.RelTable:
		if x := s.filter(r, "select"); x != nil {
			r.Filter, r.Barrier = x, true
		}
	case r.Query != nil:
		s.query(r.Query)
	}
}

// filter returns the condition of cmd's policies on r, or nil where none applies.
func (s *securer) filter(r *bind.Rel, cmd string) bind.Expr {
	actor := s.role(r.Actor)
	if r.Table == nil || Bypasses(s.cfg.Bind.Catalog, actor, r.Table) {
		return nil
	}
	set := s.policies(actor, r.Table, cmd)
	b := s.binder(r)
	x := b.using(set)
	b.close()
	return x
}

func (s *securer) role(actor string) string {
	if actor != "" {
		return actor
	}
	return s.cfg.Role
}

// binder binds policies of one table to one rel. Tables read by the policies are
// secured for the same actor, and must not lead back to the table.
type binder struct {
	s     *securer
	rel   *bind.Rel
	actor string
}

func (s *securer) binder(rel *bind.Rel) *binder {
	b := &binder{s: s, rel: rel, actor: s.actor}
	s.actor = rel.Actor
	return b
}

func (b *binder) close() { b.s.actor = b.actor }

// bind binds one policy expression and secures what it reads.
func (b *binder) bind(x pgsql.Expr) bind.Expr {
	s := b.s
	if s.err != nil {
		return nil
	}
	cfg := *s.cfg.Bind
	cfg.Notes = &bind.Notes{}
	cfg.Actor = s.actor
	// Policies name their table, whatever it is called in this statement.
	alias := b.rel.Alias
	b.rel.Alias = b.rel.Table.Name
	e, err := bind.Policy(&cfg, b.rel, x)
	b.rel.Alias = alias
	if err != nil {
		s.err = err
		return nil
	}
	// A policy reads its own row's columns whether the actor may select them or not.
	uses := slices.DeleteFunc(cfg.Notes.Uses, func(u bind.Use) bool { return u.Table == b.rel.Table && u.Actor == b.rel.Actor })
	s.asks = append(s.asks, ask{uses, cfg.Notes.Calls})
	if !reads(e) {
		return s.expr(e)
	}
	for _, t := range s.inside {
		if t == b.rel.Table {
			s.err = fault.SQL("42P17", "infinite recursion detected in policy for relation \"%s\"", t.Name)
			return nil
		}
	}
	s.inside = append(s.inside, b.rel.Table)
	e = s.expr(e)
	s.inside = s.inside[:len(s.inside)-1]
	return e
}

// reads reports whether x holds a subquery or calls a user's function, which may.
func reads(x bind.Expr) bool {
	switch x.(type) {
	case *bind.Sub, *bind.UserCall:
		return true
	}
	found := false
	EachExpr(x, func(c bind.Expr) bind.Expr {
		found = found || reads(c)
		return c
	})
	return found
}

// permissive combines one side of permissive policies, of which any lets a row through;
// nil where there is none.
// Beside one that always does, the others are bound, for they must not lead back to
// their table, but neither run nor ask for a privilege.
func (b *binder) permissive(set policySet, side func(*catalog.Policy) pgsql.Expr) bind.Expr {
	var some []bind.Expr
	var always bind.Expr
	before := len(b.s.asks)
	for _, p := range set.permissive {
		if x := side(p); x != nil {
			e := b.bind(x)
			if isTrue(e) {
				always = e
			}
			some = append(some, e)
		}
	}
	if always != nil {
		b.s.asks = b.s.asks[:before]
		return always
	}
	return or(some...)
}

func isTrue(x bind.Expr) bool {
	c, ok := x.(*bind.Const)
	return ok && c.Val.True()
}

// using combines USING of a set: all restrictive ones and any permissive one.
func (b *binder) using(set policySet) bind.Expr {
	some := b.permissive(set, using)
	if some == nil {
		return never()
	}
	var all []bind.Expr
	for _, p := range set.restrictive {
		if p.Using != nil {
			all = append(all, b.bind(p.Using))
		}
	}
	return and(append(all, some)...)
}

func never() bind.Expr { return &bind.Const{Val: value.Truth(false), T: value.TBool} }

// and joins conditions; nil ones are left out.
func and(xs ...bind.Expr) bind.Expr { return logic(false, xs) }

func or(xs ...bind.Expr) bind.Expr { return logic(true, xs) }

func logic(isOr bool, xs []bind.Expr) bind.Expr {
	var args []bind.Expr
	for _, x := range xs {
		if x != nil {
			args = append(args, x)
		}
	}
	switch len(args) {
	case 0:
		return nil
	case 1:
		return args[0]
	}
	return &bind.Logic{Or: isOr, Args: args}
}
