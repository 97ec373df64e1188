// Package differential compares the SQLite engine with a real PostgreSQL: the same
// schema, policies, rows, actors and commands run on both, and what a client can see
// must be equal: codes and messages of errors, rows as bytes, counts, and what the
// tables hold afterwards.
//
// Three tests: TestRandom makes cases from a seed (PLINTH_PROOF_CASES for their
// number, PLINTH_PROOF_SEED for the first seed); TestReplay runs what it once found,
// kept in testdata/replay; TestCorpus runs scripts written by hand, testdata/corpus.
// A script that is known to differ says so on a line "-- known: reason"; it fails
// when it no longer differs. A function whose answer depends on its own writes is named
// write_…, so that its call runs once only.
package differential
