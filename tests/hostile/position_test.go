package hostile

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// poisons end what they stand in, in SQL's ways and JSON's, or are no text, or are more
// of it than anybody means.
var poisons = []string{
	`'`, `''`, `"`, `""`, `\`, `\'`, `\"`, "`", `$1`, `$$`, `$a$`, `:a`, `?`, `;`, `--`, `/*`, `*/`, `%`, `_`, `*`, `,`, `.`, `)`, `(`, `{`, `}`, `[`, `|`, `&`, `!`, `=`, `->`, `->>`, `::`,
	`' or '1'='1`, `') or true --`, `'; drop table notes; --`, `"; drop table notes; --`, `1; drop table notes`, `1); drop table notes; --`, `id"; delete from notes; --`, `}'; drop table notes; --`,
	`(select body from notes where not public)`, `' union select body from notes where not public --`, `pg_sleep(20)`, `x' || (select encrypted_password from auth.users) || '`, `load_extension('x')`, `pg_read_file('/etc/passwd')`, `current_setting('request.jwt.claims')`,
	`eq.1) or (true`, `1&public=eq.false`, `id.eq.1,public.eq.false`, `U&"\0027"`, `E'\047'`, `%27`, `%2527`, `&apos;`,
	"\x00", "\xff\xfe", "\xed\xa0\x80", "\xc0\xa7", "ʼ", "＇", "’ or ‘1’=‘1", "\u202e'\u202d", "a\u0301\u0301\u0301", "\U0001F4A3", "\ufeff", "\u2028", "\r\nX-Evil: 1", "\t\v\f",
	strings.Repeat("'", 3000), strings.Repeat("(", 1500), strings.Repeat(`{"a":`, 800), strings.Repeat("\\", 3000), strings.Repeat("é", 4000), strings.Repeat("a.", 900), "99999999999999999999999999999999", "-0", "1e999", "NaN", "null", "true",
}

// position is a place of the grammar that takes what the caller writes.
type position struct {
	name string
	put  func(p string) request
}

// query puts a poison at § of a query string.
func inQuery(name, method, path, body string, header ...string) position {
	return position{name, func(p string) request {
		return heads(request{method: method, path: "/rest/v1" + strings.ReplaceAll(path, "§", url.QueryEscape(p)), body: body}, "", header)
	}}
}

// inHeader puts it at § of a header.
func inHeader(name, method, path string, header ...string) position {
	return position{name, func(p string) request {
		return heads(request{method: method, path: "/rest/v1" + path}, p, header)
	}}
}

// inBody puts it at § of a JSON text; where it is not UTF-8, as it is.
func inBody(name, path, body string, header ...string) position {
	return position{name, func(p string) request {
		return heads(request{method: "POST", path: "/rest/v1" + path, body: strings.ReplaceAll(body, "§", inJSON(p))}, "", header)
	}}
}

func inJSON(p string) string {
	text, err := json.Marshal(p)
	if err != nil || strings.ContainsRune(string(text), '\ufffd') {
		return p
	}
	return string(text[1 : len(text)-1])
}

func heads(r request, p string, header []string) request {
	r.header = map[string]string{}
	for i := 0; i+1 < len(header); i += 2 {
		r.header[header[i]] = strings.ReplaceAll(header[i+1], "§", p)
	}
	return r
}

