package server

import (
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/limit/shed"
)

// How urgent the requests of each room are. Health checks and the server's own pages pass
// no valve.

func byMethod(r *http.Request) shed.Priority {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return shed.Read
	}
	return shed.Write
}

// ofSignIn: a session that can't be renewed is lost to the app, so that goes first.
func ofSignIn(r *http.Request) shed.Priority {
	if r.Method == http.MethodPost && r.URL.Path == "/token" && strings.Contains(r.URL.RawQuery, "grant_type=refresh_token") {
		return shed.Refresh
	}
	return byMethod(r)
}

// ofRealtime: a socket is opened to join something.
func ofRealtime(r *http.Request) shed.Priority {
	if r.Method == http.MethodGet {
		return shed.Join
	}
	return shed.Write
}
