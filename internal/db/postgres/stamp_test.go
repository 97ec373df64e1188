package postgres

import "testing"

// Whatever decides who may see a row changes the stamp, and rows do not. Roles are the whole
// server's, and other tests make some: so it is not parallel.
func TestStamp(t *testing.T) {
	d := open(t, Config{})
	script(t, d, `create table k (id int primary key, body text); alter table k enable row level security;
		create policy p on k to anon using (true);
		create function f() returns bool language sql stable as 'select true'`)
	stamp := ask(t, d, sqlStamp)
	for _, c := range []struct {
		sql  string
		same bool
	}{
		{"insert into k values (1, 'x')", true},
		{"create temp table t (a int)", true},
		{"alter policy p on k using (false)", false},
		{"create policy q on k to anon using (true)", false},
		{"drop policy q on k", false},
		{"alter table k disable row level security", false},
		{"grant select on k to authenticated", false},
		{"grant select (body) on k to anon", false},
		{"revoke select (body) on k from anon", false},
		{"alter table k add column n int", false},
		{"create or replace function f() returns bool language sql stable as 'select false'", false},
		{"create view v as select id from k", false},
		{"create role stamped in role anon", false},
		{"drop role stamped", false},
	} {
		script(t, d, c.sql)
		now := ask(t, d, sqlStamp)
		if (now == stamp) != c.same {
			t.Errorf("%s: the stamp is the same: %v", c.sql, now == stamp)
		}
		stamp = now
	}
}
