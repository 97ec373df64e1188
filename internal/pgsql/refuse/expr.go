package refuse

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/cursor"
	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// Is refuses what may stand behind IS [NOT] and has no place in the tree.
func Is(c *cursor.Cursor, at tree.At) {
	switch c.IsAny("document", "json") {
	case "document":
		c.Refuse(at, "Keep XML as text and read it outside the database.", "IS DOCUMENT is not supported")
	case "json":
		c.Refuse(at, "Keep the value in a jsonb column, or write a function that casts it to jsonb and catches invalid_text_representation.",
			"IS JSON is not supported")
	}
}

// Operand refuses the operands of a syntax of their own that begin with word.
func Operand(c *cursor.Cursor, word string) {
	switch next := c.Peek(1); {
	case word == "unique" && (next.IsOp("(") || next.IsWord("nulls")):
		c.Refuse(c.At(), "Compare count(*) with count(distinct …), or use group by … having count(*) > 1.", "UNIQUE predicate is not yet implemented")
	case word == "collation" && next.IsWord("for"):
		c.Refuse(c.At(), "Text is compared by bytes here: the collation is always \"C\".", "COLLATION FOR is not supported")
	}
}

// Local refuses AT LOCAL.
func Local(c *cursor.Cursor) {
	if c.Is("at", "local") {
		c.Refuse(c.At(), "Write at time zone current_setting('timezone').", "AT LOCAL is not supported")
	}
}

// jsonWays are the functions of SQL/JSON, which Postgres has since 16 or 17, with what
// says the same on every Postgres and here.
var jsonWays = map[string]string{
	"json":           "Write x::json.",
	"json_object":    "Write jsonb_build_object('key', value, …).",
	"json_array":     "Write jsonb_build_array(…), or jsonb_agg in a query.",
	"json_objectagg": "Write jsonb_object_agg(key, value).",
	"json_arrayagg":  "Write jsonb_agg(value).",
	"json_scalar":    "Write to_jsonb(x).",
	"json_serialize": "Write x::text.",
	"json_exists":    "Write x ? 'key', x @> '{…}', or x #> '{a,b}' is not null.",
	"json_value":     "Write x ->> 'key', or x #>> '{a,b}'.",
	"json_query":     "Write x -> 'key', or x #> '{a,b}'.",
	"json_table":     "Write jsonb_to_recordset(x) as t (a int, …), or jsonb_array_elements.",
}

// SQLJSON refuses a call in the syntax of SQL/JSON: id stands before the parenthesis.
// json and json_object are also functions with plain arguments, and a project may have
// one by any of these names.
func SQLJSON(c *cursor.Cursor, at tree.At, id tree.Ident) {
	name := id.Name
	if id.Schema != "" || !strings.HasPrefix(name, "json") || jsonWays[name] == "" || !c.IsOp("(") {
		return
	}
	depth := 0
	for n := range len(c.Toks) - c.I {
		t := c.Peek(n)
		switch {
		case t.IsOp("("), t.IsOp("["):
			depth++
		case t.IsOp(")"), t.IsOp("]"):
			if depth--; depth == 0 {
				return
			}
		case depth == 1 && onlyJSON(c, n):
			c.Refuse(at, jsonWays[name], "the SQL/JSON form of %s is not supported", name)
		}
	}
}

// onlyJSON reports whether the token n ahead can stand there in SQL/JSON alone: a
// query as the argument, or one of its words where an expression has ended.
func onlyJSON(c *cursor.Cursor, n int) bool {
	t, last, next := c.Peek(n), c.Peek(n-1), c.Peek(n+1)
	if n == 1 {
		return t.IsWord("select") || t.IsWord("values") && next.IsOp("(")
	}
	if last.Kind == lex.Symbol && !last.IsOp(")") && !last.IsOp("]") {
		return false
	}
	switch t.Val {
	case ":":
		return t.Kind == lex.Symbol
	case "absent", "columns", "format", "keys", "on", "passing", "returning", "value":
		return t.Kind == lex.Word
	case "with", "without":
		return t.Kind == lex.Word && !next.IsWord("time")
	case "null":
		return t.Kind == lex.Word && next.IsWord("on")
	}
	return false
}

// Setof refuses SETOF in front of a type that is not what a function returns.
func Setof(c *cursor.Cursor) {
	if c.Is("setof") {
		c.Refuse(c.At(), "SETOF stands where a function says what it returns.", "SETOF is not supported here")
	}
}
