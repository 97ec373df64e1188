package rest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/rest"
)

// operator is an operator of the grammar in use: the rows that it finds, and those that
// it finds behind not; a row in neither has a null there.
type operator struct {
	column, op, value string
	yes, no           []int
}

// operators is every operator, those that take any and all with each.
var operators = []operator{
	{"name", "eq", "alpha", []int{1}, []int{2, 3}},
	{"n", "eq(any)", "{10,30}", []int{1, 3}, nil},
	{"n", "eq(all)", "{10,10}", []int{1}, []int{3}},
	{"n", "neq", "10", []int{3}, []int{1}},
	{"n", "gt", "10", []int{3}, []int{1}},
	{"n", "gt(any)", "{5,20}", []int{1, 3}, nil},
	{"n", "gt(all)", "{5,20}", []int{3}, []int{1}},
	{"n", "gte", "10", []int{1, 3}, nil},
	{"n", "gte(any)", "{10,40}", []int{1, 3}, nil},
	{"n", "gte(all)", "{10,20}", []int{3}, []int{1}},
	{"n", "lt", "30", []int{1}, []int{3}},
	{"n", "lt(any)", "{5,20}", []int{1}, []int{3}},
	{"n", "lt(all)", "{20,40}", []int{1}, []int{3}},
	{"n", "lte", "10", []int{1}, []int{3}},
	{"n", "lte(any)", "{5,10}", []int{1}, []int{3}},
	{"n", "lte(all)", "{10,40}", []int{1}, []int{3}},
	{"name", "like", "al*", []int{1}, []int{2, 3}},
	{"name", "like(any)", "{al*,B*}", []int{1, 2}, []int{3}},
	{"name", "like(all)", "{*a,*m*}", []int{3}, []int{1, 2}},
	{"name", "ilike", "b*", []int{2}, []int{1, 3}},
	{"name", "ilike(any)", "{b*,G*}", []int{2, 3}, []int{1}},
	{"name", "ilike(all)", "{*A,*P*}", []int{1}, []int{2, 3}},
	{"name", "match", "^[aB]", []int{1, 2}, []int{3}},
	{"name", "match(any)", "{^a,^g}", []int{1, 3}, []int{2}},
	{"name", "match(all)", "{a$,m}", []int{3}, []int{1, 2}},
	{"name", "imatch", "^b", []int{2}, []int{1, 3}},
	{"name", "imatch(any)", "{^A,^b}", []int{1, 2}, []int{3}},
	{"name", "imatch(all)", "{A$,P}", []int{1}, []int{2, 3}},
	{"name", "in", `(alpha,"x,y",gamma)`, []int{1, 3}, []int{2}},
	{"ok", "is", "null", []int{3}, []int{1, 2}},
	{"ok", "is", "not_null", []int{1, 2}, []int{3}},
	{"ok", "is", "true", []int{1}, []int{2, 3}},
	{"ok", "is", "false", []int{2}, []int{1, 3}},
	{"ok", "is", "unknown", []int{3}, []int{1, 2}},
	{"n", "isdistinct", "10", []int{2, 3}, []int{1}},
	{"list", "cs", "{1}", []int{1}, []int{2}},
	{"list", "cd", "{1,2,9}", []int{1}, []int{2}},
	{"list", "ov", "{2,3}", []int{1, 2}, nil},
	{"doc", "cs", `{"k":1}`, []int{2}, []int{1}},
	{"doc", "cd", `{"k":1,"z":2}`, []int{2}, []int{1}},
	{"at", "fts", "cat", []int{1}, []int{2}},
	{"at", "fts(simple)", "cat & fat", []int{1}, []int{2}},
	{"at", "plfts", "cat fat", []int{1}, []int{2}},
	{"at", "plfts(simple)", "rat", []int{2}, []int{1}},
	{"at", "phfts", "fat cat", []int{1}, []int{2}},
	{"at", "phfts(simple)", "cat fat", nil, []int{1, 2}},
	{"at", "wfts", "cat or rat", []int{1, 2}, nil},
	{"at", "wfts(simple)", "cat -rat", []int{1}, []int{2}},
	{"doc->>k", "eq", "2", []int{1}, []int{2}},
	{"doc->k", "gt", "1", []int{1}, []int{2}},
	{"doc->a->b->>-1", "like(any)", "{x,y*}", []int{1}, nil},
}

