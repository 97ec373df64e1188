package openapi

import (
	"net/url"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// Server says where the API is reached.
type Server struct{ Scheme, Host, Base string }

var medias = []string{
	"application/json", "application/vnd.pgrst.object+json;nulls=stripped", "application/vnd.pgrst.object+json", "text/csv",
}

// Swagger is the Swagger 2 document of the schema.
func (in Input) Swagger(at Server) map[string]any {
	title, about := "", ""
	if sc := in.Catalog.Schemas[in.Schema]; sc != nil {
		title, about = split(sc.Comment)
	}
	if title == "" {
		title = "standard public schema"
	}
	paths := object{"/": object{"get": object{
		"tags": []string{"Introspection"}, "summary": "OpenAPI description (this document)",
		"produces": []string{"application/openapi+json", "application/json"}, "responses": reply("200", "OK"),
	}}}
	definitions, params := object{}, parameters2()
	for _, t := range in.tables() {
		paths["/"+url.PathEscape(t.Name)] = t.path2()
		definitions[t.Name] = t.definition2()
		t.parameters2(params)
	}
	for _, f := range in.functions() {
		paths["/rpc/"+url.PathEscape(f.Name)] = f.path2()
	}
	doc := object{
		"swagger": "2.0", "basePath": at.Base, "paths": paths, "definitions": definitions, "parameters": params,
		"info":     object{"title": title, "description": about, "version": "1"},
		"consumes": medias, "produces": medias,
	}
	put(doc, "host", at.Host)
	if at.Scheme != "" {
		doc["schemes"] = []string{at.Scheme}
	}
	return doc
}

func reply(status, text string) object { return object{status: object{"description": text}} }

func refs(names ...string) []object {
	out := make([]object, len(names))
	for i, n := range names {
		out[i] = object{"$ref": "#/parameters/" + pointer(n)}
	}
	return out
}

// filters names the parameters of t's columns.
func (t *table) filters() []string {
	out := make([]string, len(t.columns))
	for i, c := range t.columns {
		out[i] = "rowFilter." + t.Name + "." + c.Name
	}
	return out
}

// path2 are the operations that the role may use.
func (t *table) path2() object {
	o := object{}
	add := func(may bool, verb string, responses object, params []string) {
		if !may {
			return
		}
		op := object{"tags": []string{t.Name}, "parameters": refs(params...), "responses": responses}
		summary, about := split(t.Comment)
		put(op, "summary", summary)
		put(op, "description", about)
		o[verb] = op
	}
	read := object{
		"200": object{"description": "OK", "schema": object{"type": "array", "items": object{"$ref": "#/definitions/" + pointer(t.Name)}}},
		"206": object{"description": "Partial Content"},
	}
	filters, body := t.filters(), "body."+t.Name
	add(t.read, "get", read, slices.Concat(filters, []string{"select", "order", "range", "rangeUnit", "offset", "limit", "preferCount"}))
	add(t.insert, "post", reply("201", "Created"), []string{body, "select", "preferPost"})
	add(t.update, "patch", reply("204", "No Content"), slices.Concat(filters, []string{body, "preferReturn"}))
	add(t.remove, "delete", reply("204", "No Content"), slices.Concat(filters, []string{"preferReturn"}))
	return o
}

func (t *table) definition2() object {
	props, need := object{}, []string{}
	for _, c := range t.columns {
		p := schema2(c.Type)
		put(p, "description", t.note(c))
		if v := constant(c); v != nil {
			p["default"] = v
		}
		props[c.Name] = p
		if c.NotNull {
			need = append(need, c.Name)
		}
	}
	o := object{"type": "object", "properties": props}
	if len(need) > 0 {
		o["required"] = need
	}
	put(o, "description", t.Comment)
	return o
}

// note is a column's comment, with the marks that tools look for.
func (t *table) note(c *catalog.Column) string {
	var marks []string
	if slices.Contains(t.key, c.Name) {
		marks = append(marks, "This is a Primary Key.<pk/>")
	}
	if to, ref, ok := t.foreign(c.Name); ok {
		marks = append(marks, "This is a Foreign Key to `"+to+"."+ref+"`.<fk table='"+to+"' column='"+ref+"'/>")
	}
	if len(marks) == 0 {
		return c.Comment
	}
	text := c.Comment
	if text != "" {
		text += "\n\n"
	}
	text += "Note:"
	for _, m := range marks {
		text += "\n" + m
	}
	return text
}

// parameters2 adds the body and the filters of t.
func (t *table) parameters2(params object) {
	body := object{"name": t.Name, "in": "body", "required": false, "schema": object{"$ref": "#/definitions/" + pointer(t.Name)}}
	put(body, "description", t.Comment)
	params["body."+t.Name] = body
	for _, c := range t.columns {
		p := object{"name": c.Name, "in": "query", "required": false, "type": "string"}
		put(p, "description", c.Comment)
		params["rowFilter."+t.Name+"."+c.Name] = p
	}
}

// query2Of is an argument in the query string: repeated where it is variadic, else the
// text of its value.
func query2Of(a catalog.Arg) object {
	p := object{"name": a.Name, "in": "query", "required": a.Default == nil}
	if base := a.Type.Base(); a.Mode == "variadic" && base.Kind == value.Array {
		p["type"], p["collectionFormat"], p["items"] = "array", "multi", argument2(base.Elem)
		return p
	}
	arg := argument2(a.Type)
	p["format"], p["type"] = arg["format"], arg["type"]
	if p["type"] == nil || p["type"] == "object" || p["type"] == "array" {
		p["type"] = "string"
	}
	return p
}

// path2 are the ways to call f.
func (f function) path2() object {
	summary, about := split(f.Comment)
	op := func(params []object) object {
		o := object{
			"tags": []string{"(rpc) " + f.Name}, "parameters": params, "responses": reply("200", "OK"), "produces": medias[:3],
		}
		put(o, "summary", summary)
		put(o, "description", about)
		return o
	}
	props, need, query := object{}, []string{}, []object{}
	for _, a := range f.inArgs() {
		props[a.Name] = argument2(a.Type)
		query = append(query, query2Of(a))
		if a.Default == nil && a.Mode != "variadic" {
			need = append(need, a.Name)
		}
	}
	args := object{"type": "object", "properties": props}
	put(args, "description", f.Comment)
	if len(need) > 0 {
		args["required"] = need
	}
	body := object{"name": "args", "in": "body", "required": true, "schema": args}
	o := object{"post": op([]object{body, refs("preferParams")[0]})}
	if f.reads {
		o["get"] = op(query)
	}
	return o
}
