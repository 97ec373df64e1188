package hostile

import (
	"encoding/base64"
	"strings"
)

// batches want a reference to be more than a value.
func batches() []request {
	const p = "/rest/v1/batch"
	first := `{"id":"a","method":"GET","path":"/notes?select=id,body&id=eq.1"}`
	second := func(members string) string { return "[" + first + "," + members + "]" }
	ref := func(query string) string {
		return second(`{"method":"GET","path":"/notes?select=id","query":` + query + "}")
	}
	return []request{
		post("hidden row by a batch", p, `[{"method":"GET","path":"/notes?id=eq.2"}]`, 200, `"body":[]`),
		post("another role by a batch", p, `[{"method":"GET","path":"/notes","headers":{"Authorization":"Bearer x"}}]`, 400, "PLR030"),
		post("another schema by a batch", p, `[{"method":"GET","path":"/users","headers":{"Accept-Profile":"auth"}}]`, 406, "PGRST106"),
		post("another host by a batch", p, `[{"method":"GET","path":"//evil/notes"}]`, 404, "PGRST125"),
		post("traversal by a batch", p, `[{"method":"GET","path":"/../auth/v1/settings"}]`, 404, "PGRST125"),
		post("a batch in a batch", p, `[{"method":"POST","path":"/batch","body":[]}]`, 404, "PGRST205"),
		post("a column by reference", p, ref(`{"select":{"$ref":"a#/0/body"}}`), 400, "PLR032"),
		post("an operator by reference", p, ref(`{"id":{"$ref":"a#/0/id"}}`), 400, "PLR032"),
		post("an operator with a filter in it", p, ref(`{"id":{"eq.1&public=eq.false&id":{"$ref":"a#/0/id"}}}`), 400, "PLR032"),
		post("a tree by reference", p, ref(`{"or":{"eq":{"$ref":"a#/0/body"}}}`), 400, "PLR032"),
		post("a value that is text", p, ref(`{"id":{"eq":{"$ref":"a#/0/body"}}}`), 400, "22P02"),
		post("the future", p, `[{"method":"GET","path":"/notes","query":{"id":{"eq":{"$ref":"1#/0"}}}}]`, 400, "PLR032"),
		post("deep references", p, second(`{"method":"POST","path":"/notes","body":`+strings.Repeat(`{"a":`, 300)+`{"$ref":"a#"}`+strings.Repeat("}", 300)+"}"), 400, "PLR032"),
		post("a long pointer", p, second(`{"method":"POST","path":"/notes","body":{"$ref":"a#`+strings.Repeat("/0", 1000)+`"}}`), 400, "PLR032"),
		post("many references", p, second(`{"method":"POST","path":"/notes","body":[`+strings.Repeat(`{"$ref":"a#"},`, 600)+`1]}`), 400, "PLR030"),
		post("many requests", p, "["+strings.Repeat(`{"method":"GET","path":"/notes"},`, 200)+first+"]", 413, "PLR031"),
		post("a batch of brackets", p, strings.Repeat("[", 100000), 400, "PLR030"),
		post("half a batch", p, `[{"method":"POST","path":"/notes","body":{"id":900,"body":"half","public":true}},{"method":"POST","path":"/notes","body":{"id":901,"body":"hidden","public":false}}]`, 401, "42501"),
		get("nothing of it stays", "/rest/v1/notes?select=id&id=gte.900", 200, "[]"),
	}
}

// places want a cursor to say more than it may.
func places() []request {
	const n = "/rest/v1/notes?select=id&cursor="
	token := func(print, values string) string {
		return "after." + base64.RawURLEncoding.EncodeToString([]byte("\x01"+print+values))
	}
	return []request{
		get("cursor of zeros", n+token("\x00\x00\x00\x00\x00\x00\x00\x00", "\x020"), 400, "PLR042"),
		get("cursor with a huge length", n+token("12345678", "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), 400, "PLR041"),
		get("cursor with NUL", n+token("12345678", "\x02\x00"), 400, "PLR041"),
		get("cursor with many terms", n+token("12345678", strings.Repeat("\x00", 1000)), 400, "PLR042"),
		get("cursor too long", n+token("12345678", strings.Repeat("\x00", 5000)), 400, "PLR041"),
		get("cursor of nothing", n+"after.", 400, "PLR041"),
		get("cursor with a statement", n+"after.'%20or%201=1", 400, "PLR041"),
		get("order by a table that is not embedded", "/rest/v1/tags?select=id&cursor=first&order=owners(name)", 400, "PGRST108"),
		{name: "delete by cursor", method: "DELETE", path: "/rest/v1/notes?cursor=first", status: 400, holds: "PLR041"},
	}
}

// repeats want another's answer, or to break the keeping of theirs.
func repeats() []request {
	const n, note = "/rest/v1/notes", `{"id":950,"body":"once","public":true}`
	const key = "4f0f8cfb-3f4f-4d5e-9a43-5d9d7f6a1c11"
	return []request{
		post("guessable key", n, note, 400, "PLR021").with("Idempotency-Key", "1"),
		post("key with a line", n, note, 400, "PLR020").with("Idempotency-Key", "a\r\nX: y"+strings.Repeat("k", 40)),
		post("long key", n, note, 400, "PLR020").with("Idempotency-Key", strings.Repeat("k", 5000)),
		post("key with a statement", n, note, 201, "").with("Idempotency-Key", `');drop/**/table/**/plinth.idempotency;--`),
		post("key used", n, `{"id":951,"body":"x","public":true}`, 201, "").with("Idempotency-Key", key),
		post("key used with another body", n, `{"id":952,"body":"x","public":true}`, 422, "PLR022").with("Idempotency-Key", key),
		get("keys by name", "/rest/v1/idempotency", 404, "PGRST205"),
	}
}
