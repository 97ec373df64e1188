package builtin

import (
	"github.com/plinth-dev/plinth/internal/builtin/trigram"
	"github.com/plinth-dev/plinth/internal/value"
)

// similar and wordSimilar are the thresholds that pg_trgm begins with.
const (
	similar     = 0.3
	wordSimilar = 0.6
)

func likeness(f func(a, b string) float32) func(*Call, []value.Value) (value.Value, error) {
	return func(_ *Call, a []value.Value) (value.Value, error) {
		return value.Float(float64(f(a[0].S, a[1].S))), nil
	}
}

// fnTrigram are the functions of pg_trgm.
func fnTrigram() []*Func {
	return []*Func{
		{Schema: "extensions", Name: "similarity", Args: sig(tText, tText), Ret: tFloat4, Eval: likeness(trigram.Similarity)},
		{Schema: "extensions", Name: "word_similarity", Args: sig(tText, tText), Ret: tFloat4, Eval: likeness(trigram.WordSimilarity)},
		{Schema: "extensions", Name: "show_trgm", Args: sig(tText), Ret: tTexts, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return textList(trigram.Of(a[0].S)), nil
		}},
	}
}

// opTrigram are its operators.
func opTrigram() []*Func {
	at := func(f func(a, b string) float32, least float32) evalFunc {
		return func(_ *Call, a []value.Value) (value.Value, error) {
			return value.Truth(f(a[0].S, a[1].S) >= least), nil
		}
	}
	far := func(a, b string) float32 { return 1 - trigram.Similarity(a, b) }
	turned := func(a, b string) float32 { return trigram.WordSimilarity(b, a) }
	return []*Func{
		{Name: "%", Args: sig(tText, tText), Ret: tBool, Eval: at(trigram.Similarity, similar)},
		{Name: "<->", Args: sig(tText, tText), Ret: tFloat4, Eval: likeness(far)},
		{Name: "<%", Args: sig(tText, tText), Ret: tBool, Eval: at(trigram.WordSimilarity, wordSimilar)},
		{Name: "%>", Args: sig(tText, tText), Ret: tBool, Eval: at(turned, wordSimilar)},
	}
}
