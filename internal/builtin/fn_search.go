package builtin

import (
	"github.com/plinth-dev/plinth/internal/builtin/textsearch"
	"github.com/plinth-dev/plinth/internal/value"
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
	return append(out,
		&Func{Name: "strip", Args: sig(vec), Ret: vec, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return strOr(textsearch.Strip(a[0].S))
		}},
		&Func{Name: "setweight", Args: sig(vec, tText), Ret: vec, Raises: true, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return strOr(textsearch.SetWeight(a[0].S, a[1].S))
		}},
		&Func{Name: "ts_rank", Args: sig(vec, qry), Ret: tFloat4, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			r, err := queries.Rank(a[0].S, a[1].S)
			return value.Float(float64(float32(r))), err
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
		{Name: "||", Args: sig(vec, vec), Ret: vec, Eval: textsTextE(textsearch.Concat)}}
}
