package refuse

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/cursor"
	"github.com/plinth-dev/plinth/internal/pgsql/lex"
)

// ways are ways out of statements, by their first words.
var ways = []struct{ kind, wayOut string }{
	{"merge", "Write insert … on conflict … do update, or an update … from and an insert … where not exists."},
	{"copy", "Insert the rows; pg_dump --inserts writes them so. Clients load rows over the API."},
	{"explain", "Ask for the plan over the API (docs/data-api.md)."},
	{"lock", "Leave it out: one transaction writes at a time here."},
	{"prepare transaction", "Leave it out: a migration is one transaction."},
	{"prepare", "Write a function, or the statement itself."},
	{"execute", "Write a function, or the statement itself."},
	{"deallocate", "Write a function, or the statement itself."},
	{"declare", "Declare the cursor in PL/pgSQL."},
	{"fetch", "Declare the cursor in PL/pgSQL."},
	{"move", "Declare the cursor in PL/pgSQL."},
	{"close", "Declare the cursor in PL/pgSQL."},
	{"create aggregate", "Write a function over an array, and call it with array_agg(x)."},
	{"create operator", "Write a function, and call it by its name."},
	{"create rule", "Write a trigger: INSTEAD OF on a view, BEFORE on a table."},
	{"create collation", "Text is compared by bytes here: sort by lower(x), or by a column that holds what is to be sorted by."},
	{"create conversion", "Text is UTF-8 here: write convert_from and convert_to."},
	{"create default conversion", "Text is UTF-8 here: write convert_from and convert_to."},
	{"create assertion", "Write check constraints, or a constraint trigger that raises."},
	{"create event trigger", "Do in the migration what the trigger would do."},
	{"create table of type", "Give the table the columns itself."},
	{"create text search", "Use a configuration that is there: simple, english, german …"},
	{"import foreign schema", "A function reaches nothing outside its database here: copy the rows with a client."},
	{"create foreign", "A function reaches nothing outside its database here: copy the rows with a client."},
	{"create server", "A function reaches nothing outside its database here: copy the rows with a client."},
	{"create user mapping", "A function reaches nothing outside its database here: copy the rows with a client."},
	{"alter type", "Create a new type, change the columns with alter table … type … using, and drop the old one."},
	{"alter role all", "Set it for the role that asks: alter role authenticated set …."},
	{"alter group", "Write grant role to member."},
	{"alter table", "Leave the action out where it says how Postgres stores the table; otherwise create the table anew and move the rows."},
	{"load", "Leave it out: functions are written in sql or plpgsql."},
	{"create language", "Write the functions in sql or plpgsql."},
	{"create trusted", "Write the functions in sql or plpgsql."},
	{"create procedural language", "Write the functions in sql or plpgsql."},
}

// Statement returns the way out of a statement that the tree has no place for: kind
// are its first words.
func Statement(kind string) string {
	for _, w := range ways {
		if kind == w.kind || strings.HasPrefix(kind, w.kind+" ") {
			return w.wayOut
		}
	}
	return "Remove the statement, or run it on Postgres only."
}

// Setting refuses the statements that begin with SET and set nothing here.
func Setting(c *cursor.Cursor) {
	switch {
	case c.Is("xml", "option"):
		c.Refuse(c.At(), "Keep XML as text and read it outside the database.", "SET XML OPTION is not supported")
	case c.Is("catalog") && !c.Peek(1).IsOp("=") && !c.Peek(1).IsWord("to") && !c.Peek(1).IsOp("."):
		c.Refuse(c.At(), "Leave it out: a project is one database.", "current database cannot be changed")
	}
}

// Grant refuses what GRANT and REVOKE may say of a membership since Postgres 16.
func Grant(c *cursor.Cursor) {
	if c.Is("inherit", "option", "for") || c.Is("set", "option", "for") {
		c.Refuse(c.At(), "Revoke the role.", "REVOKE … OPTION FOR is supported for GRANT and ADMIN only")
	}
}

// GrantOn refuses the kinds of objects that there are none of here.
func GrantOn(c *cursor.Cursor) {
	kinds := map[string]string{"foreign": "foreign servers and wrappers", "large": "large objects", "parameter": "parameters"}
	c.Refuse(c.At(), "Leave the statement out, or run it on Postgres only.", "GRANT on %s is not supported", kinds[c.Cur().Val])
}

// Merge refuses MERGE as a part of another statement.
func Merge(c *cursor.Cursor) {
	c.Refuse(c.At(), Statement("merge"), "MERGE is not supported")
}

// CopyIn refuses COPY … FROM stdin, since its data is not SQL and would be met as a
// syntax error far from the cause.
func CopyIn(c *cursor.Cursor) {
	for n := 1; ; n++ {
		t := c.Peek(n)
		if t.Kind == lex.EOF || t.IsOp(";") {
			return
		}
		if t.IsWord("from") && c.Peek(n+1).IsWord("stdin") {
			c.Refuse(c.At(), "Dump the data with pg_dump --inserts.", "COPY … FROM stdin is not supported")
		}
	}
}

// AlterPolicy refuses ALTER POLICY IF EXISTS.
func AlterPolicy(c *cursor.Cursor) {
	if c.Is("if", "exists") {
		c.Refuse(c.At(), "Drop the policy if it exists, and create it again.", "ALTER POLICY IF EXISTS is not supported")
	}
}

// ZoneFields refuses the fields behind SET TIME ZONE INTERVAL '…'.
func ZoneFields(c *cursor.Cursor) {
	if c.IsAny("hour", "minute") != "" {
		c.Refuse(c.At(), "Write a zone's name.", "SET TIME ZONE INTERVAL with fields is not supported")
	}
}
