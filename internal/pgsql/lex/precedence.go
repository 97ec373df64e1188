package lex

// Postgres' precedence, from loose to tight.
const (
	PrecOr = iota + 1
	PrecAnd
	PrecNot
	PrecIs
	PrecCompare
	PrecRange // between, in, like: above comparison, below other operators
	PrecOp
	PrecAdd
	PrecMul
	PrecPow
	PrecAt
	PrecCollate
	PrecUnary
	PrecCast
	PrecPrimary
)

// Infix returns the precedence of a symbol as an infix operator, 0 if it is none.
func Infix(op string) int {
	switch op {
	case "=", "<", ">", "<=", ">=", "<>":
		return PrecCompare
	case "+", "-":
		return PrecAdd
	case "*", "/", "%":
		return PrecMul
	case "^":
		return PrecPow
	case "::":
		return PrecCast
	case "(", ")", "[", "]", ",", ";", ".", ":", ":=", "..", "=>", "`":
		return 0
	}
	return PrecOp
}
