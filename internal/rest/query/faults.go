package query

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Bounds on what a query string may hold.
const (
	MaxURL     = 32 << 10
	MaxDepth   = 8
	MaxFilters = 200
	MaxItems   = 500
	MaxEmbeds  = 40 // SQLite joins at most 64 tables, an embed over a junction takes two in its own query
	MaxTerms   = 100
	MaxSteps   = 64
)

var (
	errURLTooLong = fault.New(fault.TooLarge, "PLR001", "The query string is too long").
			WithDetail("A query string may have at most 32768 bytes.").
			WithHint("Send long filters in the body of a call to a function.")
	errDepth = fault.New(fault.Invalid, "PLR002", "The query is nested too deeply").
			WithDetail("Embeds and logic trees may be nested at most 8 levels deep.").
			WithHint("Split the query, or use a view or a function.")
	errFilters = fault.New(fault.Invalid, "PLR003", "The query has too many filters").
			WithDetail("A query may have at most 200 filters and tree nodes.").
			WithHint("Use in.(…) or a function for long lists of conditions.")
	errItems = fault.New(fault.Invalid, "PLR004", "The select list is too long").
			WithDetail("A select list may have at most 500 items, those of embeds included.").
			WithHint("Use * for every column.")
	errEmbeds = fault.New(fault.Invalid, "PLR005", "The query has too many embeds").
			WithDetail("A query may embed at most 40 resources.").
			WithHint("Split the query, or use a view or a function.")
	errTerms = fault.New(fault.Invalid, "PLR006", "The order list is too long").
			WithDetail("A query may order by at most 100 terms, those of embeds included.").
			WithHint("Order by the few terms that tell rows apart.")
	errSteps = fault.New(fault.Invalid, "PLR007", "The JSON path is too long").
			WithDetail("A JSON path may have at most 64 steps.").
			WithHint("Use a function, or a generated column.")
	errNul = fault.New(fault.Invalid, "PGRST100", "The query string holds a NUL character").
		WithDetail("Text can't hold the character U+0000.")
)

// syntax is PostgREST's parse error: what names the part, shown is its text, in
// is what was read.
func syntax(what, shown, in string, err *bad) *fault.Error {
	if err.limit != nil {
		return err.limit
	}
	pos := err.pos
	unexpected := "end of input"
	if pos < len(in) {
		r, _ := utf8.DecodeRuneInString(in[pos:])
		unexpected = strconv.Quote(string(r))
		if strings.HasSuffix(err.expect, "end of input") { // PostgREST shows a character there
			unexpected = strconv.QuoteRune(r)
		}
	} else {
		pos = len(in)
	}
	col := utf8.RuneCountInString(in[:pos]) + 1
	return fault.Newf(fault.Invalid, "PGRST100", "\"failed to parse %s (%s)\" (line 1, column %d)", what, shown, col).
		WithDetail("unexpected " + unexpected + " expecting " + err.expect)
}