func positionsOfReads() []position {
	const get = http.MethodGet
	return []position{
		{"path", func(p string) request { return request{method: get, path: "/rest/v1/" + url.PathEscape(p)} }},
		{"path behind a table", func(p string) request { return request{method: get, path: "/rest/v1/notes/" + url.PathEscape(p)} }},
		{"function", func(p string) request { return request{method: get, path: "/rest/v1/rpc/" + url.PathEscape(p)} }},
		inQuery("the whole query", get, "/notes?§", ""),
		inQuery("key", get, "/notes?§=eq.1", ""),
		inQuery("embed-scoped key", get, "/notes?select=id,tags(id)&§.order=id", ""),
		inQuery("key of a logic tree", get, "/notes?§.or=(id.eq.1)", ""),
		inQuery("path in a key", get, "/notes?meta->>§=eq.1", ""),
		inQuery("operator", get, "/notes?id=§", ""),
		inQuery("operator before its value", get, "/notes?id=§.1", ""),
		inQuery("negated operator", get, "/notes?id=not.§", ""),
		inQuery("quantifier", get, "/notes?body=like(§).{a}", ""),
		inQuery("value of a number", get, "/notes?id=eq.§", ""),
		inQuery("value of a text", get, "/notes?body=eq.§", ""),
		inQuery("value of json", get, "/notes?meta=cs.§", ""),
		inQuery("value of a uuid", get, "/notes?owner=eq.§", ""),
		inQuery("value of is", get, "/notes?body=is.§", ""),
		inQuery("value of isdistinct", get, "/notes?body=isdistinct.§", ""),
		inQuery("list", get, "/notes?body=in.(a,§)", ""),
		inQuery("quoted in a list", get, `/notes?body=in.("§")`, ""),
		inQuery("list of any", get, "/notes?body=like(any).{a,§}", ""),
		inQuery("pattern", get, "/notes?body=like.§", ""),
		inQuery("pattern, cases aside", get, "/notes?body=ilike.*§*", ""),
		inQuery("expression", get, "/notes?body=match.§", ""),
		inQuery("expression, cases aside", get, "/notes?body=imatch.§", ""),
		inQuery("search", get, "/notes?body=fts.§", ""),
		inQuery("search of the web", get, "/notes?body=wfts(english).§", ""),
		inQuery("search for a phrase", get, "/notes?body=phfts.§", ""),
		inQuery("language of a search", get, "/notes?body=plfts(§).a", ""),
		inQuery("array", get, "/notes?body=ov.{§}", ""),
		inQuery("range", get, "/notes?id=adj.[1,§)", ""),
		inQuery("logic tree", get, "/notes?or=(§)", ""),
		inQuery("column in a logic tree", get, "/notes?or=(§.eq.1)", ""),
		inQuery("value in a logic tree", get, "/notes?and=(body.eq.§,id.eq.1)", ""),
		inQuery("quoted in a logic tree", get, `/notes?and=(body.eq."§")`, ""),
		inQuery("nested logic tree", get, "/notes?or=(and(§),not.or(id.eq.1))", ""),
		inQuery("select item", get, "/notes?select=§", ""),
		inQuery("quoted select item", get, `/notes?select="§"`, ""),
		inQuery("alias", get, "/notes?select=§:id", ""),
		inQuery("quoted alias", get, `/notes?select="§":id&limit=1`, ""),
		inQuery("cast", get, "/notes?select=id::§", ""),
		inQuery("path in a select item", get, "/notes?select=meta->§", ""),
		inQuery("path to a text", get, "/notes?select=x:meta->>§", ""),
		inQuery("aggregate", get, "/notes?select=id.§()", ""),
		inQuery("embed", get, "/notes?select=§(*)", ""),
		inQuery("alias of an embed", get, "/notes?select=§:tags(*)", ""),
		inQuery("hint", get, "/notes?select=tags!§(*)", ""),
		inQuery("item of an embed", get, "/notes?select=tags(§)", ""),
		inQuery("spread", get, "/tags?select=...§(body)", ""),
		inQuery("filter of an embed", get, "/notes?select=id,tags(id)&tags.label=eq.§", ""),
		inQuery("order", get, "/notes?order=§", ""),
		inQuery("order's direction", get, "/notes?order=id.§", ""),
		inQuery("order by what is embedded", get, "/tags?select=id,notes(body)&order=notes(§)", ""),
		inQuery("order by a path", get, "/notes?order=meta->>§", ""),
		inQuery("order of an embed", get, "/notes?select=id,tags(id)&tags.order=§", ""),
		inQuery("limit", get, "/notes?limit=§", ""),
		inQuery("offset", get, "/notes?offset=§", ""),
		inQuery("limit of an embed", get, "/notes?select=id,tags(id)&tags.limit=§", ""),
		inQuery("cursor", get, "/notes?cursor=after.§", ""),
		inQuery("argument's name", get, "/rpc/count_notes?§=1", ""),
		inQuery("argument", get, "/rpc/word?w=§", ""),
		inHeader("Accept", get, "/notes", "Accept", "§"),
		inHeader("Accept of a plan", get, "/notes", "Accept", `application/vnd.pgrst.plan+json; for="§"; options=§`),
		inHeader("Prefer", get, "/notes", "Prefer", "§"),
		inHeader("strict Prefer", get, "/notes", "Prefer", "handling=strict, §"),
		inHeader("time zone", get, "/notes", "Prefer", "timezone=§"),
		inHeader("count", get, "/notes", "Prefer", "count=§"),
		inHeader("Range", get, "/notes", "Range", "0-§"),
		inHeader("profile", get, "/notes", "Accept-Profile", "§"),
		inHeader("a header that SQL sees", get, "/rpc/seen", "X-Seen", "§"),
		inHeader("If-None-Match", get, "/notes", "If-None-Match", "§"),
	}
}

