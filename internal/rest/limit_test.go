package rest_test

import (
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/rest"
)

// TestStatementTimeout: a role's own limit ends what takes too long, and says so.
func TestStatementTimeout(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	a.script(`create role hasty; alter role hasty set statement_timeout = '40ms'; grant usage on schema public to hasty;
		create function slow() returns bigint language sql stable as
		'with recursive r(n) as (select 1 union all select n + 1 from r where n < 2000000000) select count(*) from r';`)
	w := a.call("POST /rpc/slow", "As: hasty", "{}")
	if w.Code != 500 || !strings.Contains(w.Body.String(), `"57014"`) || !strings.Contains(w.Body.String(), "statement timeout") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	a.run([]step{{line: "GET /lists?select=id&id=eq.1", status: 200, answer: `[{"id":1}]`}})
}

func TestBounds(t *testing.T) {
	t.Parallel()
	refuse := func(line, headers, body, code string) step {
		return step{line: line, headers: headers, body: body, status: 413, answer: `…`, has: "Proxy-Status: PostgREST; error=" + code}
	}
	a := open(t, func(c *rest.Config) { c.MaxBody, c.MaxAnswer = 1<<20, 200 })
	many := strings.TrimSuffix(strings.Repeat(`{"a":1},`, 100_001), ",")
	runs := strings.TrimSuffix(strings.Repeat("{},", 1001), ",")
	a.run([]step{
		refuse("POST /lists", "", "["+many+"]", "PLR008"),
		refuse("POST /lists", "", "["+runs+"]", "PLR009"),
		refuse("POST /lists", "", `{"name":"`+strings.Repeat("x", 1<<20)+`"}`, "PLR011"),
		refuse("GET /todos", "", "", "PLR010"),
		refuse("POST /batch", "", `[{"method":"GET","path":"/people?select=name"},{"method":"GET","path":"/people?select=name"}]`, "PLR010"),
		refuse("POST /batch", "", `["`+strings.Repeat("x", 1<<20)+`"]`, "PLR011"),
	})
	open(t, nil).run([]step{
		{line: "POST /batch", body: `[{"method":"GET","path":"/rpc/raw","headers":{"Accept":"application/octet-stream"}}]`, status: 404, answer: `…`},
	})
	b := open(t, nil)
	b.script(`create function raw() returns bytea language sql stable as $$ select '\xff00'::bytea $$;`)
	b.run([]step{{line: "POST /batch", body: `[{"method":"GET","path":"/rpc/raw","headers":{"Accept":"application/octet-stream"}}]`, status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR035"}})
}
