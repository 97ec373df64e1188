package mail

import _ "embed"

// Schema is the letters' table, portable SQL, run once as the database's owner; the
// schema plinth must exist.
//
//go:embed schema/0001.sql
var Schema string

// Schema2 is what came after.
//
//go:embed schema/0002.sql
var Schema2 string
