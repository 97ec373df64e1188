package hostile

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// request is one hostile request and the answer that it must get.
type request struct {
	name, method, path, body string
	header                   map[string]string
	status                   int
	holds                    string
	// postgres is the status there, where the engines may differ; 0 for the same.
	postgres int
}

func (r request) onPostgres(status int) request {
	r.postgres = status
	return r
}

const devSecret = "super-secret-jwt-token-with-at-least-32-characters-long"

func corpus() []request {
	var out []request
	out = append(out, reads()...)
	out = append(out, writes()...)
	out = append(out, batches()...)
	out = append(out, places()...)
	out = append(out, repeats()...)
	return append(out, tokens()...)
}

func get(name, path string, status int, holds string) request {
	return request{name: name, method: "GET", path: path, status: status, holds: holds}
}

func post(name, path, body string, status int, holds string) request {
	return request{name: name, method: "POST", path: path, body: body, status: status, holds: holds}
}

func (r request) with(k, v string) request {
	r.header = map[string]string{k: v}
	return r
}

func reads() []request {
	const n = "/rest/v1/notes"
	return []request{
		get("hidden row", n+"?id=eq.2", 200, "[]"),
		get("hidden row by like", n+"?body=like.TOP*", 200, "[]"),
		get("or around the policy", n+"?select=id&or=(public.eq.false,id.gt.0)", 200, `[{"id":1}]`),
		get("hidden row by embed", "/rest/v1/tags?select=id,notes(body)&id=eq.2", 200, `"notes":null`),
		get("hidden row by spread", "/rest/v1/tags?select=...notes(body)&id=eq.2", 200, `"body":null`),
		get("hidden parent", n+"?select=owners(*)", 200, `"owners":null`),
		get("view", "/rest/v1/note_view?select=id", 200, `[{"id":1}]`),
		get("function counts what the caller sees", "/rest/v1/rpc/count_notes", 200, "1"),
		get("computed column", n+"?select=shout&order=shout", 200, `[{"shout":"OPEN"}]`),
		get("cast shows no hidden value", n+"?select=body::int", 400, `type integer: \"open\"`),
		get("aggregates are off", n+"?select=body.max()", 400, "PGRST123"),
		get("auth.users by embed", "/rest/v1/owners?select=*,users(*)", 400, "PGRST200"),
		get("auth.users by name", "/rest/v1/auth.users", 404, "PGRST205"),
		get("profile auth", "/rest/v1/users", 406, "PGRST106").with("Accept-Profile", "auth"),
		get("profile storage", "/rest/v1/objects", 406, "PGRST106").with("Accept-Profile", "storage"),
		get("profile plinth", "/rest/v1/x", 406, "PGRST106").with("Accept-Profile", "plinth"),
		get("exact count", n+"?select=id", 200, `[{"id":1}]`).with("Prefer", "count=exact"),
		get("sqlite's own table", "/rest/v1/sqlite_master", 404, "PGRST205"),
		get("quote in a value", n+"?id=eq.1%27%20or%20%271%27=%271", 400, "22P02"),
		get("statement in a cast", n+"?select=body::text;drop%20table%20notes", 400, "PGRST100"),
		get("query in order", n+"?order=(select%201)", 400, "PGRST100"),
		get("quote in a json path", n+"?select=meta-%3E%3E%27k%27%22", 200, "null"),
		get("NUL in a value", n+"?body=eq.%00", 400, "PGRST100"),
		get("invalid UTF-8", n+"?body=eq.%ff%fe", 400, "22021"),
		get("surrogate", n+"?body=eq.%ed%a0%80", 400, "22021"),
		get("overlong", n+"?body=eq.%c0%af", 400, "22021"),
		get("deep embeds", n+"?select="+strings.Repeat("tags(", 200)+"id"+strings.Repeat(")", 200), 400, "PLR002"),
		get("deep logic", n+"?or="+strings.Repeat("(and", 1000)+"(id.eq.1)"+strings.Repeat(")", 1000), 400, "PLR002"),
		get("long query", n+"?body=eq."+strings.Repeat("a", 40000), 413, "PLR001"),
		get("many order terms", n+"?order="+strings.Repeat("id,", 4999)+"id", 400, "PLR006"),
		get("long json path", n+"?meta"+strings.Repeat("-%3Ea", 5000)+"=eq.1", 400, "PLR007"),
		get("many embeds", "/rest/v1/tags?select="+strings.Repeat("a:notes(id),", 60)+"id", 400, "PLR005"),
		get("embeds up to the bound", "/rest/v1/tags?select="+numbered("a%d:notes(id)", 30)+","+numbered("b%d:notes!inner(id)", 10)+"&limit=0", 200, "[]"),
		get("inner embeds", "/rest/v1/tags?select="+numbered("a%d:notes!inner(id)", 11), 400, "PLR005"),
		get("inner embeds of lists", n+"?select="+numbered("a%d:tags!inner(id)", 11), 400, "PLR005"),
		get("inner embeds in embeds", n+"?select=tags!inner("+numbered("a%d:notes!inner(id)", 10)+")", 400, "PLR005"),
		get("filters by what is embedded", n+"?select=id,tags()"+strings.Repeat("&tags=not.is.null", 150), 400, "PLR005"),
		get("embeds of lists up to the bound", n+"?select="+numbered("a%d:tags(id)", 30)+","+numbered("b%d:tags!inner(id)", 10)+"&limit=0", 200, "[]"),
		get("spreads up to the bound", "/rest/v1/tags?select="+numbered("...notes(a%d:id)", 40)+"&limit=0", 200, "[]"),
		get("many filters", n+"?"+strings.Repeat("id=eq.1&", 3500), 400, "PLR003"),
		get("many items", n+"?select="+strings.Repeat("id,", 8000)+"id", 400, "PLR004"),
		get("long json path in a select list", n+"?select=meta"+strings.Repeat("-%3Ea", 3000), 400, "PLR007"),
		get("long text query", n+"?select=id&body=fts."+strings.Repeat("a%26", 8000)+"a", 200, "[]"),
		get("deep regular expression", n+"?body=match."+strings.Repeat("(", 2000)+strings.Repeat(")", 2000), 400, "2201B").onPostgres(200),
		get("regular expression of a million states", n+"?body=match.a{1000}{1000}", 400, "2201B"),
		get("private object", "/storage/v1/object/public/priv/x", 400, ""),
		get("encoded traversal", "/storage/v1/object/pub/..%2f..%2fx", 400, ""),
		get("project file", "/supabase/config.toml", 404, ""),
	}
}

