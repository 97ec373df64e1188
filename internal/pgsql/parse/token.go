package parse

import "github.com/plinth-dev/plinth/internal/pgsql/lex"

// The lexer's names, short, since nearly every line here speaks of tokens.
type token = lex.Token

const (
	tEOF    = lex.EOF
	tIdent  = lex.Word
	tQuoted = lex.Quoted
	tStr    = lex.String
	tBits   = lex.Bits
	tNum    = lex.Number
	tParam  = lex.Param
	tOp     = lex.Symbol

	kwNone       = lex.None
	kwUnreserved = lex.Unreserved
	kwColumn     = lex.Column
	kwFunc       = lex.Func
	kwReserved   = lex.Reserved

	precOr      = lex.PrecOr
	precAnd     = lex.PrecAnd
	precNot     = lex.PrecNot
	precIs      = lex.PrecIs
	precCompare = lex.PrecCompare
	precRange   = lex.PrecRange
	precOp      = lex.PrecOp
	precAt      = lex.PrecAt
	precCollate = lex.PrecCollate
	precUnary   = lex.PrecUnary
	precCast    = lex.PrecCast
	precAdd     = lex.PrecAdd
	precMul     = lex.PrecMul
	precPow     = lex.PrecPow
)
