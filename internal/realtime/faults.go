package realtime

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

// Faults of this package. Inside a socket a fault is shown as "Code: message".
var (
	errLost        = fault.New(fault.NotFound, "not_found", "Not Found")
	errStopping    = fault.New(fault.Unavailable, "RealtimeRestarting", "Realtime is restarting, please retry")
	errNoKey       = fault.New(fault.Unauthenticated, "MissingAPIKey", "API key is missing")
	errVersion     = fault.New(fault.Invalid, "UnsupportedVersion", "vsn must be 1.0.0 or 2.0.0")
	errConnections = fault.New(fault.TooMany, "ConnectionRateLimitReached", "Too many connected users")
	errEventRate   = fault.New(fault.TooMany, "ClientEventRateLimitReached", "Too many messages per second")

	errChannels    = fault.New(fault.TooMany, "ChannelRateLimitReached", "Too many channels")
	errJoins       = fault.New(fault.TooMany, "ClientJoinRateLimitReached", "Too many joins per second")
	errOverload    = fault.New(fault.Unavailable, "Overloaded", "The server has more to do than it can, please retry")
	errTopic       = fault.New(fault.Invalid, "TopicNameRequired", "You must provide a topic name")
	errPrivateOnly = fault.New(fault.Forbidden, "PrivateOnly", "This project only allows private channels")
	errJoinPayload = fault.New(fault.Invalid, "InvalidJoinPayload", "The join payload is not what it should be")
	errJoinSize    = fault.New(fault.TooLarge, "InvalidJoinPayload", "The join payload asks for too much")
	errSince       = fault.New(fault.Invalid, "InvalidJoinPayload", "since must be epoch:seq, a position that a change was told with")
	errReplay      = fault.New(fault.Invalid, "UnableToReplayMessages", "Replay is for private channels, with since in milliseconds and a limit of 1 to 25")
	errRole        = fault.New(fault.Unauthenticated, "InvalidJWTToken", "The token names a role that requests may not take")

	errPresenceRate    = fault.New(fault.TooMany, "ClientPresenceRateLimitReached", "Too many presence messages")
	errPresencePayload = fault.New(fault.Invalid, "InvalidPresencePayload", "Presence payload must be an object")

	errMediaType = &fault.Error{Kind: fault.Invalid, Code: "unsupported_media_type", Status: http.StatusUnsupportedMediaType,
		Message: "the body must be application/json or application/octet-stream"}
)

// errUnread says that a private channel may not be read.
func errUnread(topic string) *fault.Error {
	return fault.Newf(fault.Forbidden, "Unauthorized", "You do not have permissions to read from this Channel topic: %s", topic)
}

// reason is a fault as clients see it inside a socket.
func reason(err error) string {
	f := fault.From(err)
	if f.Kind == fault.Internal {
		return "UnknownErrorOnChannel: internal error"
	}
	return f.Code + ": " + f.Message
}

// door answers faults of HTTP requests and of failed handshakes as the clients
// expect them.
type door struct{}

// Answer writes {"error": message}, and for messages that can't be sent the list of
// what is wrong with each.
func (door) Answer(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
	msg := f.Message
	if f.Kind == fault.Internal {
		msg = "internal error"
	}
	_ = wire.WriteJSON(w, wire.Status(f), map[string]string{"error": msg, "message": msg})
}

func lost(http.ResponseWriter, *http.Request) error { return errLost }

func ping(w http.ResponseWriter, _ *http.Request) error {
	return wire.WriteJSON(w, http.StatusOK, map[string]string{"message": "Success"})
}
