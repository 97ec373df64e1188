package realtime

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

// Faults of this package. Inside a socket a fault is shown as "Code: message".
var (
	errLost     = fault.New(fault.NotFound, "not_found", "Not Found")
	errStarting = fault.New(fault.Unavailable, "RealtimeDisabled", "realtime is not ready")
)

// door answers faults of HTTP requests and of failed handshakes as the clients
// expect them.
type door struct{}

// Answer writes {"error": message}.
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
