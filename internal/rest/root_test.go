package rest_test

import (
	"encoding/json"
	"reflect"
	"testing"
)

// TestRoot: the description has the marks that tools look for, and shows a role what
// it may use.
func TestRoot(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	a.script("revoke insert, update, delete on notes from anon, authenticated; comment on table lists is E'All lists\nof people';")
	read := func(as string) map[string]any {
		w := a.call("GET /", "As: "+as, "")
		var doc map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != 200 || w.Header().Get("Content-Type") != "application/openapi+json; charset=utf-8" {
			t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
		}
		return doc
	}
	doc := read("anon")
	at := func(steps ...string) any {
		var v any = doc
		for _, s := range steps {
			m, _ := v.(map[string]any)
			v = m[s]
		}
		return v
	}
	for _, c := range []struct {
		path []string
		want string
	}{
		{[]string{"swagger"}, `"2.0"`},
		{[]string{"paths", "/hidden"}, `null`},
		{[]string{"paths", "/notes", "post"}, `null`},
		{[]string{"paths", "/lists", "get", "summary"}, `"All lists"`},
		{[]string{"paths", "/lists", "get", "description"}, `"of people"`},
		{[]string{"definitions", "todos", "required"}, `["id", "title", "done", "priority"]`},
		{[]string{"definitions", "todos", "properties", "id"}, `{"type": "integer", "format": "bigint", "description": "Note:\nThis is a Primary Key.<pk/>"}`},
		{[]string{"definitions", "todos", "properties", "list_id", "description"}, "\"Note:\\nThis is a Foreign Key to `lists.id`.<fk table='lists' column='id'/>\""},
		{[]string{"definitions", "todos", "properties", "cost"}, `{"type": "number", "format": "numeric"}`},
		{[]string{"definitions", "todos", "properties", "tags"}, `{"type": "array", "format": "text[]", "items": {"type": "string"}}`},
		{[]string{"definitions", "todos", "properties", "priority", "enum"}, `["low", "high"]`},
		{[]string{"definitions", "lists", "properties", "meta"}, `{"format": "jsonb"}`},
		{[]string{"paths", "/rpc/finish", "get"}, `null`},
		{[]string{"paths", "/rpc/add", "post", "parameters"}, `[{"name": "args", "in": "body", "required": true, "schema": {"type": "object", "required": ["a"],
			"properties": {"a": {"type": "integer", "format": "integer"}, "b": {"type": "integer", "format": "integer"}}}}, {"$ref": "#/parameters/preferParams"}]`},
		{[]string{"parameters", "rowFilter.shares.level"}, `{"name": "level", "in": "query", "required": false, "type": "string"}`},
	} {
		var want any
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if got := at(c.path...); !reflect.DeepEqual(got, want) {
			t.Errorf("%v is %s, want %s", c.path, mustJSON(got), c.want)
		}
	}
	if at("paths", "/notes", "get") == nil || at("paths", "/rpc/add", "get") == nil {
		t.Error("what anon may read is missing")
	}
	if doc = read("service_role"); at("paths", "/hidden", "delete") == nil {
		t.Error("service_role does not see all tables")
	}
}
