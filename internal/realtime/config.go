package realtime

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/token"
)

// Config is what a Service needs. A limit of zero takes the default.
type Config struct {
	DB  *db.DB
	Log *slog.Logger
	// Verify checks a token that a client sends inside a frame.
	Verify func(tok string) (*token.Claims, error)
	// VerifyFor, where set, says what verifies the tokens of the socket that r opens,
	// for a front door that accepts other keys from other sides. nil = Verify.
	VerifyFor func(r *http.Request) func(tok string) (*token.Claims, error)

	// Bus joins the nodes of a cluster; nil for one node.
	Bus *bus.Bus

	// Admit, where set, says whether the database has time for one more join.
	Admit func() bool

	// PublicAccess false refuses channels that are not private.
	PublicAccess *bool

	Limits
}

// Limits bound what clients may do.
type Limits struct {
	MaxConnections  int           // sockets of this process
	MaxChannels     int           // channels of one socket
	MaxJoins        int           // joins a second, of one socket
	MaxEvents       int           // events a second, of one socket
	MaxServerJoins  int           // joins a second, of all sockets; 0 for no limit
	MaxServerEvents int           // events a second, of all sockets and HTTP; 0 for no limit
	MaxPresence     int           // presence calls of one channel in half a minute
	MaxFrame        int           // bytes of one message from a client
	MaxPayload      int           // bytes of one broadcast's payload
	MaxQueue        int           // bytes waiting for a slow client before it is closed
	MaxMessages     int           // messages of one HTTP broadcast
	MaxRoster       int           // rows of other tables that are held for policies that read them
	MaxSessions     int           // clients of which is remembered what they were told
	Resume          time.Duration // for how long
	Idle            time.Duration // a socket that says nothing for so long is closed at the next Recheck
	Recheck         time.Duration // how often the tokens of open channels are looked at
	WriteTimeout    time.Duration // how long one write to a client may take
}

// Default returns the limits of a hosted project, where it has them.
func Default() Limits {
	return Limits{
		MaxConnections: 15_000,
		MaxChannels:    100,
		MaxJoins:       100,
		MaxEvents:      500,
		MaxPresence:    50,
		MaxFrame:       5 << 20,
		MaxPayload:     3 << 20,
		MaxQueue:       8 << 20,
		MaxMessages:    1000,
		MaxRoster:      400_000,
		MaxSessions:    50_000,
		Resume:         2 * time.Minute,
		Idle:           90 * time.Second,
		Recheck:        10 * time.Second,
		WriteTimeout:   15 * time.Second,
	}
}

func (l Limits) withDefaults() Limits {
	d := Default()
	pairs := []struct {
		have *int
		def  int
	}{
		{&l.MaxConnections, d.MaxConnections}, {&l.MaxChannels, d.MaxChannels},
		{&l.MaxJoins, d.MaxJoins}, {&l.MaxEvents, d.MaxEvents}, {&l.MaxPresence, d.MaxPresence},
		{&l.MaxFrame, d.MaxFrame}, {&l.MaxPayload, d.MaxPayload}, {&l.MaxQueue, d.MaxQueue},
		{&l.MaxMessages, d.MaxMessages}, {&l.MaxRoster, d.MaxRoster}, {&l.MaxSessions, d.MaxSessions},
	}
	for _, p := range pairs {
		if *p.have == 0 {
			*p.have = p.def
		}
	}
	if l.Idle == 0 {
		l.Idle = d.Idle
	}
	if l.Resume == 0 {
		l.Resume = d.Resume
	}
	if l.Recheck == 0 {
		l.Recheck = d.Recheck
	}
	if l.WriteTimeout == 0 {
		l.WriteTimeout = d.WriteTimeout
	}
	return l
}

// Validate returns every fault of c.
func (c *Config) Validate() error {
	var errs []error
	if c.DB == nil {
		errs = append(errs, errors.New("realtime: no database"))
	}
	if c.Verify == nil && c.VerifyFor == nil {
		errs = append(errs, errors.New("realtime: nobody verifies tokens"))
	}
	if c.MaxConnections < 0 || c.MaxChannels < 0 || c.MaxFrame < 0 || c.MaxQueue < 0 || c.MaxPayload < 0 {
		errs = append(errs, errors.New("realtime: a limit is negative"))
	}
	return errors.Join(errs...)
}