// numbered joins n copies of format, each with its number.
func numbered(format string, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(out, ",")
}

func writes() []request {
	const n = "/rest/v1/notes"
	return []request{
		post("upsert over a hidden row", n, `{"id":2,"body":"stolen","public":true}`, 401, "42501").with("Prefer", "resolution=merge-duplicates,return=representation"),
		post("ignored duplicate shows nothing", n, `{"id":2,"body":"x","public":true}`, 201, "[]").with("Prefer", "resolution=ignore-duplicates,return=representation"),
		{name: "patch a hidden row", method: "PATCH", path: n + "?id=eq.2", body: `{"body":"x"}`, status: 200, holds: "[]", header: map[string]string{"Prefer": "return=representation"}},
		{name: "delete all", method: "DELETE", path: n + "?id=gt.0", status: 200, holds: "[]", header: map[string]string{"Prefer": "return=representation"}},
		post("NUL in JSON", n, `{"id":3,"body":"\u0000","public":true}`, 400, "22P05"),
		post("invalid UTF-8 in JSON", n, "{\"id\":3,\"body\":\"\xff\",\"public\":true}", 400, "22021"),
		post("deep JSON", n, strings.Repeat("[", 100000), 400, "PGRST102"),
		post("number bomb", n, `{"id":3,"body":"x","public":true,"meta":1e1000000}`, 400, "22003"),
		post("NUL in CSV", n, "id,body,public\n3,a\x00b,true", 400, "22P05").with("Content-Type", "text/csv"),
		post("NUL in metadata", "/auth/v1/signup", `{"email":"n@b.co","password":"password1","data":{"x":"\u0000"}}`, 400, "bad_json"),
		post("NUL in the metadata of a code", "/auth/v1/otp", `{"email":"n@b.co","create_user":true,"data":{"x":"\u0000"}}`, 400, "bad_json"),
		post("text that begins an address at every token", n, `{"id":30,"public":true,"body":"`+strings.Repeat("a+", 200000)+`"}`, 201, ""),
		get("full text search over it", n+"?select=id&id=eq.30&body=fts.zzz", 200, "[]"),
		post("role in metadata", "/auth/v1/signup", `{"email":"r@b.co","password":"password1","role":"service_role","app_metadata":{"a":1},"data":{"role":"service_role"}}`, 200, `"role":"authenticated"`),
		post("header in an address", "/auth/v1/signup", `{"email":"a\r\nBcc: x@b.co","password":"password1"}`, 400, "validation_failed"),
		post("long password", "/auth/v1/signup", `{"email":"l@b.co","password":"`+strings.Repeat("p", 100000)+`"}`, 400, "validation_failed"),
		post("unknown account", "/auth/v1/token?grant_type=password", `{"email":"zz@b.co","password":"nope"}`, 400, "invalid_credentials"),
		post("wrong password", "/auth/v1/token?grant_type=password", `{"email":"r@b.co","password":"nope"}`, 400, "invalid_credentials"),
	}
}

func tokens() []request {
	const n, svc, far = "/rest/v1/notes?select=id", `{"role":"service_role","exp":4000000000}`, `,"exp":4000000000}`
	user := `{"sub":"'","role":"authenticated"` + far
	return []request{
		get("alg none", n, 401, "PGRST301").with("Authorization", sign(`{"alg":"none"}`, svc, devSecret)),
		get("alg RS256 with the shared secret", n, 401, "PGRST301").with("Authorization", sign(`{"alg":"RS256"}`, svc, devSecret)),
		get("empty key", n, 401, "PGRST301").with("Authorization", sign(`{"alg":"HS256"}`, svc, "")),
		get("kid as a path", n, 401, "PGRST301").with("Authorization", sign(`{"alg":"HS256","kid":"../../dev/null"}`, svc, "")),
		get("key in the header", n, 401, "PGRST301").with("Authorization", sign(`{"alg":"HS256","jwk":{"kty":"oct","k":""}}`, svc, "")),
		get("role postgres", n, 401, "PGRST301").with("Authorization", sign(`{"alg":"HS256"}`, `{"role":"postgres"`+far, devSecret)),
		get("role with a statement", n, 401, "PGRST301").with("Authorization", sign(`{"alg":"HS256"}`, `{"role":"anon\"; set role postgres"`+far, devSecret)),
		get("role not a string", n, 401, "PGRST303").with("Authorization", sign(`{"alg":"HS256"}`, `{"role":1`+far, devSecret)),
		get("sub not a uuid", "/auth/v1/user", 400, "bad_jwt").with("Authorization", sign(`{"alg":"HS256"}`, user, devSecret)),
	}
}

func sign(header, claims, key string) string {
	enc := base64.RawURLEncoding.EncodeToString
	head := enc([]byte(header)) + "." + enc([]byte(claims))
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(head))
	return "Bearer " + head + "." + enc(mac.Sum(nil))
}
