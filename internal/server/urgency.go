package server

import (
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/limit/shed"
)

// urgency says how urgent a request to a room is, whose path is without its prefix.
// Health checks and the server's own pages are asked about nowhere.
type urgency func(method, path, query string) shed.Priority

func byMethod(method, _, _ string) shed.Priority {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return shed.Read
	}
	return shed.Write
}

// ofSignIn: a session that can't be renewed is lost to the app, so that goes first.
func ofSignIn(method, path, query string) shed.Priority {
	if method == http.MethodPost && path == "/token" && strings.Contains(query, "grant_type=refresh_token") {
		return shed.Refresh
	}
	return byMethod(method, path, query)
}

// ofRealtime: a socket is opened to join something.
func ofRealtime(method, _, _ string) shed.Priority {
	if method == http.MethodGet {
		return shed.Join
	}
	return shed.Write
}
