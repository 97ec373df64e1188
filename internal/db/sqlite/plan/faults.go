package plan

import "github.com/plinth-dev/plinth/internal/fault"

func errInternal(msg string) error {
	return fault.SQL("XX000", "%s", msg)
}

func errUnsupported(what, hint string) error {
	return fault.SQL("0A000", "%s is not supported on SQLite", what).WithHint(hint)
}
