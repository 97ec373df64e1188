package value

// datum is what a Value takes by itself, in bytes.
const datum = 56

// Size estimates the memory that v holds.
func (v Value) Size() int {
	n := datum + len(v.S)
	for i := range v.L {
		n += v.L[i].Size()
	}
	return n
}
