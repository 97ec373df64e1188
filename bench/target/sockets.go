package target

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"time"

	"github.com/plinth-dev/plinth/bench/proc"
)

// Named returns the target of a name, which must be there.
func Named(name string) *Target {
	for _, t := range All() {
		if t.Name == name {
			return t
		}
	}
	panic("bench: no target " + name)
}

// Centrifugo starts Centrifugo, open to everyone, without history.
func Centrifugo(ctx context.Context, h Home) (*Running, error) {
	r := &Running{}
	return r, r.serve(ctx, proc.Command{
		Path: filepath.Join(filepath.Dir(h.Binary), "bench", "centrifugo"), Health: "/health", Dir: h.Dir,
		Env: []string{
			"CENTRIFUGO_HTTP_SERVER_ADDRESS=127.0.0.1", "CENTRIFUGO_HTTP_SERVER_PORT={port}", "CENTRIFUGO_HEALTH_ENABLED=true",
			"CENTRIFUGO_CLIENT_INSECURE=true", "CENTRIFUGO_HTTP_API_INSECURE=true", "CENTRIFUGO_LOG_LEVEL=warn",
		},
	})
}

// Sockets starts a socket server by hand, on a store where one is named.
func Sockets(program string, store ...string) func(context.Context, Home) (*Running, error) {
	return func(ctx context.Context, h Home) (*Running, error) {
		r := &Running{Token: token(userID(0))}
		env := []string{"NODE_ENV=production", "PORT={port}", "JWT_SECRET=" + secret}
		if len(store) > 0 {
			pg, err := database(ctx, r)
			if err != nil {
				return nil, err
			}
			env = append(env, "PGHOST="+pg.Dir())
			if err := seedNode(ctx, r, h, seeding{store[0], env}); err != nil {
				return nil, err
			}
		}
		return r, r.serve(ctx, proc.Command{
			Path: "node", Args: append([]string{program + ".mjs"}, store...), Env: env, Dir: filepath.Join(h.Rivals, "node"), Health: "/health",
		})
	}
}

func userID(n int) string { return fmt.Sprintf("00000000-0000-4000-9000-%012x", n) }

// token signs a user's token for the servers by hand.
func token(user string) string {
	now := time.Now().Unix()
	head := b64([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + b64(fmt.Appendf(nil, `{"sub":%q,"iat":%d,"exp":%d}`, user, now, now+7200))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(head))
	return head + "." + b64(mac.Sum(nil))
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
