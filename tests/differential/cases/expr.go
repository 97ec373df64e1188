package cases

import (
	"fmt"
	"strings"
)

// ref is something in scope.
type ref struct {
	sql, typ string
}

func scopeOf(alias string, t *table) []ref {
	var out []ref
	for _, c := range t.cols {
		if !c.computed || alias != "" && alias != "new" {
			name := c.name
			if alias != "" {
				name = alias + "." + name
			}
			out = append(out, ref{name, c.typ})
		}
	}
	return out
}

func family(typ string) string {
	switch typ {
	case "int", "bigint", "smallint":
		return "int"
	case "numeric", "numeric(6,2)":
		return "num"
	case "float8", "real":
		return "float"
	case "text", "varchar(4)":
		return "text"
	case "jsonb":
		return "json"
	case "int[]", "text[]":
		return "array"
	}
	return typ
}

var samples = map[string][]string{
	"int":          {"0", "1", "2", "3", "-4", "7", "12", "2147483647"},
	"bigint":       {"0", "1", "2", "-3", "9007199254740993", "9223372036854775807"},
	"smallint":     {"0", "1", "2", "32767", "-1"},
	"text":         {"'a'", "'b'", "'Ab'", "'ä€'", "''", "'x y'", "'12'", "'a%_\\'", "'nope'", "' 3 '"},
	"varchar(4)":   {"'a'", "'b'", "'abcd'", "'ab  '", "''"},
	"bool":         {"true", "false"},
	"timestamptz":  {"'2024-02-29 12:00:00+00'", "'2020-01-01 00:00:00.5+02'", "'1999-12-31T23:59:59.123456Z'", "'infinity'"},
	"timestamp":    {"'2024-02-29 12:00:00'", "'2020-01-01 00:00:00.5'", "'-infinity'"},
	"date":         {"'2024-02-29'", "'1970-01-01'", "'0044-03-15 BC'"},
	"numeric":      {"0", "1.50", "-2.25", "1e10", "'NaN'", "123456789012345678901234.5", "0.001"},
	"numeric(6,2)": {"0", "1.5", "-2.255", "9999.99"},
	"float8":       {"0", "0.1", "-1.5", "1e300", "'NaN'", "'Infinity'"},
	"real":         {"0", "0.1", "3.25", "1e10"},
	"jsonb":        {`'{"a": 1, "b": [1, 2]}'`, `'{"a": "x"}'`, `'[1, "a", null]'`, `'"s"'`, `'null'`, `'{}'`, `'{"bb": {"c": true}, "a": 1.50}'`},
	"mood":         {"'sad'", "'ok'", "'happy'"},
	"int[]":        {"'{}'", "'{1,2}'", "'{3,NULL}'", "array[2, 1]", "'{12}'"},
	"text[]":       {"'{}'", "'{a,b}'", `'{"x y",NULL,""}'`, "array['a', 'Ab']"},
	"uuid":         {quote(UserID(1)), quote(UserID(2)), quote(UserID(3)), quote(UserID(9))},
}

// wrong values. Constants that need a second step (a length, a range) are not here:
// Postgres refuses these while it plans, whether a row comes or not; see the corpus.
var wrong = map[string][]string{
	"int": {"'2147483648'", "'x'", "'1.5'"}, "smallint": {"'40000'"}, "bool": {"'maybe'"},
	"timestamptz": {"'yesterdayish'", "'2024-02-30'"}, "date": {"'2024-13-01'"}, "numeric": {"'1.2.3'"}, "numeric(6,2)": {"'1,5'"},
	"jsonb": {`'{"a":'`}, "mood": {"'angry'"}, "int[]": {"'{1,x}'"}, "uuid": {"'nope'"}, "float8": {"'1e999'"},
}

// literal returns a value of a type: sometimes null, seldom one that is not valid.
func (g *gen) literal(typ string) string {
	if g.chance(8) {
		return "null"
	}
	return g.value(typ)
}

func (g *gen) value(typ string) string { return g.of(samples[typ]...) }

// input is a value as a client sends it, wrong now and then.
func (g *gen) input(c *col) string {
	switch {
	case g.chance(3) && wrong[c.typ] != nil:
		return g.of(wrong[c.typ]...)
	case c.key || c.ref != nil:
		return keyLiteral(c.typ, 1+g.n(8))
	case c.name == "owner" && g.chance(50):
		return "auth.uid()"
	}
	return g.literal(c.typ)
}

