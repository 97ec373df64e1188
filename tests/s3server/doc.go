// Package s3server runs a real S3 service for tests: versitygw, over a temporary
// folder, on loopback. scripts/deps builds its program once, from the pinned module
// tools/s3, into the user's cache folder.
package s3server
