// Package differential compares the SQLite engine with a real PostgreSQL: the same
// schema, policies, rows, actors and commands run on both, and what a client can see
// must be equal: codes and messages of errors, rows as bytes, counts, and what the
// tables hold afterwards.
//
// Three tests make cases from a seed: TestRandom sends SQL (PLINTH_PROOF_CASES for the
// number of cases), TestRoutines calls random functions and fires random triggers
// (PLINTH_PROOF_ROUTINES), TestRequests sends requests to the data API over both engines
// (PLINTH_PROOF_REQUESTS); PLINTH_PROOF_SEED is the first seed. cases.PerSchema cases
// share a schema, each with rows and commands of its own. A case that differs is made
// smaller and written to a file. TestReplay runs what was once found, kept in
// testdata/replay; TestCorpus runs scripts written by hand, testdata/corpus. A script
// that is known to differ says so on a line "-- known: reason"; it fails when it no
// longer differs. A function whose answer depends on its own writes is named write_…,
// so that its call runs once only.
//
// Where Postgres leaves open which row's fault is named, or which of two forbidden tables,
// or whether rows that nothing needs are computed, or whether a view's filter
// goes before its reader's, or does not ask for the privileges of a lateral query whose
// outer side it proved empty, a difference is counted and not held against anybody.
// Of an answer to HEAD that fails the status alone is seen, and stands for the code.
package differential
