// Package tus reads and writes the headers of TUS 1.0, the protocol of uploads that
// can be resumed: lengths, metadata, checksums, concatenation. It is pure; what an
// upload is, and where its bytes go, is the business of package storage.
package tus
