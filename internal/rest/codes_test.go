package rest_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/rest"
)

// codeCase is a request that a code is for.
type codeCase struct {
	code          string
	line, headers string
	body          string
	status        int
}

const strict = "Prefer: handling=strict, "

// codeCases has each of PostgREST's codes; codesElsewhere those that need more than a
// request to the room.
var codeCases = []codeCase{
	{"PGRST100", "GET /todos?id=equals.1", "", "", 400},
	{"PGRST100", "GET /todos?select=id,(", "", "", 400},
	{"PGRST100", "GET /todos?order=id.sideways", "", "", 400},
	{"PGRST101", "PUT /rpc/add", "", "{}", 405},
	{"PGRST101", "DELETE /rpc/add", "", "", 405},
	{"PGRST102", "POST /todos", "", "{", 400},
	{"PGRST102", "POST /todos", "", `[{"title":"a"},{"done":true}]`, 400},
	{"PGRST102", "POST /todos", "Content-Type: text/csv", "title,done\na", 400},
	{"PGRST102", "POST /todos", "Content-Type: image/png", "x", 400},
	{"PGRST103", "GET /todos?offset=99", "Prefer: count=exact", "", 416},
	{"PGRST103", "GET /todos", "Range: 5-2", "", 416},
	{"PGRST105", "PUT /lists?name=eq.x", "", `{"id":1,"name":"x"}`, 405},
	{"PGRST106", "GET /users", "Accept-Profile: auth", "", 406},
	{"PGRST106", "POST /users", "Content-Profile: nowhere", "{}", 406},
	{"PGRST107", "GET /todos", "Accept: image/png", "", 406},
	{"PGRST108", "GET /todos?lists.name=eq.x", "", "", 400},
	{"PGRST108", "GET /todos?lists.order=name", "", "", 400},
	{"PGRST111", "GET /rpc/bad_headers", "", "", 500},
	{"PGRST112", "GET /rpc/bad_status", "", "", 500},
	{"PGRST114", "PUT /lists?id=eq.1&limit=1", "", `{"id":1,"name":"x"}`, 400},
	{"PGRST115", "PUT /lists?id=eq.1", "", `{"id":2,"name":"x"}`, 400},
	{"PGRST116", "GET /todos", "Accept: application/vnd.pgrst.object+json", "", 406},
	{"PGRST116", "GET /todos?id=eq.999", "Accept: application/vnd.pgrst.object+json", "", 406},
	{"PGRST117", "TRACE /todos", "", "", 405},
	{"PGRST117", "CONNECT /todos", "", "", 405},
	{"PGRST118", "GET /lists?select=id,todos(id)&order=todos(id)", "", "", 400},
	{"PGRST120", "GET /lists?select=id,todos()&todos=eq.1", "", "", 400},
	{"PGRST120", "GET /lists?select=id,todos()&or=(id.eq.1,todos.gt.1)", "", "", 400},
	{"PGRST121", "POST /rpc/bad_raise", "", "{}", 500},
	{"PGRST122", "GET /todos", strict + "nonsense", "", 400},
	{"PGRST123", "GET /todos?select=id.max()", "", "", 400},
	{"PGRST124", "DELETE /shares?level=gt.0", strict + "max-affected=0", "", 400},
	{"PGRST125", "GET /todos/1", "", "", 404},
	{"PGRST127", "POST /todos", planOf, "[]", 400},
	{"PGRST128", "POST /rpc/finish", strict + "max-affected=1", `{"todo":1}`, 400},
	{"PGRST200", "GET /todos?select=people(*)", "", "", 400},
	{"PGRST201", "GET /lists?select=id,people(*)", "", "", 300},
	{"PGRST202", "POST /rpc/nope", "", "{}", 404},
	{"PGRST202", "POST /rpc/add", "", `{"c":1}`, 404},
	{"PGRST203", "GET /rpc/over?a=3", "", "", 300},
	{"PGRST204", "POST /todos", "", `{"titel":"x"}`, 400},
	{"PGRST204", "POST /todos?columns=titel", "", `{"title":"x"}`, 400},
	{"PGRST205", "GET /todo", "", "", 404},
	{"PGRST205", "OPTIONS /todo", "", "", 404},
}

