package bind

import (
	"hash/fnv"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// concrete returns f as it is for these arguments, one per parameter: a function of
// anyelement has an interpretation for each type, and an id of its own for each, below
// zero, by which its compiled statements are told apart.
func concrete(f *catalog.Function, args []Expr) *catalog.Function {
	in := f.InArgs()
	var sig, got []*value.Type
	for i, a := range in[:min(len(in), len(args))] {
		sig, got = append(sig, a.Type), append(got, args[i].Type())
	}
	p, ok := polymorph(sig, got)
	if !ok || !p.Any {
		return f
	}
	n := *f
	n.Args, n.OutCols = slices.Clone(f.Args), slices.Clone(f.OutCols)
	h := fnv.New64a()
	for i := range n.Args {
		n.Args[i].Type = p.Actual(n.Args[i].Type)
		_, _ = h.Write([]byte(typeName(n.Args[i].Type) + ",")) // it never fails
	}
	for i := range n.OutCols {
		n.OutCols[i].Type = p.Actual(n.OutCols[i].Type)
	}
	n.Returns = p.Actual(n.Returns)
	n.ID = -(f.ID<<32 | int(h.Sum64()&0xffffffff))
	return &n
}

// polymorphic reports whether a function has parameters of any type: its body means
// nothing before it is called.
func polymorphic(f *catalog.Function) bool {
	return slices.ContainsFunc(f.Args, func(a catalog.Arg) bool {
		switch a.Type.Kind {
		case value.AnyElement, value.AnyArray, value.AnyEnum:
			return true
		}
		return false
	})
}
