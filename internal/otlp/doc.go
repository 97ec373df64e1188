// Package otlp sends ended spans to an OpenTelemetry collector: OTLP over HTTP with
// protobuf, which every collector takes at /v1/traces. The few messages that spans need
// are written here by hand, since the official exporter would make the program ten
// megabytes larger; a test reads them back with the official definitions.
//
// An Exporter never blocks those who end spans: where the collector is slow or away,
// spans are dropped and counted. It is safe for concurrent use.
//
//	e := otlp.New(otlp.Config{Endpoint: "http://127.0.0.1:4318", Service: "plinth"})
//	e.Start()
//	tracer := trace.NewTracer(trace.Config{Ratio: 0.01, Sink: e.Take})
//	…
//	e.Stop() // sends what waits, for a bounded time
package otlp
