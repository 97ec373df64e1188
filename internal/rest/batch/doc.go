// Package batch reads the body of POST /batch: several requests, whose values may
// refer to the results of earlier ones.
//
//	[{"id": "list", "method": "POST", "path": "/lists?select=id",
//	  "headers": {"Prefer": "return=representation"}, "body": {"name": "new"}},
//	 {"method": "POST", "path": "/todos", "body": {"list_id": {"$ref": "list#/0/id"}, "title": "a"}},
//	 {"method": "GET", "path": "/todos?select=title", "query": {"list_id": {"eq": {"$ref": "list#/0/id"}}}}]
//
// A reference is an object with the one member "$ref": the id or the index of an
// earlier item, "#", and a JSON Pointer (RFC 6901) into its body. It stands for a value
// in "body", and for the value of a filter or of a function's argument in "query";
// there it becomes a parameter of its own, which nothing parses again: no value can
// become an operator, a column or another filter. {"$value": …} is what it holds, as
// it is, for data that looks like a reference.
//
// The package knows neither HTTP nor the database.
package batch
