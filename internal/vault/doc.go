// Package vault keeps secrets in the database, encrypted, in the shape of Supabase's
// Vault: the table vault.secrets, the view vault.decrypted_secrets, and the functions
// vault.create_secret and vault.update_secret. Who may read is said by grants, as for
// any table. The keys are never in the database: a server has a Ring of them, whose
// first one encrypts, and shows it to the functions of the schema for the time of a
// statement.
//
// A secret is sealed by A256CBC-HS512 (RFC 7518, 5.2): AES-256-CBC and HMAC-SHA-512,
// encrypt-then-MAC, with the row's id as additional data, so that no ciphertext can be
// put into another row. That algorithm is what stock Postgres can do in SQL, with
// pgcrypto; Ring does the same in Go, for rotation and for what never needs SQL. Both
// read what the other wrote; tests say so on both engines.
//
// A Ring never changes and is safe for concurrent use.
package vault
