// Package phoenix reads and writes the frames of Phoenix channels: version 1.0.0
// (objects), version 2.0.0 (arrays, and binary frames for broadcasts).
//
// It is pure: bytes in, bytes out. References are kept as the JSON that the client
// sent, since they are only ever compared and sent back.
package phoenix
