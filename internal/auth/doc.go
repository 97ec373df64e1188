// Package auth is the room of sign-in, /auth/v1, on the wire of Supabase's GoTrue:
// accounts by e-mail and password, codes and links in letters, anonymous accounts,
// sessions and their tokens, and the administrator's routes.
//
// An access token is a signed statement that lives for an hour; a refresh token
// names its session and a counter, authenticated by a key that the session's row
// holds. Each refresh moves the counter on. The token before the current one may
// come again, because its answer may have been lost on the way; an older one after
// the reuse interval is theft, and ends the session.
//
// Passwords are hashed with argon2id by a bounded number of processes; an unknown
// address costs as much time as a wrong password.
//
// A code is decided in one transaction: used once, or not at all. The client that comes
// again within the reuse interval, because the answer was lost, gets the same session
// until it has refreshed it. Digits bear a few wrong guesses, which are counted even
// where they fail; links hold a word of 256 bits; both are kept as hashes. A new letter
// leaves the two before it alive, since mail is slow. An address that nobody has is
// answered and throttled as any other.
//
// The room writes auth.users, auth.identities and auth.sessions, where people's
// triggers and policies find them. Only the roof calls it. A Service is safe for
// concurrent use.
package auth
