package openapi

import (
	"fmt"
	"net/url"
	"strings"
)

// Paths returns the paths of the schema under prefix, and their schemas, for an
// OpenAPI 3.1 document that has the parameters and responses of Shared.
func (in Input) Paths(prefix string) (paths, schemas map[string]any) {
	paths, schemas = object{}, object{}
	for _, t := range in.tables() {
		paths[prefix+"/"+url.PathEscape(t.Name)] = t.path3(in.Schema)
		schemas[component(in.Schema, t.Name)] = t.schema3()
	}
	for _, f := range in.functions() {
		paths[prefix+"/rpc/"+url.PathEscape(f.Name)] = f.path3(in.Schema)
	}
	return paths, schemas
}

// component is a name that components may have.
func component(parts ...string) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('.')
		}
		for _, c := range []byte(p) {
			if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "-%02x", c)
			}
		}
	}
	return b.String()
}

func ref(kind, name string) object { return object{"$ref": "#/components/" + kind + "/" + name} }

func json3(schema object) object { return object{"application/json": object{"schema": schema}} }

func (t *table) path3(schema string) object {
	row := ref("schemas", component(schema, t.Name))
	rows := object{"type": "array", "items": row}
	o := object{}
	add := func(may bool, verb, what string, responses object, params []object) object {
		if !may {
			return object{}
		}
		op := object{
			"tags": []string{"data"}, "operationId": component(verb, schema, t.Name), "summary": what + " " + t.Name,
			"parameters": params, "responses": responses,
		}
		put(op, "description", t.Comment)
		responses["default"] = ref("responses", "Fault")
		o[verb] = op
		return op
	}
	filters := t.filters3()
	body := object{"required": true, "content": json3(object{"anyOf": []object{row, rows}})}
	written := object{"description": "written; the rows where return=representation is preferred", "content": json3(rows)}
	add(t.read, "get", "read", object{
		"200": object{"description": "the rows", "content": json3(rows)},
		"206": object{"description": "some of the rows", "content": json3(rows)},
	}, append(filters, params("select", "order", "limit", "offset", "cursor", "Prefer")...))
	add(t.insert, "post", "insert into", object{"201": written},
		params("select", "columns", "on_conflict", "Prefer", "Idempotency-Key"))["requestBody"] = body
	add(t.update, "patch", "update", object{"200": written, "204": object{"description": "written"}},
		append(filters, params("select", "Prefer", "Idempotency-Key")...))["requestBody"] = body
	add(t.remove, "delete", "delete from", object{"200": written, "204": object{"description": "deleted"}},
		append(filters, params("select", "Prefer", "Idempotency-Key")...))
	return o
}

func (t *table) filters3() []object {
	var out []object
	for _, c := range t.columns {
		if reserved[c.Name] {
			continue // the parameter of that name means something else
		}
		p := object{"name": c.Name, "in": "query", "schema": object{"type": "string"}, "description": "operator.value, such as eq.1"}
		if c.Comment != "" {
			p["description"] = c.Comment + " (operator.value, such as eq.1)"
		}
		out = append(out, p)
	}
	return out
}

var reserved = map[string]bool{"select": true, "columns": true, "on_conflict": true, "order": true, "limit": true, "offset": true, "and": true, "or": true, "cursor": true}

func (t *table) schema3() object {
	props, need := object{}, []string{}
	for _, c := range t.columns {
		p := schema3(c.Type, !c.NotNull)
		put(p, "description", t.note(c))
		if text := fallback(c); text != "" {
			p["x-postgres-default"] = text
		}
		props[c.Name] = p
		if required(c) {
			need = append(need, c.Name)
		}
	}
	o := object{"type": "object", "properties": props, "required": need}
	put(o, "description", t.Comment)
	return o
}

func (f function) path3(schema string) object {
	props, need, query := object{}, []string{}, []object{}
	for _, a := range f.inArgs() {
		props[a.Name] = schema3(a.Type, true)
		if a.Default == nil && a.Mode != "variadic" {
			need = append(need, a.Name)
		}
		query = append(query, object{"name": a.Name, "in": "query", "required": a.Default == nil && a.Mode != "variadic", "schema": object{"type": "string"}})
	}
	answer := object{"description": "the result"}
	if f.Returns != nil && jsonType(f.Returns) != "object" && !f.SetOf && len(f.OutCols) == 0 {
		answer["content"] = json3(schema3(f.Returns, true))
	}
	op := func(verb string, params []object) object {
		o := object{
			"tags": []string{"data"}, "operationId": component(verb, "rpc", schema, f.Name), "summary": "call " + f.Name,
			"parameters": params, "responses": object{"200": answer, "default": ref("responses", "Fault")},
		}
		put(o, "description", f.Comment)
		return o
	}
	post := op("post", params("Prefer", "Idempotency-Key"))
	post["requestBody"] = object{"content": json3(object{"type": "object", "properties": props, "required": need})}
	o := object{"post": post}
	if f.reads {
		o["get"] = op("get", query)
	}
	return o
}

func params(names ...string) []object {
	out := make([]object, len(names))
	for i, n := range names {
		out[i] = ref("parameters", n)
	}
	return out
}

// Shared are the components that Paths refer to, their schemas aside.
func Shared() map[string]any {
	param := func(name, in, about string) object {
		return object{"name": name, "in": in, "description": about, "schema": object{"type": "string"}}
	}
	text := object{"type": []string{"string", "null"}}
	fault := object{"type": "object", "required": []string{"code", "message"}, "properties": object{
		"code": object{"type": "string"}, "message": object{"type": "string"}, "details": object{}, "hint": text,
	}}
	return object{
		"parameters": object{
			"select":          param("select", "query", "the columns and embedded rows of the answer"),
			"columns":         param("columns", "query", "the columns to take from the body"),
			"on_conflict":     param("on_conflict", "query", "the unique columns that decide what a duplicate is"),
			"order":           param("order", "query", "column.asc, column.desc.nullslast, …"),
			"limit":           param("limit", "query", "at most so many rows"),
			"offset":          param("offset", "query", "skip so many rows"),
			"cursor":          param("cursor", "query", "first, after.… or before.…"),
			"Prefer":          param("Prefer", "header", "return, count, resolution, missing, handling, max-affected, timezone, tx"),
			"Idempotency-Key": param("Idempotency-Key", "header", "the write happens once for all requests with this key"),
		},
		"responses": object{"Fault": object{"description": "refused or failed", "content": json3(fault)}},
	}
}
