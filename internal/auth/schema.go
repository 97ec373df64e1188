package auth

import _ "embed"

// Schema is the room's first tables, Schema2 and Schema3 what came after; portable SQL,
// run once, in order, as the database's owner.
var (
	//go:embed schema/0001.sql
	Schema string
	//go:embed schema/0002.sql
	Schema2 string
	//go:embed schema/0003.sql
	Schema3 string
)
