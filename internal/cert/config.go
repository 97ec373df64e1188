package cert

import "crypto/tls"

// Getter chooses the certificate of a handshake, as tls.Config has it.
type Getter func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// Config is what the server offers: HTTP/2, HTTP/1.1 and what else is named, from the
// version min on. Suites and curves are those of Go's own choice.
func Config(get Getter, min uint16, more ...string) *tls.Config {
	return &tls.Config{GetCertificate: get, MinVersion: min, NextProtos: append([]string{"h2", "http/1.1"}, more...)}
}
