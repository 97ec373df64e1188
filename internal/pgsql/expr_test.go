package pgsql

import "testing"

// group prints an expression with parentheses around every operator.
func group(x Expr) string {
	switch x := x.(type) {
	case *Binary:
		return "(" + group(x.L) + " " + x.Op + " " + group(x.R) + ")"
	case *Unary:
		return "(" + x.Op + " " + group(x.X) + ")"
	case *Cast:
		return "(" + group(x.X) + "::" + x.To.String() + ")"
	case *Is:
		s := "(" + group(x.X) + " is "
		if x.Not {
			s += "not "
		}
		return s + x.What + ")"
	case *IsDistinct:
		return "(" + group(x.L) + " distinct " + group(x.R) + ")"
	case *Like:
		return "(" + group(x.X) + " " + x.Op + " " + group(x.Pattern) + ")"
	case *Between:
		return "(" + group(x.X) + " between " + group(x.Lo) + " and " + group(x.Hi) + ")"
	case *In:
		s := "(" + group(x.X) + " in"
		for _, y := range x.List {
			s += " " + group(y)
		}
		return s + ")"
	case *AnyAll:
		return "(" + group(x.X) + " " + x.Op + " any " + group(x.Array) + ")"
	case *Collate:
		return "(" + group(x.X) + " collate " + x.Name + ")"
	case *Call:
		if x.Name.Name == "timezone" {
			return "(" + group(x.Args[1]) + " at " + group(x.Args[0]) + ")"
		}
	}
	return Print(x)
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"a or b and c", "(a or (b and c))"},
		{"a and b or c and d", "((a and b) or (c and d))"},
		{"not a and b", "((not a) and b)"},
		{"not a = b", "(not (a = b))"},
		{"not not a", "(not (not a))"},
		{"not a is null", "(not (a is null))"},
		{"a = b is null", "((a = b) is null)"},
		{"a is null = true", "((a is null) = true)"},
		{"a is null is not null", "((a is null) is not null)"},
		{"a isnull or b notnull", "((a is null) or (b is not null))"},
		{"a is not distinct from b and c", "((a distinct b) and c)"},
		{"a is distinct from b + 1", "(a distinct (b + 1))"},
		{"a < b is true", "((a < b) is true)"},
		{"a = b between 1 and 2", "(a = (b between 1 and 2))"},
		{"a between 1 and 2 = true", "((a between 1 and 2) = true)"},
		{"a between b < c and d", "(a between (b < c) and d)"},
		{"a between 1 and 2 and c", "((a between 1 and 2) and c)"},
		{"a in (1, 2) and b", "((a in 1 2) and b)"},
		{"a || b like c || d", "((a || b) like (c || d))"},
		{"a like b = c", "((a like b) = c)"},
		{"a not like b or c", "((a like b) or c)"},
		{"a || b || c", "((a || b) || c)"},
		{"a || b + c", "(a || (b + c))"},
		{"a + b || c", "((a + b) || c)"},
		{"a -> 'x' ->> 'y' = 'z'", "(((a -> 'x') ->> 'y') = 'z')"},
		{"a -> 'x' is null", "((a -> 'x') is null)"},
		{"a ->> 'x' = b ->> 'y'", "((a ->> 'x') = (b ->> 'y'))"},
		{"a - b - c", "((a - b) - c)"},
		{"a + b * c", "(a + (b * c))"},
		{"a * b % c / d", "(((a * b) % c) / d)"},
		{"2 ^ 3 ^ 2", "((2 ^ 3) ^ 2)"},
		{"- 2 ^ 2", "((- 2) ^ 2)"},
		{"2 ^ - 2", "(2 ^ (- 2))"},
		{"-a::int", "(- (a::int4))"},
		{"- - a", "(- (- a))"},
		{"~ a + b", "(~ (a + b))"},
		{"~ a || b", "((~ a) || b)"},
		{"a || ~ b || c", "((a || (~ b)) || c)"},
		{"a + not b = c", "(a + (not (b = c)))"},
		{"a at time zone 'utc' + b", "((a at 'utc') + b)"},
		{"a + b at time zone 'utc'", "(a + (b at 'utc'))"},
		{"a at time zone b at time zone c", "((a at b) at c)"},
		{"a collate \"C\" < b", "((a collate C) < b)"},
		{"a || b collate \"C\"", "(a || (b collate C))"},
		{"a::text::int + 1", "(((a::text)::int4) + 1)"},
		{"a = any(b) and c", "((a = any b) and c)"},
		{"a = any(b) = true", "((a = any b) = true)"},
		{"a || any(b)", "(a || any b)"},
		{"a operator(pg_catalog.+) b * c", "(a + (b * c))"},
		{"a operator(pg_catalog.*) b + c", "(a * (b + c))"},
		{"1 + 2 = 3 and x <> 4", "(((1 + 2) = 3) and (x <> 4))"},
		{"a != b", "(a <> b)"},
		{"a -1", "(a - 1)"},
		{"a*-1", "(a * (- 1))"},
		{"a @-1", "(a @- 1)"},
		{"a <-1", "(a < (- 1))"},
	}
	for _, tt := range tests {
		x, err := ParseExpr(tt.in)
		if err != nil {
			t.Errorf("ParseExpr(%q): %v", tt.in, err)
			continue
		}
		if got := group(x); got != tt.want {
			t.Errorf("ParseExpr(%q) = %s, want %s", tt.in, got, tt.want)
		}
		roundTripExpr(t, tt.in)
	}
}

