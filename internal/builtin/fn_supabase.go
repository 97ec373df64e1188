package builtin

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnSupabase returns the functions that policies use: auth.uid() and its kin.
func fnSupabase() []*Func {
	one := sig(tText)
	return []*Func{
		{Schema: "auth", Name: "uid", Ret: tUUID, Volatility: Stable, Raises: true, Eval: authUID},
		{Schema: "auth", Name: "role", Ret: tText, Volatility: Stable, Eval: authClaim("role")},
		{Schema: "auth", Name: "email", Ret: tText, Volatility: Stable, Eval: authClaim("email")},
		{Schema: "auth", Name: "jwt", Ret: tJSONB, Volatility: Stable, Raises: true, Eval: authJWT},
		{Schema: "storage", Name: "foldername", Args: one, Ret: tTexts, Eval: folderName},
		{Schema: "storage", Name: "filename", Args: one, Ret: tText, Eval: textText(fileName)},
		{Schema: "storage", Name: "extension", Args: one, Ret: tText, Eval: textText(extension)},
		{Schema: "realtime", Name: "topic", Ret: tText, Volatility: Stable, Eval: realtimeTopic},
	}
}

// authClaim reads a claim; "" counts as none.
func authClaim(name string) evalFunc {
	return func(c *Call, _ []value.Value) (value.Value, error) {
		if s, ok := c.Env.Settings["request.jwt.claim."+name]; ok && s != "" {
			return value.Str(s), nil
		}
		return strIf(claim(c.Env.claims(), name))
	}
}

// claims is request.jwt.claims, which set_config may have changed.
func (e *Env) claims() string {
	if s, ok := e.Settings["request.jwt.claims"]; ok {
		return s
	}
	return e.Claims
}

func authUID(c *Call, _ []value.Value) (value.Value, error) {
	by := [2]string{c.Env.Settings["request.jwt.claim.sub"], c.Env.claims()}
	if by == c.Env.caller.by {
		return c.Env.caller.id, nil
	}
	v, err := authClaim("sub")(c, nil)
	if err == nil && !v.IsNull() {
		v, err = value.Parse(tUUID, v.S, c.env())
	}
	if err == nil {
		c.Env.caller.by, c.Env.caller.id = by, v
	}
	return v, err
}

func authJWT(c *Call, _ []value.Value) (value.Value, error) {
	s := c.Env.claims()
	if s == "" {
		return null, nil
	}
	return value.Parse(tJSONB, s, c.env())
}

func realtimeTopic(c *Call, _ []value.Value) (value.Value, error) {
	s, ok := c.Env.Settings["realtime.topic"]
	return strIf(s, ok && s != "")
}

func folderName(_ *Call, a []value.Value) (value.Value, error) {
	parts := strings.Split(a[0].S, "/")
	return textList(parts[:len(parts)-1]), nil
}

func fileName(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// extension is what follows the last point, or the whole name.
func extension(s string) string {
	f := fileName(s)
	return f[strings.LastIndexByte(f, '.')+1:]
}

// fnMisc returns sequences, locks and what else apps' SQL happens to call.
func fnMisc() []*Func {
	seq := func(f func(s Sequences, a []value.Value) (int64, error)) evalFunc {
		return func(c *Call, a []value.Value) (value.Value, error) {
			if c.Env.Sequence == nil {
				return null, fault.SQL("25006", "cannot execute nextval() in a read-only transaction")
			}
			i, err := f(c.Env.Sequence, a)
			if err != nil {
				return null, err
			}
			return value.Int(i), nil
		}
	}
	next := seq(func(s Sequences, a []value.Value) (int64, error) { return s.NextVal(a[0].S) })
	curr := seq(func(s Sequences, a []value.Value) (int64, error) { return s.CurrVal(a[0].S) })
	set := seq(func(s Sequences, a []value.Value) (int64, error) {
		return s.SetVal(a[0].S, a[1].I, len(a) < 3 || a[2].True())
	})
	var out []*Func
	for _, t := range sig(tRegclass, tText) {
		out = append(out,
			&Func{Name: "nextval", Args: sig(t), Ret: tInt8, Volatility: Volatile, Raises: true, Eval: next},
			&Func{Name: "currval", Args: sig(t), Ret: tInt8, Volatility: Volatile, Raises: true, Eval: curr},
			&Func{Name: "setval", Args: sig(t, tInt8), Ret: tInt8, Volatility: Volatile, Raises: true, Eval: set},
			&Func{Name: "setval", Args: sig(t, tInt8, tBool), Ret: tInt8, Volatility: Volatile, Raises: true, Eval: set})
	}
	last := seq(func(s Sequences, _ []value.Value) (int64, error) { return s.LastVal() })
	out = append(out, &Func{Name: "lastval", Ret: tInt8, Volatility: Volatile, Raises: true, Eval: last},
		&Func{Name: "pg_get_serial_sequence", Args: sig(tText, tText), Ret: tText, Volatility: Stable, Raises: true, Eval: serialSequence})
	done := constant(value.Str(""))
	for _, n := range []string{"pg_advisory_xact_lock", "pg_advisory_xact_lock_shared", "pg_advisory_lock",
		"pg_advisory_lock_shared"} {
		out = append(out, &Func{Name: n, Args: sig(tInt8), Ret: tVoid, Volatility: Volatile, Eval: done},
			&Func{Name: n, Args: sig(tInt4, tInt4), Ret: tVoid, Volatility: Volatile, Eval: done})
	}
	for _, n := range []string{"pg_try_advisory_xact_lock", "pg_try_advisory_lock", "pg_advisory_unlock",
		"pg_try_advisory_xact_lock_shared", "pg_try_advisory_lock_shared", "pg_advisory_unlock_shared"} {
		out = append(out, &Func{Name: n, Args: sig(tInt8), Ret: tBool, Volatility: Volatile, Eval: constant(value.Truth(true))},
			&Func{Name: n, Args: sig(tInt4, tInt4), Ret: tBool, Volatility: Volatile, Eval: constant(value.Truth(true))})
	}
	return append(out, fnRefused()...)
}

func serialSequence(c *Call, a []value.Value) (value.Value, error) {
	if c.Env.Sequence == nil {
		return null, fault.SQL("25006", "cannot read a sequence's owner here")
	}
	name, err := c.Env.Sequence.OwnedBy(a[0].S, a[1].S)
	if err != nil || name == "" {
		return null, err
	}
	return value.Str(name), nil
}

func fnRefused() []*Func {
	refuse := func(*Call, []value.Value) (value.Value, error) {
		return null, fault.SQL("0A000", "pg_sleep is not supported").
			WithHint("A sleeping statement would hold up all others.")
	}
	count := func(want bool) evalFunc {
		return func(_ *Call, a []value.Value) (value.Value, error) {
			n := int64(0)
			for _, v := range a {
				if v.IsNull() == want {
					n++
				}
			}
			return value.Int(n), nil
		}
	}
	return []*Func{
		{Name: "pg_notify", Args: sig(tText, tText), Ret: tVoid, NotStrict: true, Volatility: Volatile, Eval: constant(value.Str(""))},
		{Name: "pg_sleep", Args: sig(tFloat8), Ret: tVoid, Volatility: Volatile, Raises: true, Eval: refuse},
		{Name: "num_nulls", Args: sig(tAny), Variadic: true, Ret: tInt4, NotStrict: true, Eval: count(true)},
		{Name: "num_nonnulls", Args: sig(tAny), Variadic: true, Ret: tInt4, NotStrict: true, Eval: count(false)},
	}
}
