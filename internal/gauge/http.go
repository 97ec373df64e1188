package gauge

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/metric"
	"github.com/plinth-dev/plinth/internal/wire"
)

// methods are the labels that there are; the first stands for all others.
var methods = [...]string{"other", http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

func methodIndex(m string) int {
	switch m {
	case http.MethodGet:
		return 1
	case http.MethodHead:
		return 2
	case http.MethodPost:
		return 3
	case http.MethodPut:
		return 4
	case http.MethodPatch:
		return 5
	case http.MethodDelete:
		return 6
	case http.MethodOptions:
		return 7
	}
	return 0
}

// classes are those of a status; the first stands for requests that got no answer.
var classes = [...]string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"}

// Requests counts requests by route: rate, errors, duration.
type Requests struct {
	routes map[routeKey]*route
	other  route // nobody answered: preflights, and paths that do not exist
}

type routeKey struct{ room, pattern string }

type route struct {
	name string
	by   [len(methods)]atomic.Pointer[series] // made when first needed
}

type series struct {
	classes [len(classes)]atomic.Uint64
	took    metric.Histogram
}

// NewRequests counts the routes of each room, by its prefix.
func NewRequests(rooms map[string][]wire.Route) *Requests {
	q := &Requests{routes: map[routeKey]*route{}, other: route{name: "other"}}
	for prefix, routes := range rooms {
		for _, r := range routes {
			q.routes[routeKey{prefix, r.Pattern}] = &route{name: wire.RouteName(prefix, r.Pattern)}
		}
	}
	return q
}

// Count counts a request that has ended.
func (q *Requests) Count(s wire.Seen, took time.Duration) {
	r := q.routes[routeKey{s.Room, s.Pattern}]
	if r == nil {
		r = &q.other
	}
	slot := &r.by[methodIndex(s.Method)]
	one := slot.Load()
	if one == nil {
		slot.CompareAndSwap(nil, &series{})
		one = slot.Load()
	}
	class := s.Status / 100
	if class < 0 || class >= len(classes) {
		class = 0
	}
	one.classes[class].Add(1)
	one.took.Observe(took)
}

// Collect adds the figures to a page.
func (q *Requests) Collect(p *metric.Page) {
	all := []*route{&q.other}
	for _, r := range q.routes {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *route) int { return strings.Compare(a.name, b.name) })
	for _, r := range all {
		for m := range r.by {
			if one := r.by[m].Load(); one != nil {
				one.collect(p, r.name, methods[m])
			}
		}
	}
}

func (s *series) collect(p *metric.Page, route, method string) {
	for i, class := range classes {
		if n := s.classes[i].Load(); n > 0 || i == 2 || i == 5 { // from the first scrape on, so that a rate sees the first fault
			p.Counter("plinth_http_requests_total", "Requests that ended, by route, method and class of status.", float64(n),
				"route", route, "method", method, "status", class)
		}
	}
	p.Histogram("plinth_http_request_duration_seconds", "Time from a request's first byte until its answer was written.", &s.took,
		"route", route, "method", method)
}