func keyLiteral(typ string, n int) string {
	switch typ {
	case "uuid":
		return quote(UserID(n))
	case "text":
		return quote(fmt.Sprintf("k%d", n))
	}
	return fmt.Sprint(n)
}

// cast writes a literal with its type, for places where Postgres can't guess it.
func (g *gen) cast(typ string) string {
	return g.of(g.value(typ)+"::"+typ, "cast("+g.value(typ)+" as "+typ+")")
}

// simple is a condition over one row that is immutable.
func (g *gen) simple(sc []ref) string {
	r := sc[g.n(len(sc))]
	v := g.value(r.typ)
	switch g.n(10) {
	case 0:
		return r.sql + " is not null"
	case 1:
		return fmt.Sprintf("%s in (%s, %s)", r.sql, v, g.value(r.typ))
	case 2:
		return fmt.Sprintf("%s is distinct from %s", r.sql, v)
	}
	switch family(r.typ) {
	case "json":
		return g.of(r.sql+" ->> 'a' = 'x'", r.sql+` @> '{"a": 1}'`, "jsonb_typeof("+r.sql+") = 'object'", r.sql+" ? 'a'",
			"("+r.sql+" -> 'b' ->> 0)::int = 1", r.sql+" #>> '{bb,c}' is null")
	case "array":
		return g.of("cardinality("+r.sql+") < 2", r.sql+" @> "+v, r.sql+" && "+v, "array_length("+r.sql+", 1) is null")
	case "bool":
		return g.of(r.sql, "not "+r.sql, r.sql+" is true", r.sql+" is not false")
	case "text":
		return g.of("length("+r.sql+") < 3", r.sql+" like 'a%'", r.sql+" ilike '%B'", r.sql+" ~ '^[a-z]+$'", r.sql+" >= "+v, "starts_with("+r.sql+", 'k')")
	case "int":
		return g.of(r.sql+" > "+v, r.sql+" between 0 and 5", r.sql+" % 2 = 0", r.sql+" <> "+v, "10 / nullif("+r.sql+", 0) > 1")
	}
	return r.sql + " " + g.of("=", "<", ">=", "<>") + " " + v
}

// policy is a condition as policies have them.
func (g *gen) policy(t *table) string {
	sc := scopeOf("", t)
	switch g.n(16) {
	case 0:
		return "true"
	case 1, 2, 3, 4:
		if t.has("owner") {
			return g.of("owner = auth.uid()", "(select auth.uid()) = owner", "auth.uid() = owner", "owner is not distinct from auth.uid()",
				"owner = (auth.jwt() ->> 'sub')::uuid", "coalesce(owner = auth.uid(), false)")
		}
	case 5:
		return g.of("auth.role() = 'authenticated'", "(select auth.role()) = 'anon'", "auth.uid() is not null",
			"(auth.jwt() -> 'app_metadata' ->> 'level')::int > 1", "auth.jwt() ->> 'email' like 'u2%'",
			"current_setting('request.jwt.claims', true)::json ->> 'role' = 'authenticated'")
	case 6, 7:
		return g.policy(t) + " and " + g.simple(sc)
	case 8, 9:
		return "(" + g.simple(sc) + ") or (" + g.policy(t) + ")"
	case 10, 11, 12, 13:
		return g.across(t)
	case 14:
		return fmt.Sprintf("may_%s(%s)", t.name, "id")
	}
	return g.simple(sc)
}

// across is a condition that reads another table.
func (g *gen) across(t *table) string {
	for _, c := range t.cols {
		if c.ref == nil || g.chance(40) {
			continue
		}
		o := c.ref
		inner := g.simple(scopeOf("o", o))
		if o.has("owner") && g.chance(60) {
			inner = "o.owner = auth.uid()"
		}
		me := t.name + "." + c.name
		switch g.n(6) {
		case 0:
			return fmt.Sprintf("may_%s(%s)", o.name, c.name)
		case 1:
			return fmt.Sprintf("%s in (select ids_%s())", c.name, o.name)
		case 2:
			return fmt.Sprintf("%s in (select o.id from %s o where %s)", c.name, o.name, inner)
		case 3:
			return fmt.Sprintf("%s = any (array(select o.id from %s o where %s))", c.name, o.name, inner)
		case 4:
			return fmt.Sprintf("not exists (select 1 from %s o where o.id = %s and %s)", o.name, me, inner)
		}
		return fmt.Sprintf("exists (select 1 from %s o where o.id = %s and %s)", o.name, me, inner)
	}
	return g.simple(scopeOf("", t))
}

