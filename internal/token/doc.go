// Package token signs and verifies the bearer tokens and API keys of a project.
//
// A Keyring holds one signing key (ES256, RS256, EdDSA or HS256) and every key that is
// still accepted; it may be given other keys while it is in use. Verify allows only the algorithms
// that the ring's own keys have, so a token can't choose how it is checked.
//
// Verified tokens are remembered with the keys that verified them, because checking one ECDSA
// signature costs more than reading one row.
//
// A Keyring is safe for concurrent use.
package token
