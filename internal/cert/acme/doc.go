// Package acme gets certificates from an authority over ACME (RFC 8555) and renews them in
// time, by certmagic. What it knows is in a storage that all nodes share: one of them orders
// a certificate, all show it, and any of them answers the authority's challenges, HTTP-01 on
// plain HTTP and TLS-ALPN-01 in the handshake.
//
//	m, err := acme.New(acme.Config{…})
//	conf := cert.Config(m.Get, tls.VersionTLS12, acme.Protocol)
//	m.Start()        // once the server listens
//	defer m.Stop()
//
// A Manager is safe for concurrent use.
package acme
