// Package bustest is the contract of bus.Link with a bus.Bus over it: each sentence has
// a subtest of the same words, and every link runs it.
package bustest
