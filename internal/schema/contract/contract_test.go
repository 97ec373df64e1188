package contract

import (
	"fmt"
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	t.Parallel()
	files := []File{{"1.sql", `create table public.fresh (a int);
alter table public.fresh drop column a;
alter table public.todos add column note text, add column flag boolean not null default false;
alter table public.todos alter column n type bigint;
create index on public.todos (n);
`}, {"2.sql", `
alter table public.todos drop column title;
alter table public.todos rename column a to b;
alter table public.todos rename to tasks;
alter table public.tasks add column must integer not null;
  alter table public.tasks alter column n type smallint;
alter table public.tasks alter column n set not null, add constraint c check (n > 0);
drop table public.old, public.fresh;
drop function public.f(integer);
alter type public.mood rename value 'sad' to 'blue';
drop policy p on public.tasks;
`}}
	var got []string
	for _, s := range Of(files) {
		got = append(got, fmt.Sprintf("%s:%d:%d %s", s.File, s.Line, s.Col, s.What))
	}
	want := strings.TrimSpace(`
2.sql:2:1 drops the column public.todos.title
2.sql:3:1 renames the column public.todos.a to b
2.sql:4:1 renames public.todos to tasks
2.sql:5:1 adds the column public.tasks.must, which every insert must give
2.sql:6:3 changes the type of public.tasks.n to int2
2.sql:7:1 forbids null in public.tasks.n
2.sql:7:1 adds a check to public.tasks
2.sql:8:1 drops the table public.old
2.sql:9:1 drops the function public.f
2.sql:10:1 renames the label sad of public.mood`)
	if g := strings.Join(got, "\n"); g != want {
		t.Errorf("steps:\n%s\nwant:\n%s", g, want)
	}
}
