// Package openapi describes the data API of a schema as a role may use it: as Swagger 2,
// which PostgREST answers at its root and tools know how to read, and as the paths and
// components of an OpenAPI 3.1 document.
//
// It is pure: a catalogue goes in, maps that become JSON come out.
package openapi
