package vault

import _ "embed"

// Schema is the vault, portable SQL, run once as the database's owner.
//
//go:embed schema/0001.sql
var Schema string
