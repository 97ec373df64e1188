package policy

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
)

// Volatile reports whether a tree calls anything that may change from row to row or
// have an effect: a volatile builtin, or a user's function that is not declared
// stable or immutable.
func Volatile(tree any) bool {
	if st, ok := tree.(*bind.Stmt); ok {
		return Volatile(st.Query) || Volatile(st.Write)
	}
	found := false
	bind.Walk(tree, func(n any) bool {
		switch n := n.(type) {
		case *bind.Call:
			found = found || n.Fn.Volatility == builtin.Volatile
		case *bind.UserCall:
			found = found || n.Fn.Volatility != "stable" && n.Fn.Volatility != "immutable"
		case *bind.FuncCall:
			found = found || n.User != nil && n.User.Volatility != "stable" && n.User.Volatility != "immutable"
			found = found || n.Set != nil && n.Set.Volatility == builtin.Volatile
		}
		return !found
	})
	return found
}
