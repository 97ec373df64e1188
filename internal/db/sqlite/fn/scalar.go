package fn

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// Sig is the signature of a function given to SQLite.
type Sig struct {
	Args     []*value.Type
	Ret      *value.Type
	Strict   bool
	Volatile bool
}

// Eval is a function's body.
type Eval func(st *State, args []value.Value) (value.Value, error)

// Custom returns a function of its own name.
func Custom(name string, sig Sig, eval Eval) Need {
	return Need{Name: name, Register: func(c *lite.Conn, st *State) error {
		return c.CreateFunction(name, len(sig.Args), !sig.Volatile, func(r lite.Result, a lite.Args) {
			args := make([]value.Value, len(sig.Args))
			for i, t := range sig.Args {
				v, err := load(a, i, t)
				if err != nil {
					r.Error(err)
					return
				}
				if sig.Strict && v.IsNull() {
					return
				}
				args[i] = v
			}
			v, err := eval(st, args)
			if err != nil {
				r.Error(fault.From(err))
				return
			}
			give(r, sig.Ret, v)
		})
	}}
}

// Scalar returns a builtin function or operator for resolved types.
func Scalar(f *builtin.Func, args []*value.Type, ret *value.Type) Need {
	sig := Sig{Args: args, Ret: ret, Strict: !f.NotStrict, Volatile: f.Volatility == builtin.Volatile}
	return Custom(name("f_", f.Name, append(args[:len(args):len(args)], ret)...), sig,
		func(st *State, vals []value.Value) (value.Value, error) {
			return f.Eval(&builtin.Call{Env: st.Env, Args: args, Ret: ret}, vals)
		})
}

// Cast returns the conversion between two types.
func Cast(from, to *value.Type, ctx value.CastContext) Need {
	n := name("c"+string(rune('0'+int(ctx)))+"_", "", from, to)
	sig := Sig{Args: []*value.Type{from}, Ret: to, Strict: to.Kind != value.Domain}
	return Custom(n, sig, func(st *State, vals []value.Value) (value.Value, error) {
		return value.Cast(from, to, vals[0], ctx, st.Env.Value())
	})
}

// User returns a call of a user's function.
func User(f *catalog.Function, args []*value.Type, ret *value.Type) Need {
	sig := Sig{Args: args, Ret: ret, Strict: f.Strict, Volatile: true}
	return Custom(name("u_", routine(f), args...), sig,
		func(st *State, vals []value.Value) (value.Value, error) {
			if st.Call == nil {
				return value.Value{}, fault.SQL("0A000", "function %s.%s can't be called here", f.Schema, f.Name).
					WithHint("Write it in language sql with a single SELECT.")
			}
			return within(st, func() (value.Value, error) { return st.Call(f, vals) })
		})
}

// JSON returns a value's to_json form as text, "null" for NULL.
func JSON(t *value.Type) Need {
	sig := Sig{Args: []*value.Type{t}, Ret: value.TText}
	return Custom(name("j_", "", t), sig, func(st *State, vals []value.Value) (value.Value, error) {
		return value.Str(string(value.AppendJSON(nil, t, vals[0], zoneOf(st.Env)))), nil
	})
}

// Text returns a value's text form.
func Text(t *value.Type) Need {
	sig := Sig{Args: []*value.Type{t}, Ret: value.TText, Strict: true}
	return Custom(name("t_", "", t), sig, func(st *State, vals []value.Value) (value.Value, error) {
		return value.Str(value.TextOf(t, vals[0], zoneOf(st.Env))), nil
	})
}

// RaiseName is the function that raises State.Raised[n].
const RaiseName = "plinth_raise"

// SingleName is the aggregate behind a scalar subquery: its only row's value.
const SingleName = "plinth_single"

var raise = Need{Name: RaiseName, Register: func(c *lite.Conn, st *State) error {
	return c.CreateFunction(RaiseName, 1, false, func(r lite.Result, a lite.Args) {
		i := int(a.Int(0))
		if i < len(st.Raised) {
			r.Error(st.Raised[i])
		}
	})
}}

// Node returns a function that is called with NULLs too, named by what it is and its types.
func Node(what string, sig Sig, eval Eval) Need {
	return Custom(name("n_", what, append(sig.Args[:len(sig.Args):len(sig.Args)], sig.Ret)...), sig, eval)
}
