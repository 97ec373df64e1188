// Package cases makes and reads the cases of the differential test: a schema with
// policies and triggers, and the commands of several actors. Generate makes one of a
// seed, the same every time.
package cases
