package postgres

import (
	"context"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// literals are values of every type that travels in binary form, and of some that
// do not.
const literals = `true; false; null::bool; 1::int2; (-32768)::int2; 2147483647; -1; 9223372036854775807; (-9223372036854775808)::int8;
0.1::float8; 1e300::float8; 'NaN'::float8; '-Infinity'::float8; 1e-7::float8; 123456789.125::float8; 0.1::float4; 1e20::float4; '-0'::float8;
0::numeric; 0.000::numeric; 1.50; -12345.6789; 100000000; 1e30::numeric; 1e-30::numeric; 0.00010001; 99999999999999999999.0001; 'NaN'::numeric; 'Infinity'::numeric; '-Infinity'::numeric; 12.5::numeric(10,4); 10000; 10000.0000; 9999.9999; -0.5;
''::text; 'a"b\c'||chr(10)||chr(1)||'é日𝄞'; 'x'::varchar(5); 'x'::char(3); 'n'::name; 'c'::"char";
'0A000000-0000-4000-8000-00000000000f'::uuid; '\x00ff10'::bytea; ''::bytea;
'2026-01-02 03:04:05.678901+02'::timestamptz; '2026-01-02 03:04:05'::timestamp; '0044-03-15 BC'::date; 'infinity'::timestamptz; '-infinity'::timestamp; 'infinity'::date; '1969-12-31 23:59:59.999999+00'::timestamptz; '0001-01-01 00:00:00+00'::timestamptz; '99999-01-01'::timestamp;
'2024-02-29'::date; '03:04:05.5'::time; '24:00'::time; '03:04:05+02'::timetz;
'1 year 2 mons -3 days 04:05:06.7'::interval; '0'::interval; '-1 mon'::interval; '-00:00:01'::interval;
'{"b": [1, 2.50, "x"], "a": null}'::jsonb; '{"b":1,  "a":2}'::json; '"s"'::jsonb; 'null'::jsonb; '1.0'::jsonb;
'{}'::int[]; '{1,null,3}'::int[]; '{a,"b,c","d\"e",null,"NULL"}'::text[]; '{{1,2},{3,4}}'::int[]; '{{a,null},{"c d",""}}'::text[]; '{t,f}'::bool[]; '{1.5,NaN}'::numeric[]; array['{"a":1}'::jsonb]; '{2026-01-01}'::date[]; array['\x01'::bytea]; '{0a000000-0000-4000-8000-000000000001}'::uuid[]; '{1 day}'::interval[]; '{1.5}'::float8[];
'sad'::t.mood; '{sad,happy}'::t.mood[]; 5::t.pos; '{5,6}'::t.pos[]; row(1,'a b',null,'{1,2}')::t.pair; array[row(1,'x','sad','{}')::t.pair, null]; row(1,'x'); null::t.pair;
'127.0.0.1/8'::inet; '10.0.0.0/8'::cidr; '{127.0.0.1}'::inet[]; '[1,5)'::int4range; '{"[1,2)","[3,4)"}'::int4range[]; '(1,2)'::point; 'a:1 b:2'::tsvector; 'a & b'::tsquery; 5::oid; 'pg_class'::regclass; '12.34'::money; '101'::bit(3); '<a/>'::xml; 'Abc'::extensions.citext; 'a=>1'::extensions.hstore::text`

// cast are those whose cast to text says something else than their output function.
var cast = map[string]bool{"true": true, "false": true, "'x'::char(3)": true}

// Every value is printed as the server itself prints it, and as package value does.
func TestValuesAreEqual(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	script(t, d, `create schema t; create type t.mood as enum ('sad', 'happy'); create domain t.pos as int check (value > 0);
		create type t.pair as (a int, b text, c t.mood, d int[]);
		create extension citext schema extensions; create extension hstore schema extensions;`)
	ctx := context.Background()
	for _, lit := range strings.Split(literals, ";") {
		lit = strings.TrimSpace(lit)
		cur, err := d.Query(ctx, &db.Owner, `select x, to_json(x)::text, x::text from (select `+lit+` as x) s`, nil)
		if err != nil {
			t.Errorf("%s: %s", lit, explain(err))
			continue
		}
		cur.Next()
		wantJSON, ok := cur.AppendText(nil, 1)
		if !ok {
			wantJSON = []byte("null")
		}
		if got := cur.AppendJSON(nil, 0); string(got) != string(wantJSON) {
			t.Errorf("%s: JSON %s, want %s", lit, got, wantJSON)
		}
		wantText, _ := cur.AppendText(nil, 2)
		gotText, _ := cur.AppendText(nil, 0)
		if string(gotText) != string(wantText) && !cast[lit] {
			t.Errorf("%s: text %s, want %s", lit, gotText, wantText)
		}
		typ, v := cur.Columns()[0].Type, cur.Value(0)
		if got := value.AppendJSON(nil, typ, v, nil); string(got) != string(wantJSON) && !strings.Contains(lit, "{{") && !strings.HasPrefix(lit, "row(1,'x')") {
			t.Errorf("%s: of type %s, by its value %s, want %s", lit, typ, got, wantJSON)
		}
		if err := cur.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTimeZone(t *testing.T) {
	t.Parallel()
	d := open(t, Config{})
	s := &db.Session{Role: "anon", Settings: map[string]string{"timezone": "America/New_York"}}
	cur, err := d.Query(context.Background(), s, `select x, to_json(x)::text, array[x], to_json(array[x])::text from (select '2026-07-01 00:00:00Z'::timestamptz as x) s`, nil)
	if err != nil {
		t.Fatal(explain(err))
	}
	defer cur.Close()
	cur.Next()
	for _, i := range []int{0, 2} {
		want, _ := cur.AppendText(nil, i+1)
		if got := cur.AppendJSON(nil, i); string(got) != string(want) {
			t.Errorf("column %d: %s, want %s", i, got, want)
		}
	}
}
