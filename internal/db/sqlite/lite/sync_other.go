//go:build !linux

package lite

// syncData is for the system's layer alone to do.
func syncData(uintptr) (rc int32, able bool) { return 0, false }
