package builtin

import (
	"github.com/plinth-dev/plinth/internal/builtin/pattern"
	"github.com/plinth-dev/plinth/internal/value"
)

// opRegexp returns ~ and its kin.
func opRegexp(rx *pattern.Memo) []*Func {
	var out []*Func
	for _, op := range []struct {
		symbol    string
		fold, not bool
	}{{"~", false, false}, {"~*", true, false}, {"!~", false, true}, {"!~*", true, true}} {
		for _, t := range sig(tText, tName, tBpchar, tCitext) {
			fold := op.fold || t == tCitext
			right := tText
			if t == tCitext {
				right = t
			}
			out = append(out, &Func{Name: op.symbol, Args: sig(t, right), Ret: tBool, Raises: true,
				Eval: func(_ *Call, a []value.Value) (value.Value, error) {
					re, err := rx.Compile(a[1].S, pattern.Flags{Fold: fold})
					if err != nil {
						return null, err
					}
					return value.Truth(re.MatchString(a[0].S) != op.not), nil
				}})
		}
	}
	return out
}
