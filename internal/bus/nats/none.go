//go:build nobus

package nats

import (
	"errors"
	"log/slog"
)

// Config of an embedded server.
type Config struct {
	Node              string
	Secret            []byte
	Listen, Advertise string
	Prefix            string
	Log               *slog.Logger
}

// Embedded is a Link with a server of its own; this build has none.
type Embedded struct{ *Link }

// Embed fails.
func Embed(Config) (*Embedded, error) {
	return nil, errors.New("this build has no bus of its own (-tags nobus): name a NATS server, plinth.cluster.url")
}

// Addr is where other nodes reach this one.
func (e *Embedded) Addr() string { return "" }

// SetPeers does nothing.
func (e *Embedded) SetPeers([]string) error { return nil }

// Routes is none.
func (e *Embedded) Routes() int { return 0 }
