package builtin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/value"
)

const (
	uid    = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
	claims = `{"sub": "` + uid + `", "role": "authenticated", "email": "a@b.c", "app_metadata": {"n": 1}}`
)

func testEnv() *builtin.Env {
	settings := map[string]string{"app.settings.x": "1", "realtime.topic": "room:1"}
	return &builtin.Env{
		Role: "authenticated", Claims: claims, Settings: settings,
		Now: time.Date(2024, 3, 5, 23, 30, 0, 123456000, time.UTC).UnixMicro(),
		Random: func(p []byte) {
			for i := range p {
				p[i] = byte(i * 37)
			}
		},
		SetSetting: func(name, val string, _ bool) { settings[name] = val },
	}
}

func TestSessionFunctions(t *testing.T) {
	t.Parallel()
	anonymous := testEnv()
	anonymous.Claims = ""
	broken := testEnv()
	broken.Claims = `{"sub": "nobody"}`
	set := testEnv()
	set.Settings["request.jwt.claims"] = `{"sub":"` + strings.Replace(uid, "a0", "b0", 1) + `"}`
	berlin := testEnv()
	berlin.Zone, _ = time.LoadLocation("Europe/Berlin")
	for _, c := range []struct {
		env  *builtin.Env
		call string
		want string
	}{
		{testEnv(), "fn auth.uid", uid},
		{anonymous, "fn auth.uid", `\N`},
		{broken, "fn auth.uid", `!22P02 invalid input syntax for type uuid: "nobody"`},
		{set, "fn auth.uid", "b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{testEnv(), "fn auth.role", "authenticated"},
		{testEnv(), "fn auth.email", "a@b.c"},
		{broken, "fn auth.email", `\N`},
		{broken, "fn auth.jwt", `{"sub": "nobody"}`},
		{anonymous, "fn auth.jwt", `\N`},
		{testEnv(), "fn current_setting | text:request.jwt.claims", claims},
		{testEnv(), "fn current_setting | text:request.jwt.claim.sub | bool:t", uid},
		{testEnv(), "fn current_setting | text:app.settings.x", "1"},
		{testEnv(), "fn current_setting | text:app.none | bool:t", `\N`},
		{testEnv(), "fn current_setting | text:app.none", `!42704 unrecognized configuration parameter "app.none"`},
		{anonymous, "fn current_setting | text:request.jwt.claims", `!42704 unrecognized configuration parameter "request.jwt.claims"`},
		{testEnv(), "fn set_config | text:app.y | text:2 | bool:t", "2"},
		{testEnv(), "fn current_user", "authenticated"},
		{testEnv(), "fn session_user", "authenticator"},
		{testEnv(), "fn pg_typeof | _int4:{1}", "integer[]"},
		{testEnv(), "fn storage.foldername | text:a/b/c.png", "{a,b}"},
		{testEnv(), "fn storage.filename | text:a/b/c.png", "c.png"},
		{testEnv(), "fn storage.extension | text:a/b/c.tar.gz", "gz"},
		{testEnv(), "fn realtime.topic", "room:1"},
		{testEnv(), "fn now", "2024-03-05 23:30:00.123456+00"},
		{testEnv(), "fn current_date", "2024-03-05"},
		{berlin, "fn current_date", "2024-03-06"},
		{berlin, "fn localtimestamp", "2024-03-06 00:30:00.123456"},
		{berlin, "fn localtime", "00:30:00.123456"},
		{berlin, "fn current_time", "00:30:00.123456+01"},
		{testEnv(), "fn current_timestamp | int4:3", "2024-03-05 23:30:00.123+00"},
		{testEnv(), "fn age | timestamp:2024-03-01 12:00", "3 days 12:00:00"},
		{testEnv(), "fn gen_random_uuid", "00254a6f-94b9-4e03-a84d-7297bce1062b"},
		{testEnv(), "fn extensions.uuid_generate_v4", "00254a6f-94b9-4e03-a84d-7297bce1062b"},
		{testEnv(), "fn uuidv7", "018e10f3-d93b-774b-a84d-7297bce1062b"},
		{testEnv(), "fn pg_advisory_xact_lock | int8:1", ""},
		{testEnv(), "fn pg_sleep | float8:1", "!0A000 pg_sleep is not supported"},
		{testEnv(), "fn nextval | text:s", "!25006 cannot execute nextval() in a read-only transaction"},
	} {
		if got := runIn(c.env, c.call); got != c.want {
			t.Errorf("%s = %s, want %s", c.call, got, c.want)
		}
	}
}

func TestRecordsOfJSON(t *testing.T) {
	t.Parallel()
	defs := []value.Field{{Name: "a", Type: value.TInt4}, {Name: "b", Type: value.ArrayOf(value.TText)}, {Name: "c", Type: value.TJSONB},
		{Name: "d", Type: &value.Type{Kind: value.Record, Fields: []value.Field{{Name: "x", Type: value.TDate}}}}}
	row := &value.Type{Kind: value.Record, Fields: defs}
	for _, c := range []struct{ fn, doc, want string }{
		{"json_to_record", `{"a": "1", "b": ["x", null], "c": {"z":1}, "d": {"x": "2024-01-01"}, "e": 1}`, `(1,"{x,NULL}","{""z"": 1}","(2024-01-01)")`},
		{"jsonb_to_recordset", `[{"a": 1}, {"a": null, "b": "{p,q}"}]`, `(1,,,) (,"{p,q}",,)`},
		{"jsonb_to_recordset", `[1]`, "!22023 argument of jsonb_to_recordset must be an array of objects"},
		{"json_to_recordset", `{"a":1}`, "!22023 cannot call json_to_recordset on an object"},
		{"json_to_record", `[1]`, "!22023 cannot call json_to_record on an array"},
		{"json_to_record", `{"a": "x"}`, `!22P02 invalid input syntax for type integer: "x"`},
	} {
		f := builtin.SetFuncs("", c.fn)[0]
		var rows []string
		err := f.Series(&builtin.Call{Env: testEnv(), Args: f.Args, Defs: defs}, []value.Value{value.Str(c.doc)}, func(r []value.Value) bool {
			rows = append(rows, value.TextOf(row, value.List(r), nil))
			return true
		})
		got := strings.Join(rows, " ")
		if err != nil {
			got = failure(err)
		}
		if got != c.want {
			t.Errorf("%s(%s) = %s, want %s", c.fn, c.doc, got, c.want)
		}
	}
}

func TestRowsToJSON(t *testing.T) {
	t.Parallel()
	row := &value.Type{Kind: value.Record, Fields: []value.Field{{Name: "id", Type: value.TInt4}, {Name: "t", Type: value.TText}}}
	one, two := value.List([]value.Value{value.Int(1), value.Str("x")}), value.List([]value.Value{value.Int(2), {}})
	c := &builtin.Call{Env: testEnv(), Args: []*value.Type{row}}
	v, err := builtin.Funcs("", "row_to_json")[0].Call(c, []value.Value{one})
	if want := `{"id":1,"t":"x"}`; err != nil || v.S != want {
		t.Errorf("row_to_json = %s, %v; want %s", v.S, err, want)
	}
	s := builtin.Aggs("", "json_agg")[0].New(c)
	for _, r := range []value.Value{one, two} {
		if err := s.Step([]value.Value{r}); err != nil {
			t.Fatal(err)
		}
	}
	v, err = s.Final()
	if want := "[{\"id\":1,\"t\":\"x\"}, \n {\"id\":2,\"t\":null}]"; err != nil || v.S != want {
		t.Errorf("json_agg = %s, %v; want %s", v.S, err, want)
	}
}

// auth.uid() is remembered for the claims that it was read from, and no others.
func TestTheCallerFollowsTheClaims(t *testing.T) {
	t.Parallel()
	env := testEnv()
	other := strings.Replace(uid, "a0", "b0", 1)
	ask := func(want string) {
		t.Helper()
		for range 2 {
			if got := runIn(env, "fn auth.uid"); got != want {
				t.Errorf("auth.uid() = %s, want %s", got, want)
			}
		}
	}
	ask(uid)
	env.Settings["request.jwt.claims"] = `{"sub":"` + other + `"}`
	ask(other)
	env.Settings["request.jwt.claim.sub"] = uid
	ask(uid)
	delete(env.Settings, "request.jwt.claim.sub")
	env.Settings["request.jwt.claims"] = `{"sub":"nobody"}`
	ask(`!22P02 invalid input syntax for type uuid: "nobody"`)
	delete(env.Settings, "request.jwt.claims")
	ask(uid)
	env.Claims = ""
	ask(`\N`)
}
