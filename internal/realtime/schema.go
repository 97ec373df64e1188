package realtime

import _ "embed"

// Schema is the room's tables, portable SQL, run once as the database's owner.
//
//go:embed schema/0001.sql
var Schema string

// Schema2 is what came after it: broadcasts from SQL.
//
//go:embed schema/0002.sql
var Schema2 string

// Schema3 is where clients with a session were when a server ended. It needs schema plinth.
//
//go:embed schema/0003.sql
var Schema3 string
