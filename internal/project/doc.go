// Package project reads a user's project folder in the Supabase layout:
//
//	supabase/config.toml  migrations/<version>_<name>.sql  seed.sql
//
// It turns files into values and says what it did not understand; it starts nothing
// and opens no database. Only the roof calls it.
package project
