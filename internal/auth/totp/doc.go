// Package totp makes and checks the six digits of authenticator apps (RFC 6238, with
// SHA-1 and 30 seconds, since that is what all apps do), and shows a secret as a QR
// code. It is pure: the caller keeps the secret, the clock, and which step was used
// last, so that no code is good twice.
package totp
