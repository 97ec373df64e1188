// Package metric counts, and writes what was counted in Prometheus' text form.
//
// A Histogram is bumped on hot paths: one observation is a search among a dozen bounds
// and two atomic additions, without allocation. Everything else is asked for when
// somebody looks: a source is a func that tells a Page its figures, so that nothing is
// kept twice. The package knows no names of the house, has no registry and no global.
//
//	var took metric.Histogram
//	took.Observe(time.Since(start))
//	…
//	p := metric.NewPage()
//	p.Histogram("plinth_http_request_duration_seconds", "Time of requests.", &took, "route", "/rest/v1/{table}")
//	p.WriteTo(w)
//
// A Histogram is safe for concurrent use; a Page belongs to one goroutine.
package metric
