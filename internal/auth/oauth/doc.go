// Package oauth is the part of sign-in that talks with other providers: it builds the
// address to which a person is sent, trades the code that comes back, and says whose
// it is. It also checks the ID tokens that a phone's own sign-in sheet gives.
//
// Providers are rows of a table over three shapes: OpenID Connect, where a signed ID
// token says who it is; OAuth 2 with a profile to fetch; and Apple, which wants a
// signed client secret and posts a form. A name that the table does not have is any
// OIDC issuer, whose addresses its discovery document tells.
//
// Everything that chooses an address, an audience or an issuer is the project's
// configuration, never the request. Answers are bounded in size and time. The package
// has no database and keeps only providers' keys and discovery documents; a Provider
// is safe for concurrent use. Only the room of sign-in calls it.
package oauth
