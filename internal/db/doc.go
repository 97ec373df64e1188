// Package db is the portable database: one SQL, sessions, transactions, the change
// log. It is the only way to data for every floor above.
//
// A DB is concrete and works over a small Driver, which an engine implements;
// package dbtest is the contract that each driver passes. Only the roof opens
// drivers. Whoever writes SQL writes portable SQL, the documented subset of
// PostgreSQL, as constants with bound values, and says for whom in a Session: every
// table is reached through the policies of that role.
//
// A DB may be used by many goroutines; a Tx and its Rows by one at a time.
//
//	_, err := d.Write(ctx, session, func(tx *db.Tx) error {
//		if _, err := tx.Exec(ctx, `insert into rooms (name) values ($1)`, name); err != nil {
//			return err
//		}
//		_, err := tx.As(db.Owner).Exec(ctx, `insert into audit (what) values ('room')`)
//		return err
//	})
//
// What it is not: a query builder, a connection pool for others, or a place for a
// product's rules.
package db
