package pgsql

import (
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/parse"
	"github.com/plinth-dev/plinth/internal/pgsql/print"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// Parse reads a script of statements divided by semicolons.
func Parse(sql string) ([]Stmt, error) { return parse.Script(sql) }

// ParseOne reads exactly one statement; a closing semicolon is allowed.
func ParseOne(sql string) (Stmt, error) { return parse.One(sql) }

// ParseExpr reads one expression.
func ParseExpr(sql string) (Expr, error) { return parse.Expr(sql) }

// ParseType reads the name of a type, with modifiers and array bounds; also
// "setof t", "t.col%type" and "t%rowtype".
func ParseType(sql string) (TypeName, error) { return parse.Type(sql) }

// Located is one statement of a script. SQL is its text without the semicolon and
// Pos its byte offset in the script; positions in Stmt, and Pos of a fault that
// comes with it, count from there.
type Located = parse.Located

// Script yields the statements of a script one by one; a fault comes with the offset of
// the statement that has it. Who goes on gets the statements behind that one's semicolon.
func Script(sql string) iter.Seq2[Located, error] { return parse.Each(sql) }

// LineCol returns the 1-based line and column (in characters) of a byte offset.
func LineCol(text string, offset int) (line, col int) {
	offset = max(0, min(offset, len(text)))
	head := text[:offset]
	start := strings.LastIndexByte(head, '\n') + 1
	return strings.Count(head, "\n") + 1, utf8.RuneCountInString(head[start:]) + 1
}

// Print returns a node as canonical SQL that parses back to an equal tree.
func Print(n Node) string { return print.Print(n) }

// Equal reports whether two trees are the same but for positions. A nil list and an
// empty one are equal.
func Equal(a, b Node) bool { return tree.Equal(a, b) }

// Walk visits n and everything below it, parents first: expressions, queries, items
// of FROM, and the statements' expressions. It does not go below a node for which f
// returns false. Function bodies kept as text are not visited.
func Walk(n Node, f func(Node) bool) { tree.Walk(n, f) }

// QuoteIdent returns a name as SQL: in double quotes only if it needs them, by the
// rule of Postgres' quote_ident.
func QuoteIdent(name string) string { return lex.QuoteIdent(name) }

// QuoteLiteral returns a string literal as SQL.
func QuoteLiteral(s string) string { return lex.QuoteLiteral(s) }

// SettingValues splits the value of a Set, or of a function's SET, into its items
// without quotes: "a, 'B'" is a and B; two quotes are one empty item.
func SettingValues(val string) []string { return lex.SettingValues(val) }