// scalar is an expression of a select list.
func (g *gen) scalar(sc []ref) string {
	r := sc[g.n(len(sc))]
	if g.chance(40) {
		return r.sql
	}
	switch g.n(9) {
	case 0:
		return "coalesce(" + r.sql + ", " + g.value(r.typ) + ")"
	case 1:
		return "case when " + g.simple(sc) + " then " + r.sql + " else " + g.cast(r.typ) + " end"
	case 2:
		return r.sql + "::text"
	case 3:
		return "nullif(" + r.sql + ", " + g.value(r.typ) + ")"
	case 4:
		return "to_jsonb(" + r.sql + ")"
	case 5:
		return "(" + g.simple(sc) + ")"
	}
	switch family(r.typ) {
	case "int":
		return g.of(r.sql+" + 1", r.sql+" * 2.5", r.sql+" / 2", "-"+r.sql, r.sql+"::numeric / 3", "greatest("+r.sql+", 2)", r.sql+"::float8 / 7", "round("+r.sql+" / 3.0, 2)")
	case "num":
		return g.of(r.sql+" * 2", r.sql+" / 3", "round("+r.sql+", 1)", "trunc("+r.sql+")", r.sql+" + 0.10", "abs("+r.sql+")")
	case "float":
		return g.of(r.sql+" * 2", r.sql+"::numeric", "floor("+r.sql+")", r.sql+" / 3")
	case "text":
		return g.of("upper("+r.sql+")", "length("+r.sql+")", r.sql+" || '-' || "+r.sql, "substring("+r.sql+" from 1 for 2)", "replace("+r.sql+", 'a', 'zz')",
			"left("+r.sql+", 1)", "split_part("+r.sql+", ' ', 1)", "md5("+r.sql+")", "concat("+r.sql+", 1, null)", "format('%s-%L', "+r.sql+", "+r.sql+")", "quote_literal("+r.sql+")")
	case "json":
		return g.of(r.sql+" -> 'a'", r.sql+" ->> 'a'", r.sql+" || '{\"z\": 1}'", "jsonb_build_object('k', "+r.sql+")", r.sql+" - 'a'", "jsonb_pretty("+r.sql+")")
	case "array":
		return g.of(r.sql+"[1]", "cardinality("+r.sql+")", "array_to_string("+r.sql+", '|', '*')", "array_append("+r.sql+", null)", "to_json("+r.sql+")")
	case "timestamptz", "timestamp":
		return g.of("date_trunc('month', "+r.sql+")", r.sql+" + interval '1 month 2 hours'", r.sql+"::date", "extract(year from "+r.sql+")", "to_char("+r.sql+", 'YYYY-MM-DD HH24:MI')")
	case "date":
		return g.of(r.sql+" + 1", r.sql+" - date '2000-01-01'", "extract(dow from "+r.sql+")")
	case "mood":
		return g.of(r.sql+" > 'sad'", r.sql+"::text || '!'")
	}
	return r.sql + " is null"
}

// where is a filter as clients send it; now and then one that can raise.
func (g *gen) where(sc []ref, t *table) string {
	if g.chance(25) {
		return ""
	}
	w := g.simple(sc)
	if g.chance(30) {
		w = "(" + w + ") " + g.of("and", "or") + " (" + g.simple(sc) + ")"
	}
	if g.chance(12) {
		w = "not (" + w + ")"
	}
	if g.chance(8) {
		r := sc[g.n(len(sc))]
		switch family(r.typ) {
		case "text":
			w = r.sql + "::int > 1"
		case "int":
			w = "12 / " + r.sql + " > 1"
		}
	}
	if g.chance(10) && !strings.Contains(sc[0].sql, ".") {
		w = g.across(t)
	}
	return " where " + w
}
