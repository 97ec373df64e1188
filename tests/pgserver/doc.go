// Package pgserver starts a real PostgreSQL for tests that compare with it: its own
// data directory, a Unix socket inside, no network, nothing kept.
//
// It needs the server's programs (Debian: apt-get install postgresql). A test that
// finds none fails with Missing; it is never skipped. Postgres refuses to run as
// root, so under root the server runs as "postgres" or "nobody".
//
//	srv, err := pgserver.Start(ctx)
//	…
//	defer srv.Stop()
//	conn, err := pgconn.Connect(ctx, srv.URL)
package pgserver
