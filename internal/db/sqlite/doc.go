// Package sqlite is the embedded engine: portable SQL over one SQLite file.
//
// It ties the parts together and owns what they share: the data directory's lock,
// the one writer with group commit, the pool of readers, the published catalogue,
// the cache of prepared statements and the change log. Parsing, binding, policies,
// plans and the order of a write are the business of the packages below.
//
// The roof opens it and gives it to db.New; nothing else imports it. A Driver is
// safe for concurrent use.
//
//	d, err := sqlite.Open(ctx, sqlite.Config{Dir: "data", Log: log})
//	if err != nil {
//		return err
//	}
//	defer d.Close()
//	database := db.New(d)
//
// A schema change is published after its COMMIT, so a failing migration leaves
// nothing, in memory either.
package sqlite