func positionsOfWrites() []position {
	return []position{
		inBody("member", "/notes", `{"id":70,"§":1}`),
		inBody("value of a member", "/notes", `{"id":71,"body":"§","public":false}`),
		inBody("text for a number", "/notes", `{"id":"§","body":"x"}`),
		inBody("json in json", "/notes", `{"id":72,"body":"x","public":false,"meta":{"§":"§"}}`),
		inBody("the whole body", "/notes", `§`),
		inBody("rows that differ", "/notes", `[{"id":73},{"§":1}]`, "Prefer", "missing=default"),
		inBody("argument's name in a body", "/rpc/word", `{"§":"a"}`),
		inBody("argument in a body", "/rpc/word", `{"w":"§"}`),
		inBody("argument that is json", "/rpc/keys", `{"j":{"§":1}}`),
		inBody("path in a batch", "/batch", `[{"method":"GET","path":"/§"}]`),
		inBody("query in a batch", "/batch", `[{"method":"GET","path":"/notes?id=eq.§"}]`),
		inBody("bound value in a batch", "/batch", `[{"method":"GET","path":"/notes","query":{"id":{"§":1}}}]`),
		inBody("reference", "/batch", `[{"id":"a","method":"GET","path":"/notes"},{"method":"POST","path":"/notes","body":{"id":{"$ref":"§"}}}]`),
		inBody("header in a batch", "/batch", `[{"method":"GET","path":"/notes","headers":{"Prefer":"§"}}]`),
		inQuery("columns", http.MethodPost, "/notes?columns=§", `[{"id":74}]`),
		inQuery("quoted columns", http.MethodPost, `/notes?columns="§"`, `[{"id":74}]`),
		inQuery("on_conflict", http.MethodPost, "/notes?on_conflict=§", `{"id":75,"body":"x","public":false}`, "Prefer", "resolution=merge-duplicates"),
		inQuery("filter of an update", http.MethodPatch, "/notes?id=eq.§", `{"body":"poisoned"}`),
		inQuery("column of an update's filter", http.MethodPatch, "/notes?§=eq.1", `{"body":"poisoned"}`),
		inQuery("filter of a delete", http.MethodDelete, "/notes?body=eq.§", ""),
		inQuery("logic of a delete", http.MethodDelete, "/notes?or=(§)", ""),
		inQuery("key of a put", http.MethodPut, "/tags?id=eq.§", `{"id":1,"note_id":1,"label":"x"}`),
		{"csv header", func(p string) request {
			return heads(request{method: "POST", path: "/rest/v1/notes", body: "id," + p + "\n76,x"}, "", []string{"Content-Type", "text/csv"})
		}},
		{"csv field", func(p string) request {
			return heads(request{method: "POST", path: "/rest/v1/notes", body: "id,body,public\n77," + p + ",false"}, "", []string{"Content-Type", "text/csv"})
		}},
		{"form", func(p string) request {
			return heads(request{method: "POST", path: "/rest/v1/rpc/word", body: "w=" + p}, "", []string{"Content-Type", "application/x-www-form-urlencoded"})
		}},
		{"type of a body", func(p string) request {
			return heads(request{method: "POST", path: "/rest/v1/notes", body: "{}"}, p, []string{"Content-Type", "§"})
		}},
		{"profile of a write", func(p string) request {
			return heads(request{method: "POST", path: "/rest/v1/notes", body: "{}"}, p, []string{"Content-Profile", "§"})
		}},
		{"key of a repeat", func(p string) request {
			return heads(request{method: "POST", path: "/rest/v1/notes", body: `{"id":78,"body":"x","public":false}`}, p, []string{"Idempotency-Key", "§"})
		}},
	}
}

// everyPosition puts poisons at every place: each 24th, begun with another at each
// place, and all of them in `make proof P=hostile`. None makes the server fail, shows a
// hidden row or changes one; and where it is a value, it comes back as it went.
func everyPosition(t *testing.T, h http.Handler, anon string) {
	step := 24
	if os.Getenv("PLINTH_PROOF") != "" {
		step = 1
	}
	places, sent := append(positionsOfReads(), positionsOfWrites()...), 0
	for i, at := range places {
		t.Run("at "+at.name, func(t *testing.T) {
			for k := i % step; k < len(poisons); k += step {
				p := poisons[k]
				r := at.put(p)
				status, body := send(t, h, anon, r)
				sent++
				if status >= http.StatusInternalServerError || status == 0 {
					t.Errorf("%.60q: %s %.120s %.120s: %d %.200s", p, r.method, r.path, r.body, status, body)
				}
				for _, secret := range []string{"TOPSECRET", "HIDDENOWNER", "encrypted_password\":", "root:x:"} {
					if strings.Contains(body, secret) {
						t.Errorf("%.60q: the answer leaks %s: %.300s", p, secret, body)
					}
				}
			}
			if _, body := send(t, h, anon, get("", "/rest/v1/notes?select=id,body&id=lt.10", 200, "")); body != `[{"id":1,"body":"open"}]` {
				t.Errorf("afterwards the table is %.300s", body)
			}
		})
	}
	t.Logf("%d texts at %d places: %d requests", len(poisons), len(places), sent)
	t.Run("a value is a value", func(t *testing.T) {
		for i, p := range poisons {
			want, err := json.Marshal(p)
			if err != nil || !utf8.ValidString(p) || strings.Contains(p, "\x00") || len(p) > 4000 {
				continue // not text to Postgres, or longer than a query may be
			}
			status, body := send(t, h, anon, post("", "/rest/v1/rpc/word", `{"w":`+string(want)+`}`, 200, ""))
			var got string
			if json.Unmarshal([]byte(body), &got); status != 200 || got != p {
				t.Errorf("%d %.60q came back as %d %.100s", i, p, status, body)
			}
			if strings.HasPrefix(p, "eq.") {
				continue // in a query string that is a filter
			}
			if _, body = send(t, h, anon, get("", "/rest/v1/rpc/word?w="+url.QueryEscape(p), 200, "")); json.Unmarshal([]byte(body), &got) != nil || got != p {
				t.Errorf("%d %.60q came back by GET as %.100s", i, p, body)
			}
		}
	})
}
