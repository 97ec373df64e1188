// Package gen writes the types of a schema in the languages of clients: TypeScript in
// the shape that supabase-js takes as its generic, and plain row types for Dart,
// Swift, Kotlin and Go. A row type says what the data API gives, an insert type what
// may be left out.
package gen
