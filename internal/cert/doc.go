// Package cert has the certificates that the server shows: those of files, read again when
// they change, and one that it makes and signs itself. Those that an authority gives are
// in package acme below.
//
//	pair, err := cert.Open(cert.Files{Cert: "tls.crt", Key: "tls.key", Log: log})
//	conf := cert.Config(pair.Get, tls.VersionTLS12)
//
// Everything here may be used by many goroutines at once.
package cert
