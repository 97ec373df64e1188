package advise_test

import (
	"context"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/schema/advise"
)

const careless = `
create schema private;
create table public.open (id bigint primary key, note text);
create table public.forgotten (id bigint primary key);
create policy "Nothing." on public.forgotten using (false);
create table public.locked (id bigint primary key);
alter table public.locked enable row level security;
create table public.posts (id bigint primary key, owner uuid, room bigint references public.open (id), body text);
alter table public.posts enable row level security;
create policy "Read." on public.posts for select using (true);
create policy "Write." on public.posts for insert with check (true);
create policy "Own." on public.posts for update to authenticated using (auth.uid() = owner) with check (owner = (select auth.uid()));
create index posts_body_idx on public.posts (body);
create index posts_again_idx on public.posts (body);
create table public.log (line text);
alter table public.log enable row level security;
create policy "Mine." on public.log for select to authenticated using (line = (select auth.jwt() ->> 'sub'));
create view public.all_posts as select * from public.posts;
create view public.own_posts with (security_invoker = true) as select * from public.posts;
create function public.f(a integer) returns integer language sql security definer as $$ select a $$;
create function public.g() returns integer language sql security definer set search_path = '' as $$ select 1 $$;
create table private.t (id bigint primary key);
`

func open(t *testing.T) *db.DB {
	t.Helper()
	drv, err := sqlite.Open(context.Background(), sqlite.Config{Dir: t.TempDir(), Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	d := db.New(drv)
	t.Cleanup(func() { d.Close() })
	run(t, d, careless)
	return d
}

func run(t *testing.T, d *db.DB, sql string) {
	t.Helper()
	if _, err := d.Script(context.Background(), db.Script{File: "careless", SQL: sql}); err != nil {
		f := fault.From(err)
		t.Fatalf("%v %s\n%s", f, f.Detail, sql)
	}
}

func of(c *catalog.Catalog) []advise.Finding {
	return advise.Of(c, []string{"public", "private"}, []string{"public"})
}

func TestFindings(t *testing.T) {
	t.Parallel()
	want := strings.TrimSpace(`
error policy_without_rls public.forgotten: alter table public.forgotten enable row level security
error rls_disabled public.open: alter table public.open enable row level security
error policy_open_to_anon public.posts "Write.": alter policy "Write." on public.posts to authenticated
warning definer_view public.all_posts: alter view public.all_posts set (security_invoker = true)
warning definer_search_path public.f(integer): alter function public.f(integer) set search_path = ''
warning no_primary_key public.log: 
warning policy_unindexed public.log "Mine." (line): create index on public.log (line)
warning policy_call_per_row public.posts "Own.": alter policy "Own." on public.posts using ((select auth.uid()) = owner) with check (owner = (select auth.uid()))
warning policy_unindexed public.posts "Own." (owner): create index on public.posts (owner)
warning foreign_key_unindexed public.posts posts_room_fkey: create index on public.posts (room)
info rls_without_policy public.locked: 
info policy_always_true public.posts "Read.": 
info duplicate_index public.posts posts_again_idx: drop index public.posts_again_idx`)
	var got []string
	for _, f := range of(open(t).Catalog()) {
		got = append(got, f.Level.String()+" "+f.Rule+" "+f.Object+": "+f.Fix)
	}
	if g := strings.Join(got, "\n"); g != want {
		t.Errorf("findings:\n%s\nwant:\n%s", g, want)
	}
}

// A filter that is frequent in the access log and has no index is found.
func TestUsage(t *testing.T) {
	t.Parallel()
	line := func(filter string) string {
		return `{"level":"INFO","msg":"request","path":"/rest/v1/x","status":200,"filter":"` + filter + `"}` + "\n"
	}
	log := strings.Repeat(line("public.posts(owner,id)")+line("public.posts(owner)")+line("public.posts(room,owner)"), 120) +
		"no JSON\n" + strings.Repeat(line("public.log(line)"), 3) + strings.Repeat(line("public.gone(x)"), 200)
	u, err := advise.ReadUsage(strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range advise.OfUsage(open(t).Catalog(), u) {
		got = append(got, f.Object+": "+f.Fix)
	}
	want := "public.posts (owner), 120 requests: create index on public.posts (owner)\npublic.posts (room, owner), 120 requests: create index on public.posts (room, owner)"
	if g := strings.Join(got, "\n"); g != want {
		t.Errorf("findings:\n%s\nwant:\n%s", g, want)
	}
}

// Every fix is SQL that runs, and its finding is gone afterwards.
func TestFixesMend(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, f := range of(d.Catalog()) {
		if f.Fix != "" {
			run(t, d, f.Fix)
		}
	}
	for _, f := range of(d.Catalog()) {
		if f.Fix != "" {
			t.Errorf("after the fixes there is still %s of %s: %s", f.Rule, f.Object, f.Fix)
		}
	}
}