// codesElsewhere are met by other tests, or have no occasion: docs/errors.md says why.
var codesElsewhere = map[string]string{
	"PGRST000": "TestDatabaseIsAway", "PGRST003": "TestFlood", "PGRST301": "TestHostile", "PGRST303": "TestHostile",
	"PGRST001": "", "PGRST002": "", "PGRST126": "", "PGRST300": "", "PGRST302": "",
}

const codeFunctions = `
create function bad_headers() returns void language plpgsql stable as $$ begin perform set_config('response.headers', '{"a":1}', true); end $$;
create function bad_status() returns void language plpgsql stable as $$ begin perform set_config('response.status', 'fine', true); end $$;
create function bad_raise() returns void language plpgsql as $$ begin raise sqlstate 'PGRST' using message = 'no json'; end $$;
create function over(a int) returns int language sql stable as 'select a';
create function over(a text) returns text language sql stable as 'select a';
create function fail(state text) returns void language plpgsql as $$ begin raise exception 'made' using errcode = state, detail = 'd', hint = 'h'; end $$;`

// TestEveryCode: each code of PostgREST's is answered to what it is for.
func TestEveryCode(t *testing.T) {
	t.Parallel()
	roleSettings.RLock()
	defer roleSettings.RUnlock()
	a := open(t, func(c *rest.Config) { c.Plans = true })
	a.script(codeFunctions)
	met := map[string]bool{}
	for _, c := range codeCases {
		w := a.call(c.line, c.headers, c.body)
		if got := w.Header().Get("Proxy-Status"); w.Code != c.status || got != "PostgREST; error="+c.code {
			t.Errorf("%s %s %s: %d %q %s, want %d %s", c.line, c.headers, c.body, w.Code, got, w.Body, c.status, c.code)
		}
		var f map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil || f["code"] != c.code || f["message"] == "" || len(f) != 4 {
			t.Errorf("%s: the body is %s", c.line, w.Body)
		}
		met[c.code] = true
	}
	page, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range regexp.MustCompile(`PGRST\d{3}`).FindAllString(string(page), -1) {
		if _, elsewhere := codesElsewhere[code]; !met[code] && !elsewhere {
			t.Errorf("no request is for %s", code)
		}
	}
}

// TestEveryState: each SQLSTATE of the table that SQL raises has its status, for one who
// is signed in and one who is not; the words are SQL's.
func TestEveryState(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	a.script(codeFunctions)
	for state, status := range map[string]int{
		"08000": 503, "09000": 500, "0L000": 403, "0P000": 403, "21000": 500, "22012": 400, "22023": 400, "22P02": 400, "23502": 400,
		"23503": 409, "23505": 409, "23514": 400, "25000": 500, "25006": 405, "28000": 403, "28P01": 403, "2D000": 500, "38000": 500,
		"39000": 500, "3B000": 500, "3D000": 400, "40000": 500, "40001": 500, "40P01": 500, "42501": 403, "42601": 400, "42703": 400,
		"42883": 404, "42P01": 404, "42P17": 500, "44000": 400, "53000": 503, "53300": 504, "53400": 500, "54000": 400, "54001": 400,
		"54011": 500, "55000": 500, "55P03": 500, "57000": 500, "57014": 500, "58000": 500, "58P01": 500, "F0000": 500, "HV000": 500,
		"P0000": 500, "P0001": 400, "P0002": 500, "XX000": 500, "PT402": 402, "PT599": 599, "ZZ999": 400,
	} {
		for _, who := range []string{"As: ann", ""} {
			want := status
			if state == "42501" && who == "" {
				want = 401
			}
			w := a.call("POST /rpc/fail", who, `{"state":"`+state+`"}`)
			if w.Code != want {
				t.Errorf("%s %q: status %d, want %d: %s", state, who, w.Code, want, w.Body)
			}
			body := w.Body.String()
			words := []string{strconv.Quote(state), `"made"`, `"d"`, `"h"`}
			switch state { // whoever says so, they are of the connection
			case "08000":
				words = []string{`"PGRST000"`}
			case "53300":
				words = []string{`"PGRST003"`}
			}
			for _, word := range words {
				if !strings.Contains(body, word) {
					t.Errorf("%s: %s is not in %s", state, word, body)
				}
			}
			if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (w.Code == 401) {
				t.Errorf("%s: %d with the challenge %q", state, w.Code, challenge)
			}
		}
	}
}
