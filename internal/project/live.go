package project

import (
	"errors"
	"fmt"
)

// Live is [plinth.realtime]: limits of sockets, under the names of Supabase's settings.
// 0 takes the default.
type Live struct {
	PrivateOnly  bool `toml:"private_only"`                 // channels that are not private are refused
	Users        int  `toml:"max_concurrent_users"`         // sockets
	Channels     int  `toml:"max_channels_per_client"`      // of one socket
	ClientJoins  int  `toml:"max_client_joins_per_second"`  // of one socket
	ClientEvents int  `toml:"max_client_events_per_second"` // of one socket
	Joins        int  `toml:"max_joins_per_second"`         // of the server
	Events       int  `toml:"max_events_per_second"`        // of the server, those by HTTP included
	Presence     int  `toml:"max_client_presence_per_30s"`  // track and untrack of one channel in half a minute
	Payload      int  `toml:"max_payload_size_in_kb"`       // of one broadcast
	Queue        int  `toml:"max_queue_size_in_kb"`         // waiting for a slow client before it is closed
	Rows         int  `toml:"max_rows_held_for_policies"`   // of tables that policies read
}

// Validate refuses negative limits.
func (l Live) Validate() error {
	var errs []error
	for name, n := range map[string]int{
		"max_concurrent_users": l.Users, "max_channels_per_client": l.Channels, "max_client_joins_per_second": l.ClientJoins,
		"max_client_events_per_second": l.ClientEvents, "max_joins_per_second": l.Joins, "max_events_per_second": l.Events,
		"max_client_presence_per_30s": l.Presence, "max_payload_size_in_kb": l.Payload, "max_queue_size_in_kb": l.Queue,
		"max_rows_held_for_policies": l.Rows,
	} {
		if n < 0 {
			errs = append(errs, fmt.Errorf("plinth.realtime.%s is %d; it must not be negative", name, n))
		}
	}
	return errors.Join(errs...)
}
