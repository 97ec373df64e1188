// Package system is the part of pg_catalog and information_schema that migrations and
// functions ask: whether a type, a table, a column, a policy or a role is there.
//
// Each relation is a row of a table: its columns, and a function that lists its rows
// out of a catalogue. Relations that are not here do not exist. Object ids are the
// catalogue's own; those of types and schemas are made of their names.
package system
