package tree

// Implies reports whether each conjunct of want stands in got.
func Implies(got, want Expr) bool {
	have := conjuncts(got)
	for _, w := range conjuncts(want) {
		if !AnySame(have, w) {
			return false
		}
	}
	return true
}

func conjuncts(x Expr) []Expr {
	if l, ok := x.(*Logic); ok && !l.Or {
		return l.Args
	}
	return []Expr{x}
}

// AnySame reports whether one of xs is the same expression as x.
func AnySame(xs []Expr, x Expr) bool {
	for _, y := range xs {
		if Same(x, y) {
			return true
		}
	}
	return false
}
