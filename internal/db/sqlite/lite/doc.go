// Package lite is a thin wrapper over the SQLite library: connections, statements,
// functions written in Go, and, on top of them, the one writer with group commit
// and the pool of readers.
//
// It knows SQLite only: no Postgres, no catalogue, no roles. database/sql is left
// out on purpose, since its layer costs more than the engine below it. Reading
// rows allocates nothing: ColumnText and ColumnBlob return SQLite's own memory,
// valid until the next Step.
//
// A Conn and everything that comes from it is used by one goroutine at a time.
// Writer and Pool may be used by many at once.
//
//	st, err := conn.Prepare(`select "name" from "public.rooms" where "id" = ?1`)
//	if err != nil {
//		return err
//	}
//	defer st.Release()
//	st.BindInt(1, 7)
//	for {
//		row, err := st.Step()
//		if !row {
//			return err
//		}
//		out = append(out, st.ColumnText(0)...)
//	}
package lite
