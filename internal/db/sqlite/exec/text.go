package exec

import "unsafe"

// text views bytes as a string without copying them: for values that are consumed
// before the bytes change.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
