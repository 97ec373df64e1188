package builtin

import "github.com/plinth-dev/plinth/internal/fault"

// Faults that several functions share, or that would hide a function's sense.

func errOverflow() error { return fault.SQL("22003", "value out of range: overflow") }

func errUnderflow() error { return fault.SQL("22003", "value out of range: underflow") }

func errTooLong() error { return fault.SQL("54000", "requested length too large") }

func errNegativeLength() error {
	return fault.SQL("22011", "negative substring length not allowed")
}

func errNullPosition() error { return fault.SQL("22004", "initial position must not be null") }

func errTrimArray(n int) error {
	return fault.SQL("2202E", "number of elements to trim must be between 0 and %d", n)
}

func errNullDims() error {
	return fault.SQL("22004", "dimension array or low bound array cannot be null")
}

func errOneDimension() error {
	return fault.SQL("0A000", "multidimensional arrays are not supported").WithHint("Use jsonb, or a table.")
}

func errArraySize() error {
	return fault.SQL("54000", "array size exceeds the maximum allowed")
}
