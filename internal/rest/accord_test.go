package rest_test

import (
	"encoding/json"
	"testing"

	"github.com/plinth-dev/plinth/internal/rest"
)

// TestAccord: small things in which an answer is the one that PostgREST gives.
func TestAccord(t *testing.T) {
	t.Parallel()
	a := open(t, func(c *rest.Config) { c.TxEnd, c.ServerTiming, c.Plans = "rollback-allow-override", true, true })
	a.script(`
		create domain parcel as lists;
		create function parcels(lowest int) returns setof parcel language sql stable as 'select l::parcel from lists l where l.id >= lowest order by l.id';
		create function memo(text) returns text language sql immutable as 'select $1';
		create function pick(a int) returns int language sql immutable as 'select a';
		create function pick(a text, b int default 1) returns int language sql immutable as 'select b';
		create function pick(a uuid) returns int language sql immutable as 'select 2';
		create function any_todo(lists) returns setof todos rows 1 language sql stable as 'select * from todos where list_id = $1.id order by id';
		create table log (line text);
		create domain tone as int;
		create function shade(tone) returns json language sql immutable as $$ select to_json('tone ' || $1::int) $$;
		create cast (tone as json) with function shade(tone) as implicit;
		create table paints (tone tone);
		insert into paints values (7);
		create table pairs (list bigint references lists (id) deferrable initially deferred);
		create function shout(word varchar(2), few char(1)) returns varchar(3) language sql immutable as $$ select word || few || '!' $$;
		create function recount(n int) returns void language plpgsql security definer as $$
			begin execute format('alter sequence lists_id_seq restart with %s', n); end $$;
		create function recount_mine(n int) returns void language plpgsql as $$
			begin execute format('alter sequence lists_id_seq restart with %s', n); end $$;
		create view owners as select p.id as person, l.id as list from people p left join lists l on l.owner = p.id;
		create function as_given() returns trigger language plpgsql as 'begin return new; end';
		create trigger given instead of insert on owners for each row execute function as_given();
	`)
	a.run(accords)
	w := a.call("OPTIONS /", "", "")
	if w.Code != 200 || w.Header().Get("Allow") != "OPTIONS,GET,HEAD" {
		t.Errorf("OPTIONS /: %d %v", w.Code, w.Header())
	}
	for _, line := range []string{"OPTIONS /", "OPTIONS /lists", "OPTIONS /rpc/add"} {
		if w := a.call(line, "", ""); w.Header().Get("Server-Timing") == "" {
			t.Errorf("%s has no Server-Timing", line)
		}
	}
}

const (
	keepBoth = "Prefer: return=representation\nPrefer: resolution=merge-duplicates"
	lostMemo = `{"code":"PGRST202","details":"Searched for the function public.memos with a single unnamed text parameter, but no matches were found in the schema cache.","hint":null,"message":"Could not find the function public.memos in the schema cache"}`
)

var accords = []step{
	// Nothing to select is everything.
	{line: "GET /shares?select=&list_id=eq.1", status: 200, answer: `[{"list_id":1,"person":"00000000-0000-0000-0000-00000000000b","level":2}]`},
	{line: "GET /rpc/parcels?lowest=3&select=", status: 200, answer: `[{"id":3,"name":"empty","owner":null,"meta":{"color":"blue"}}]`},
	// A domain over a row type is rows of the table.
	{line: "GET /rpc/parcels?lowest=2&select=name,todos(title)&id=lt.3", status: 200, answer: `[{"name":"work","todos":[{"title":"report"}]}]`},
	// A function's "rows 1" is taken at its word.
	{line: "GET /lists?select=name,any_todo(title)&order=id&limit=2", status: 200, answer: `[{"name":"home","any_todo":{"title":"milk"}},{"name":"work","any_todo":{"title":"report"}}]`},
	// What waits for a commit is asked where the transaction is rolled back, too.
	{line: "POST /pairs", body: `{"list":99}`, status: 409, answer: `…`, has: "Proxy-Status: PostgREST; error=23503"},
	{line: "POST /pairs", body: `{"list":1}`, status: 201},
	{line: "GET /pairs", status: 200, answer: `[]`},
	// The lengths of a function's parameters are read and forgotten.
	{line: "GET /rpc/shout?word=hello&few=abc", status: 200, answer: `"helloabc!"`},
	// A function may make a sequence begin anew.
	{line: "POST /rpc/recount", headers: "Prefer: tx=commit", body: `{"n":700}`, status: 204},
	{line: "POST /lists?select=id", headers: "Prefer: return=representation", body: `{"name":"x"}`, status: 201, answer: `[{"id":700}]`},
	{line: "POST /rpc/recount", headers: "Prefer: tx=commit", body: `{"n":0}`, status: 400, answer: `{"code":"22023","details":null,"hint":null,"message":"RESTART value (0) cannot be less than MINVALUE (1)"}`},
	{line: "POST /rpc/recount_mine", body: `{"n":5}`, status: 401, answer: `{"code":"42501","details":null,"hint":null,"message":"must be owner of sequence lists_id_seq"}`},
	// A cast is one of what a representation makes of the value.
	{line: "GET /paints?select=tone,text:tone::text", status: 200, answer: `[{"tone":"tone 7","text":"\"tone 7\""}]`},
	// What can't conflict is not resolved.
	{line: "POST /log", headers: keepBoth, body: `{"line":"x"}`, status: 201, answer: `[{"line":"x"}]`, has: "Preference-Applied: return=representation"},
	{line: "POST /shares", headers: keepBoth, body: `{"list_id":1,"person":"00000000-0000-0000-0000-00000000000b","level":5}`, status: 200, answer: `…`,
		has: "Preference-Applied: resolution=merge-duplicates, return=representation"},
	{line: "POST /people?on_conflict=email", headers: keepBoth, body: `{"id":"00000000-0000-0000-0000-0000000000ff","name":"new","email":"new@x"}`, status: 201, answer: `…`,
		has: "Preference-Applied: resolution=merge-duplicates, return=representation"},
	// The location of a row whose key is null in part.
	{line: "POST /owners", headers: "Prefer: return=headers-only", body: `{"person":"00000000-0000-0000-0000-0000000000fe"}`, status: 201,
		has: "Location: /owners?person=eq.00000000-0000-0000-0000-0000000000fe&list=is.null"},
	// The overloads that come first are those with the fewest parameters.
	{line: "GET /rpc/pick?a=1", status: 300, answer: `{"code":"PGRST203","details":null,"hint":"Try renaming the parameters or the function itself in the database so function overloading can be resolved","message":"Could not choose the best candidate function between: public.pick(a => integer), public.pick(a => uuid), public.pick(a => text, b => integer)"}`},
	// A whole body has no names to tell another function by.
	{line: "POST /rpc/memos", headers: "Content-Type: text/plain", body: "hello", status: 404, answer: lostMemo},
	// The first line of CSV are names of arguments, the second values.
	{line: "POST /rpc/add", headers: "Content-Type: text/csv", body: "a,b\n4,5\n6,7", status: 200, answer: `9`},
	{line: "POST /rpc/add", headers: "Content-Type: text/csv", body: "a,c\n4,5", status: 404, answer: `…`, has: "Proxy-Status: PostgREST; error=PGRST202"},
	// A location says the same for every spelling of a request.
	{line: "GET /lists?select=id&limit=1&id=gt.1&order=id", status: 200, answer: `[{"id":2}]`, has: "Content-Location: /lists?id=gt.1&limit=1&order=id&select=id"},
	{line: "GET /lists?name=eq.a b*&id=in.(1,2)&id=gt.0&select", status: 200, answer: `[]`, has: "Content-Location: /lists?id=in.%281%2C2%29&id=gt.0&name=eq.a%20b%2A&select"},
	{line: "GET /lists", status: 200, answer: `…`, has: "Content-Location: /lists"},
	// ?columns= names at least one.
	{line: "POST /lists?columns=", body: `{"name":"x"}`, status: 400, answer: `{"code":"PGRST100","details":"unexpected end of input expecting field name (* or [a..z0..9_$])","hint":null,"message":"\"failed to parse columns parameter ()\" (line 1, column 1)"}`},
	// A plan says by its full name what it is of.
	{line: "GET /lists?id=eq.1", headers: planOf + `; for="application/vnd.pgrst.object"`, status: 200, answer: "…", has: `Content-Type: application/vnd.pgrst.plan+text; for="application/vnd.pgrst.object+json"; charset=utf-8`},
}

