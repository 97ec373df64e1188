// Package token signs and verifies the bearer tokens and API keys of a project.
//
// A Keyring holds one signing key (ES256, or HS256 in projects that keep a shared
// secret) and every key that is still accepted. Verify allows only the algorithms
// that the ring's own keys have, so a token can't choose how it is checked.
//
// Verified tokens are remembered until they expire, because checking one ECDSA
// signature costs more than reading one row.
//
// A Keyring is safe for concurrent use.
package token