func roundTripExpr(t *testing.T, in string) {
	t.Helper()
	x, err := ParseExpr(in)
	if err != nil {
		t.Errorf("ParseExpr(%q): %v", in, err)
		return
	}
	text := Print(x)
	y, err := ParseExpr(text)
	if err != nil || !Equal(x, y) {
		t.Errorf("ParseExpr(%q) prints %q, which reads differently (%v)", in, text, err)
	}
}

func TestExprPrint(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"(select auth.uid()) = id", "(select auth.uid()) = id"},
		{"auth.jwt() ->> 'role' = 'x' or \"User\".\"select\" is null", "auth.jwt() ->> 'role' = 'x' or \"User\".\"select\" is null"},
		{"a = any(array[1,2])", "a = any (array[1, 2])"},
		{"a = any(select 1)", "a = any (select 1)"},
		{"a in ((select 1))", "a in (select 1)"},
		{"a in ((select 1), 2)", "a in ((select 1), 2)"},
		{"((select 1) + 1)", "(select 1) + 1"},
		{"(((select 1)))", "(select 1)"},
		{"((select 1) union (select 2))", "(select 1 union select 2)"},
		{"(select array[1])[1]", "(select array[1])[1]"},
		{"a[1][2:3].b", "a[1][2:3].b"},
		{"a[:2]", "a[:2]"},
		{"a[1:]", "a[1:]"},
		{"(a).b.c", "(a).b.c"},
		{"($1).b", "$1.b"},
		{"(f(x)).*", "(f(x)).*"},
		{"t.*", "t.*"},
		{"interval '1 day'", "'1 day'::interval"},
		{"interval '2' hour", "'2 hour'::interval"},
		{"timestamptz '2020-01-01'", "'2020-01-01'::timestamptz"},
		{"timestamp with time zone '2020-01-01'", "'2020-01-01'::timestamptz"},
		{"timestamp(3) without time zone '2020-01-01'", "'2020-01-01'::timestamp(3)"},
		{"double precision '1'", "'1'::float8"},
		{"date '2020-01-01' + 1", "'2020-01-01'::date + 1"},
		{"extensions.vector(3) '[1,2,3]'", "'[1,2,3]'::extensions.vector(3)"},
		{"cast(a as numeric(10,2))", "a::numeric(10,2)"},
		{"extract(year from now())", "extract('year' from now())"},
		{"extract('epoch' from a - b)", "extract('epoch' from a - b)"},
		{"position('a' in b)", "strpos(b, 'a')"},
		{"substring(a from 2 for 3)", "substring(a, 2, 3)"},
		{"substring(a for 3)", "substring(a, 1, 3::int4)"},
		{"substring(a from 'x+')", "substring(a, 'x+')"},
		{"overlay(a placing 'b' from 1 for 2)", "overlay(a, 'b', 1, 2)"},
		{"trim(a)", "btrim(a)"},
		{"trim(both ' ' from a)", "btrim(a, ' ')"},
		{"trim(leading from a)", "ltrim(a)"},
		{"trim('x' from a)", "btrim(a, 'x')"},
		{"coalesce(a, b, 0)", "coalesce(a, b, 0)"},
		{"\"coalesce\"()", "\"coalesce\"()"},
		{"nullif(a, '')", "nullif(a, '')"},
		{"current_timestamp", "current_timestamp"},
		{"current_timestamp(3)", "current_timestamp(3)"},
		{"current_user = session_user", "current_user = session_user"},
		{"left(a, 1) || right(b, 2)", "left(a, 1) || right(b, 2)"},
		{"f(a => 1, b := 2)", "f(a => 1, b => 2)"},
		{"f(1, variadic array[2])", "f(1, variadic array[2])"},
		{"count(*) filter (where a > 1)", "count(*) filter (where a > 1)"},
		{"count(distinct a)", "count(distinct a)"},
		{"string_agg(a, ',' order by b desc nulls last)", "string_agg(a, ',' order by b desc nulls last)"},
		{"percentile_cont(0.5) within group (order by a)", "percentile_cont(0.5) within group (order by a)"},
		{"row_number() over (partition by a order by b)", "row_number() over (partition by a order by b)"},
		{"sum(a) over w", "sum(a) over w"},
		{"sum(a) over (rows between unbounded preceding and 1 + 1 following exclude ties)",
			"sum(a) over (rows between unbounded preceding and 1 + 1 following exclude ties)"},
		{"sum(a) over ()", "sum(a) over ()"},
		{"case a when 1 then 'x' else 'y' end", "case a when 1 then 'x' else 'y' end"},
		{"case when a then b when c then d end", "case when a then b when c then d end"},
		{"(a, b) = (1, 2)", "(a, b) = (1, 2)"},
		{"row(a)", "row(a)"},
		{"row()", "row()"},
		{"(a, b) in ((1, 2), (3, 4))", "(a, b) in ((1, 2), (3, 4))"},
		{"exists (select from t)", "exists(select from t)"},
		{"array(select 1)", "array(select 1)"},
		{"array[[1,2],[3,4]]", "array[array[1, 2], array[3, 4]]"},
		{"array[]::text[]", "array[]::text[]"},
		{"'{}'::jsonb ? 'a' and b ?| array['c']", "'{}'::jsonb ? 'a' and b ?| array['c']"},
		{"a between symmetric 1 and 2", "a between symmetric 1 and 2"},
		{"a not between (b is null) and c", "a not between (b is null) and c"},
		{"a similar to 'x' escape '\\'", "a similar to 'x' escape '\\'"},
		{"a ilike any (array['x'])", "a ilike any (array['x'])"},
		{"a !~~ b", "a !~~ b"},
		{"(-1)::int", "(-1)::int4"},
		{"- (-1)", "- -1"},
		{"a - (b - c)", "a - (b - c)"},
		{"(a or b) and c", "(a or b) and c"},
		{"(a = b) = c", "(a = b) = c"},
		{"x'1F'", "'x1F'::varbit"},
		{"e'a\\n\\x41\\u00e9'", "'a\nAé'"},
		{"U&'d\\0061t\\+000061'", "'data'"},
		{"u&\"d!0061t\" uescape '!'", "dat"},
		{"'a'\n'b'", "'ab'"},
		{"$$it's$$", "'it''s'"},
		{"$a$x$$y$a$", "'x$$y'"},
		{"0x1F + 1_000 + 1.5e10 + .5", "31 + 1000 + 1.5e10 + .5"},
		{"a /* b /* c */ */ + d -- e", "a + d"},
		{"Foo.\"Bar\"", "foo.\"Bar\""},
		{"a::char", "a::bpchar(1)"},
		{"a::\"char\"", "a::\"char\""},
		{"a::character varying(10)[]", "a::varchar(10)[]"},
		{"a::pg_catalog.int4", "a::int4"},
		{"a::public.mood", "a::public.mood"},
		{"a::float(10)", "a::float4"},
		{"a::time with time zone", "a::timetz"},
		{"a::int array", "a::int4[]"},
		{"a operator(extensions.<=>) b", "a <=> b"},
		{"grouping(a)", "grouping(a)"},
		{"normalize(a, nfc)", "normalize(a, nfc)"},
		{"pg_catalog.set_config('search_path', '', false)", "pg_catalog.set_config('search_path', '', false)"},
	}
	for _, tt := range tests {
		x, err := ParseExpr(tt.in)
		if err != nil {
			t.Errorf("ParseExpr(%q): %v", tt.in, err)
			continue
		}
		if got := Print(x); got != tt.want {
			t.Errorf("Print(ParseExpr(%q)) = %s, want %s", tt.in, got, tt.want)
		}
		roundTripExpr(t, tt.in)
	}
}

func BenchmarkPolicy(b *testing.B) {
	const sql = `exists (select 1 from public.members m where m.room_id = messages.room_id and m.user_id = (select auth.uid()))`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseExpr(sql); err != nil {
			b.Fatal(err)
		}
	}
}
