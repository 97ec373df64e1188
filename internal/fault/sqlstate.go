package fault

// SQL returns a database fault: its Kind follows from the SQLSTATE's class, as
// PostgreSQL's appendix A groups them.
func SQL(state, format string, args ...any) *Error {
	return Newf(KindOf(state), state, format, args...)
}

// KindOf returns the Kind of a SQLSTATE.
func KindOf(state string) Kind {
	if len(state) != 5 {
		return Internal
	}
	switch state {
	case "42501":
		return Forbidden
	case "42P01", "42883":
		return NotFound
	case "42P17", "P0000", "P0002", "P0003", "P0004":
		return Internal
	case "P0001", "21000":
		return Invalid
	case "57014":
		return Timeout
	case "54000", "54001", "54011", "54023", "53400":
		return TooLarge
	case "0A000":
		return Invalid
	}
	switch state[:2] {
	case "22", "42", "2B", "44", "20", "3F", "34", "26", "24", "P0":
		return Invalid
	case "23", "40":
		return Conflict
	case "28", "0L", "0P":
		return Forbidden
	case "25":
		return Invalid
	case "08", "53", "57":
		return Unavailable
	case "PT":
		return Invalid
	}
	return Internal
}