// looseRecords: rows of a function that nobody has declared the columns of. SQLite wants
// them declared.
func looseRecords(t *testing.T) {
	a := open(t, nil)
	a.script("create function loose(above int) returns setof record language sql stable as 'select id, name from lists where id > above order by id'")
	a.run([]step{
		{line: "GET /rpc/loose?above=1", status: 200, answer: `[{"id":2,"name":"work"},{"id":3,"name":"empty"}]`},
		{line: "POST /rpc/loose", body: `{"above":3}`, status: 200, answer: `[]`},
	})
}

// TestRootKinds: defaults and arguments are described as values of their kinds, and a
// view's columns refer where those refer that they show.
func TestRootKinds(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	a.script(`
		create table kinds (id int primary key, word text default 'so', day date default '2001-02-03', often int default 7, low int default -7,
			price numeric default 1.5, ok boolean default true, doc jsonb default '{"a":[1]}', stamp timestamptz default now(), none text default null);
		create view open_todos as select id, list_id as list, title from todos where not done;
		create function grade(p priority, code varchar(3), variadic tags text[] default '{}') returns int language sql stable as 'select 1';
	`)
	var doc map[string]any
	if err := json.Unmarshal(a.call("GET /", "", "").Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	defaults := map[string]any{}
	for name, p := range doc["definitions"].(map[string]any)["kinds"].(map[string]any)["properties"].(map[string]any) {
		if v, ok := p.(map[string]any)["default"]; ok {
			defaults[name] = v
		}
	}
	if got, want := string(mustJSON(defaults)), `{"day":"2001-02-03","doc":{"a":[1]},"low":-7,"often":7,"ok":true,"price":1.5,"stamp":"now()","word":"so"}`; !same(got, want) {
		t.Errorf("defaults\n got %s\nwant %s", got, want)
	}
	view := doc["definitions"].(map[string]any)["open_todos"].(map[string]any)["properties"].(map[string]any)
	if got, want := string(mustJSON(view["list"])), `{"type":"integer","format":"bigint","description":"Note:\nThis is a Foreign Key to `+"`lists.id`"+`.<fk table='lists' column='id'/>"}`; !same(got, want) {
		t.Errorf("a view's column is %s, want %s", got, want)
	}
	grade := doc["paths"].(map[string]any)["/rpc/grade"].(map[string]any)["get"].(map[string]any)["parameters"]
	if got, want := string(mustJSON(grade)), `[{"name":"p","in":"query","required":true,"type":"string","format":"priority"},
		{"name":"code","in":"query","required":true,"type":"string","format":"character varying"},
		{"name":"tags","in":"query","required":false,"type":"array","collectionFormat":"multi","items":{"type":"string","format":"text"}}]`; !same(got, want) {
		t.Errorf("arguments\n got %s\nwant %s", got, want)
	}
	if doc["securityDefinitions"] != nil {
		t.Error("there are security definitions, though nothing names them")
	}
}
