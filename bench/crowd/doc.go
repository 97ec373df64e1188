// Command crowd is many phones: it starts the server as a process of its own and
// measures realtime from this one, over several addresses of the loopback.
//
//	make bench-realtime                 all parts, on SQLite and on Postgres
//	make bench-realtime PARTS=idle      one of idle, talk, fanout, changes, jitter
//
// Wall times mean little on a machine that does other things; the CPU seconds of both
// processes are printed beside them.
package main