// rangeOperators are those that only ranges have, which SQLite does not.
var rangeOperators = []operator{
	{"during", "sl", "[5,9)", []int{1}, []int{2}},
	{"during", "sr", "[1,5)", []int{2}, []int{1}},
	{"during", "nxr", "[1,4)", []int{1}, []int{2}},
	{"during", "nxl", "[4,9)", []int{2}, []int{1}},
	{"during", "adj", "[4,8)", []int{1}, []int{2}},
	{"during", "ov", "[3,4)", []int{1}, []int{2}},
	{"during", "cs", "[2,3)", []int{1}, []int{2}},
	{"during", "cd", "[0,5)", []int{1}, []int{2}},
}

// TestEveryOperator uses each operator at each place of the grammar that takes one: on a
// table, on what is embedded, in a tree of logic, on a function's rows, in a write.
func TestEveryOperator(t *testing.T) {
	t.Parallel()
	a := open(t, func(c *rest.Config) { c.TxEnd = "commit-allow-override" })
	a.script(`create table boxes (id int primary key);
		create table things (id int primary key, box int references boxes, name text, n int, list int[], doc jsonb, ok boolean, at tsvector);
		insert into boxes values (1);
		insert into things values (1, 1, 'alpha', 10, '{1,2}', '{"a": {"b": [3, "x"]}, "k": 2}', true, 'fat:1 cat:2'),
			(2, 1, 'Beta', null, '{3}', '{"k": 1}', false, 'rat:1'), (3, 1, 'gamma', 30, null, null, null, null);
		create function every_thing() returns setof things language sql stable as 'select * from things';
		grant all on boxes, things to anon;`)
	list := operators
	if strings.HasPrefix(t.Name(), "TestOnPostgres/") {
		a.script(`alter table things add during int4range; update things set during = '[1,4)' where id = 1; update things set during = '[9,12)' where id = 2;
			drop function every_thing(); create function every_thing() returns setof things language sql stable as 'select * from things';`)
		list = append(list[:len(list):len(list)], rangeOperators...)
	}
	for _, o := range list {
		a.everywhere(o.column, o.op+"."+url.QueryEscape(o.value), o.yes)
		a.everywhere(o.column, "not."+o.op+"."+url.QueryEscape(o.value), o.no)
	}
}

func (a *app) everywhere(column, filter string, want []int) {
	a.t.Helper()
	var objects []string
	for _, id := range want {
		objects = append(objects, fmt.Sprintf(`{"id":%d}`, id))
	}
	rows := "[" + strings.Join(objects, ",") + "]"
	inTree := filter
	if head, value, _ := strings.Cut(strings.TrimPrefix(filter, "not."), "."); head != "in" && head != "is" && !strings.HasPrefix(value, "%7B") {
		inTree = strings.TrimSuffix(filter, value) + "%22" + value + "%22"
	}
	for line, answer := range map[string]string{
		"GET /things?select=id&order=id&" + column + "=" + filter:                                rows,
		"GET /things?select=id&order=id&or=(id.lt.0," + column + "." + inTree + ")":              rows,
		"GET /things?select=id&order=id&and=(id.gt.0,or(" + column + "." + inTree + "))":         rows,
		"GET /rpc/every_thing?select=id&order=id&" + column + "=" + filter:                       rows,
		"GET /boxes?select=things(id)&things.order=id&things." + column + "=" + filter:           `[{"things":` + rows + `}]`,
		"GET /boxes?select=t:things(id)&t.order=id&t.or=(id.lt.0," + column + "." + inTree + ")": `[{"t":` + rows + `}]`,
	} {
		if w := a.call(line, "", ""); w.Code != http.StatusOK || w.Body.String() != answer {
			a.t.Errorf("%s: %d %s, want %s", line, w.Code, w.Body, answer)
		}
	}
	line := "DELETE /things?" + column + "=" + filter
	w := a.call(line, "Prefer: count=exact, tx=rollback", "")
	if got, want := w.Header().Get("Content-Range"), fmt.Sprintf("*/%d", len(want)); w.Code != http.StatusNoContent || got != want {
		a.t.Errorf("%s: %d %s %s, want %s", line, w.Code, got, w.Body, want)
	}
}
