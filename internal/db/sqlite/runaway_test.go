package sqlite

import (
	"context"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// A runaway function stops at its limit and leaves nothing, and the database goes on.
func TestRunaway(t *testing.T) {
	t.Parallel()
	drv, d := openDir(t, t.TempDir())
	script(t, d, `create table log (n int);
create table spin (id int primary key, n int);
insert into spin values (1, 0);
create function note() returns void language sql as $$ insert into log values (1) $$;
create function spinning() returns trigger language plpgsql as $$ begin update spin set n = n + 1 where id = new.id; return new; end $$;
create trigger spinning after update on spin for each row execute function spinning();
create function loops() returns int language plpgsql as $$ begin perform note(); loop null; end loop; end $$;
create function caught() returns int language plpgsql as $$ begin perform note(); loop begin loop null; end loop; exception when others then null; end; end loop; end $$;
create function deep(n int) returns int language plpgsql as $$ begin perform note(); return deep(n + 1); end $$;
create function deep_sql(n int) returns int language sql as $$ insert into log values (n); select deep_sql(n + 1); $$;
create function fires() returns int language plpgsql as $$ begin perform note(); update spin set n = 1; return 1; end $$;
create function doubles() returns int language plpgsql as $$ declare s text := 'x'; begin perform note(); loop s := s || s; end loop; end $$;
create function grows() returns int language plpgsql as $$ declare a int[] := '{1,2,3,4}'; begin perform note(); loop a := a || a; end loop; end $$;
create function nests() returns int language plpgsql as $$ declare j jsonb := jsonb_build_array(repeat('x', 1000000)); begin perform note(); loop j := j || j; end loop; end $$;
create function pours() returns setof text language plpgsql as $$ begin perform note(); loop return next repeat('x', 1000000); end loop; end $$;
create function many() returns setof int language plpgsql as $$ begin perform note(); return query select g::int from generate_series(1, 3000000) g; end $$;
create function opens() returns int language plpgsql as $$ declare c refcursor; begin perform note(); loop open c for select 1; c := null; end loop; end $$;
create function long() returns int language plpgsql as $$ begin perform note(); return (select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b); end $$;`)
	drv.cfg.WriteLimit = 20 * time.Second
	for _, tt := range []struct{ call, code string }{
		{"loops()", "54000"}, {"caught()", "54000"}, {"deep(1)", "54001"}, {"deep_sql(1)", "54001"}, {"fires()", "54001"},
		{"doubles()", "54000"}, {"grows()", "54000"}, {"nests()", "54000"}, {"pours()", "54000"}, {"many()", "54000"}, {"opens()", "54000"},
	} {
		if err := runs(d, "select * from "+tt.call); fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %s", tt.call, describe(err), tt.code)
		}
	}
	drv.cfg.WriteLimit = 50 * time.Millisecond
	if err := runs(d, "select long()"); fault.CodeOf(err) != "57014" {
		t.Errorf("a function without end: %v, want 57014", describe(err))
	}
	drv.cfg.WriteLimit = 20 * time.Second
	if err := runs(d, "insert into log values (7)"); err != nil {
		t.Fatal(describe(err))
	}
	if got := all(t, d, `select n, (select n from spin) from log`); got != "7 0" {
		t.Errorf("what is left: %s, want 7 0", got)
	}
}

func runs(d *db.DB, sql string) error {
	_, err := d.Write(context.Background(), db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), sql)
		return err
	})
	return err
}
