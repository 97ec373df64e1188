package e2e

import (
	"path/filepath"
	"testing"
)

// The names want to break paths and references.
const oddNames = `
create schema if not exists extensions;
create type mood as enum ('glad', 'it''s "so"');
create domain short as varchar(10);
create table things (
  id bigint primary key generated always as identity,
  "a/b ~ %" text not null default 'x"y',
  "{brace}" mood[],
  m mood default 'glad',
  s short, c char(3), n numeric(10, 2), j jsonb, t timestamptz default now(), u uuid,
  "select" int
);
comment on table things is E'Things\nthat "are" here';
create table "staff only" (id int primary key, thing bigint references things (id), note text);
comment on column "staff only".note is 'hush';
create view "v {1}" as select id, m from things;
create function "f/1"(a int, b mood default 'glad', c jsonb default '{}', variadic rest text[] default '{}') returns setof things
  language sql stable as 'select * from things';
create function quiet() returns void language sql as 'update things set s = null';
revoke all on things, "staff only" from anon, authenticated;
grant select on things to anon;
`

func TestOpenAPIIsValid(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, e engine) {
		project := t.TempDir()
		write(t, filepath.Join(project, "supabase/migrations/1_odd.sql"), oddNames)
		p := e.serve(t, project)
		var got steps
		client(t, p, "openapi.mjs", nil, &got)
		if len(got.Steps) != 5 {
			t.Errorf("the script did %q", got.Steps)
		}
		p.stop(t)
	})
}
