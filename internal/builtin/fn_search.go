package builtin

import (
	"github.com/plinth-dev/plinth/internal/builtin/textsearch"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
	"github.com/plinth-dev/plinth/internal/value/tsearch"
)

// fnSearch are the functions of full-text search; a configuration is named by text.
func fnSearch(queries *textsearch.Queries) []*Func {
	vec, qry := value.TTSVector, value.TTSQuery
	var out []*Func
	add := func(name string, arg, ret *value.Type, f func(cfg, text string) (string, error)) {
		with := func(c *Call, a []value.Value) (value.Value, error) { return strOr(f(a[0].S, a[1].S)) }
		bare := func(c *Call, a []value.Value) (value.Value, error) { return strOr(f("", a[0].S)) }
		out = append(out, &Func{Name: name, Args: sig(tText, arg), Ret: ret, Raises: true, Eval: with},
			&Func{Name: name, Args: sig(arg), Ret: ret, Raises: true, Volatility: Stable, Eval: bare})
	}
	add("to_tsvector", tText, vec, textsearch.Vector)
	add("to_tsvector", tJSONB, vec, textsearch.JSONVector)
	add("to_tsvector", tJSON, vec, textsearch.JSONVector)
	add("to_tsquery", tText, qry, textsearch.Query)
	add("plainto_tsquery", tText, qry, textsearch.Plain)
	add("phraseto_tsquery", tText, qry, textsearch.Phrase)
	add("websearch_to_tsquery", tText, qry, textsearch.Web)
	return append(append(out, rankings("ts_rank", queries.Rank)...),
		&Func{Name: "strip", Args: sig(vec), Ret: vec, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return strOr(textsearch.Strip(a[0].S))
		}},
		&Func{Name: "setweight", Args: sig(vec, tText), Ret: vec, Raises: true, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return strOr(textsearch.SetWeight(a[0].S, a[1].S))
		}},
		&Func{Name: "length", Args: sig(vec), Ret: tInt4, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			l, err := tsearch.ParseVector(a[0].S)
			return value.Int(int64(len(l))), err
		}},
		&Func{Name: "numnode", Args: sig(qry), Ret: tInt4, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			n, err := textsearch.Nodes(a[0].S)
			return value.Int(int64(n)), err
		}},
		&Func{Name: "tsquery_phrase", Args: sig(qry, qry, tInt4), Optional: 1, Ret: qry, Raises: true, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			far := int64(1)
			if len(a) > 2 {
				far = a[2].I
			}
			return strOr(textsearch.Behind(a[0].S, a[1].S, far))
		}})
}

// opSearch are the operators of full-text search.
func opSearch(queries *textsearch.Queries) []*Func {
	vec, qry := value.TTSVector, value.TTSQuery
	match := func(l, r *value.Type, v, q int) *Func {
		return &Func{Name: "@@", Args: sig(l, r), Ret: tBool, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			ok, err := queries.Match(a[v].S, a[q].S)
			return value.Truth(ok), err
		}}
	}
	return []*Func{match(vec, qry, 0, 1), match(qry, vec, 1, 0),
		opQuery("&&", textsearch.And), opQuery("||", textsearch.Or), opQuery("<->", textsearch.Then),
		{Name: "!!", Args: sig(qry), Ret: qry, Eval: func(_ *Call, a []value.Value) (value.Value, error) { return strOr(textsearch.Not(a[0].S)) }},
		{Name: "@@", Args: sig(tText, qry), Ret: tBool, Volatility: Stable, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			v, err := textsearch.Vector("", a[0].S)
			if err != nil {
				return null, err
			}
			ok, err := queries.Match(v, a[1].S)
			return value.Truth(ok), err
		}},
		{Name: "@@", Args: sig(tText, tText), Ret: tBool, Volatility: Stable, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			v, err := textsearch.Vector("", a[0].S)
			if err != nil {
				return null, err
			}
			q, err := textsearch.Plain("", a[1].S)
			if err != nil {
				return null, err
			}
			ok, err := queries.Match(v, q)
			return value.Truth(ok), err
		}},
		{Name: "||", Args: sig(vec, vec), Ret: vec, Eval: textsTextE(textsearch.Concat)}}
}

// opQuery is an operator that joins two queries.
func opQuery(name string, f func(a, b string) (string, error)) *Func {
	return &Func{Name: name, Args: sig(value.TTSQuery, value.TTSQuery), Ret: value.TTSQuery, Eval: textsTextE(f)}
}

// rankings are the overloads of a ranking function: with weights or without, and with
// what the rank is divided by or without.
func rankings(name string, rank func(w textsearch.Weights, vector, query string, how int64) (float64, error)) []*Func {
	floats := value.ArrayOf(tFloat4)
	var out []*Func
	for _, args := range [][]*value.Type{{value.TTSVector, value.TTSQuery}, {floats, value.TTSVector, value.TTSQuery}} {
		at := len(args) - 2
		out = append(out, &Func{Name: name, Args: append(args, tInt4), Optional: 1, Ret: tFloat4, Raises: at > 0,
			Eval: func(_ *Call, a []value.Value) (value.Value, error) {
				w, how := textsearch.Usual, int64(0)
				if at > 0 {
					var err error
					if w, err = weightsOf(a[0].L); err != nil {
						return null, err
					}
				}
				if len(a) > at+2 {
					how = a[at+2].I
				}
				r, err := rank(w, a[at].S, a[at+1].S, how)
				return value.Float(float64(float32(r))), err
			}})
	}
	return out
}

func weightsOf(l []value.Value) (textsearch.Weights, error) {
	w := textsearch.Usual
	if len(l) < len(w) {
		return w, fault.SQL("2202E", "array of weight is too short")
	}
	for i := range w {
		switch {
		case l[i].IsNull():
			return w, fault.SQL("22004", "array of weight must not contain nulls")
		case l[i].F > 1:
			return w, fault.SQL("22023", "weight out of range")
		case l[i].F >= 0:
			w[i] = float32(l[i].F)
		}
	}
	return w, nil
}
