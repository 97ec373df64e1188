package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/member"
)

// services are what --only may name: the rooms by their prefix, and the queue's workers.
var services = []string{"rest", "auth", "realtime", "storage", jobs}

const jobs = "jobs"

// nodes is this server as one of several.
type nodes struct {
	self     func() *member.Node // nil for a server that is alone
	only     []string            // what it serves, none for all
	draining atomic.Bool
	away     *forwarding
}

func newNodes(only []string, self func() *member.Node) *nodes {
	n := &nodes{only: only, self: self}
	n.away = newForwarding(n)
	return n
}

// route gives a prefix to its room, or to the nodes that have it.
func (n *nodes) route(prefix string, room http.Handler) http.Handler {
	service, _, _ := strings.Cut(strings.TrimPrefix(prefix, "/"), "/")
	if n.serves(service) {
		return room
	}
	return n.away.handler(service)
}

// serves reports whether the node itself answers for a service.
func (n *nodes) serves(service string) bool {
	return len(n.only) == 0 || slices.Contains(n.only, service)
}

// validateNodes reports what does not go together.
func (c Config) validateNodes() error {
	var errs []error
	for _, name := range c.Only {
		if !slices.Contains(services, name) {
			errs = append(errs, fmt.Errorf("--only %s: there is %s", name, strings.Join(services, ", ")))
		}
	}
	return errors.Join(errs...)
}

// clustered reports whether there may be other nodes.
func (c Config) clustered() bool { return c.Cluster || len(c.Only) > 0 }

// leaving tells balancers and nodes that this one takes nobody new, and waits until they
// may have asked.
func (n *nodes) leaving(ctx context.Context, wait time.Duration) {
	n.draining.Store(true)
	if n.self() == nil {
		return
	}
	select {
	case <-time.After(min(wait/5, 2*member.Beat)):
	case <-ctx.Done():
	}
}

// nodeName is the one by which the lease of the change feed knows this process.
func nodeName() string {
	host, _ := os.Hostname() // "" says less, and is no fault
	return host + ":" + strconv.Itoa(os.Getpid())
}

// member is this process in the list of nodes, nil for a server that is alone.
func (s *Server) member() *member.Node {
	if s.cluster == nil {
		return nil
	}
	return s.cluster.node
}
