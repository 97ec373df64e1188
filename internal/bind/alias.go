package bind

import (
	"github.com/plinth-dev/plinth/internal/bind/overload"
	"github.com/plinth-dev/plinth/internal/bind/tree"
	"github.com/plinth-dev/plinth/internal/value"
)

// The typed tree, under the names that its users know.
type (
	Expr       = tree.Expr
	Const      = tree.Const
	Param      = tree.Param
	Var        = tree.Var
	Col        = tree.Col
	WholeRow   = tree.WholeRow
	Call       = tree.Call
	UserCall   = tree.UserCall
	Agg        = tree.Agg
	Logic      = tree.Logic
	Not        = tree.Not
	Is         = tree.Is
	IsDistinct = tree.IsDistinct
	In         = tree.In
	Case       = tree.Case
	Coalesce   = tree.Coalesce
	MinMax     = tree.MinMax
	Cast       = tree.Cast
	Array      = tree.Array
	RowExpr    = tree.RowExpr
	Index      = tree.Index
	Slice      = tree.Slice
	Field      = tree.Field
	AnyAll     = tree.AnyAll
	Sub        = tree.Sub
	Out        = tree.Out
	Default    = tree.Default
	When       = tree.When
	Sort       = tree.Sort
	Window     = tree.Window
	Query      = tree.Query
	Target     = tree.Target
	CTE        = tree.CTE
	From       = tree.From
	RelKind    = tree.RelKind
	Rel        = tree.Rel
	FuncCall   = tree.FuncCall
	Join       = tree.Join
	Write      = tree.Write
	Conflict   = tree.Conflict
	Assign     = tree.Assign
	Stmt       = tree.Stmt
	Use        = tree.Use
)

// The kinds of Rel.
const (
	RelTable = tree.RelTable
	RelQuery = tree.RelQuery
	RelCTE   = tree.RelCTE
	RelFunc  = tree.RelFunc
	RelRow   = tree.RelRow
)

// Walk is tree.Walk: f sees e and everything below it, parents first.
func Walk(e any, f func(any) bool) { tree.Walk(e, f) }

// Rewrite is tree.Rewrite: f on every expression, children first.
func Rewrite(e Expr, f func(Expr) Expr) Expr { return tree.Rewrite(e, f) }

// RewriteQuery is Rewrite for a query.
func RewriteQuery(q *Query, f func(Expr) Expr) *Query { return tree.RewriteQuery(q, f) }

// RewriteWrite is Rewrite for a write.
func RewriteWrite(w *Write, f func(Expr) Expr) *Write { return tree.RewriteWrite(w, f) }

// Short names of package overload.
type (
	candidate = overload.Candidate
	verdict   = overload.Verdict
	poly      = overload.Poly
)

const (
	found          = overload.Found
	notFound       = overload.NotFound
	ambiguous      = overload.Ambiguous
	castImplicit   = overload.CastImplicit
	castAssignment = overload.CastAssignment
	castExplicit   = overload.CastExplicit
)

func castClass(from, to *value.Type) int   { return overload.CastClass(from, to) }
func isPseudo(t *value.Type) bool          { return overload.IsPseudo(t) }
func isUnknown(t *value.Type) bool         { return overload.IsUnknown(t) }
func implicit(from, to *value.Type) bool   { return overload.Implicit(from, to) }
func category(t *value.Type) byte          { return overload.Category(t) }
func preferred(t *value.Type) bool         { return overload.Preferred(t) }
func unmodified(t *value.Type) *value.Type { return overload.Unmodified(t) }
func same(a, b Expr) bool                  { return tree.Same(a, b) }
func anySame(xs []Expr, x Expr) bool       { return tree.AnySame(xs, x) }

func polymorph(sig, args []*value.Type) (poly, bool) { return overload.Polymorph(sig, args) }
func exact(sig, args []*value.Type) bool             { return overload.Exact(sig, args) }

func choose(cands []candidate, args []*value.Type) (candidate, verdict) {
	return overload.Choose(cands, args)
}

func expand(sig []*value.Type, variadic bool, optional, n int) ([]*value.Type, bool) {
	return overload.Expand(sig, variadic, optional, n)
}
