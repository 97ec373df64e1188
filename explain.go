package plinth

import (
	"errors"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Explain renders an error for a person at a terminal: message, detail and hint on
// lines of their own, and the code.
func Explain(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err.Error()
	}
	var b strings.Builder
	prefix, _, _ := strings.Cut(err.Error(), f.Error())
	b.WriteString(prefix + f.Message)
	if f.Code != "" {
		b.WriteString(" (" + f.Code + ")")
	}
	for _, part := range []struct{ name, text string }{{"detail", f.Detail}, {"hint", f.Hint}} {
		if part.text != "" {
			b.WriteString("\n  " + part.name + ": " + strings.ReplaceAll(part.text, "\n", "\n  "))
		}
	}
	if cause := errors.Unwrap(f); cause != nil && f.Kind == fault.Internal {
		b.WriteString("\n  cause: " + cause.Error())
	}
	return b.String()
}
