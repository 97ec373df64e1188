// Package decimal is the arithmetic of Postgres' numeric on its canonical text: 1.50,
// NaN, -Infinity. Results have the scales that Postgres gives them.
//
// It knows no types and no datums; value is its caller. All of it is pure.
//
//	s, err := decimal.Div("1", "3") // 0.33333333333333333333
package decimal
