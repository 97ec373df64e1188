package overload

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/value"
)

// Category and preferred are Postgres' typcategory and typispreferred: the rules for
// choosing between overloads speak of them.
func Category(t *value.Type) byte { return builtin.Category(t) }

func Preferred(t *value.Type) bool { return t.Kind != value.Domain && builtin.Preferred(t) }

func IsPseudo(t *value.Type) bool { return Category(t) == 'P' }

func IsUnknown(t *value.Type) bool { return t.Kind == value.Unknown }

// Unmodified is t without a length or precision.
func Unmodified(t *value.Type) *value.Type {
	if t.Mod == 0 {
		return t
	}
	c := *t
	c.Mod = 0
	return &c
}

// cost is how far a cast may go: 0 none needed, then as value.CastContext.
const (
	CastNone = iota
	CastImplicit
	CastAssignment
	CastExplicit
	CastNever
)

// CastClass says what from → to takes. Types are compared without modifiers.
func CastClass(from, to *value.Type) int {
	switch {
	case value.Same(from, to):
		return CastNone
	case IsUnknown(from), to.Kind == value.Any:
		return CastImplicit
	case IsPseudo(to):
		return pseudoClass(from, to)
	}
	ctx, ok := value.CastPath(from, to)
	if !ok {
		return CastNever
	}
	return CastImplicit + int(ctx)
}

func pseudoClass(from, to *value.Type) int {
	ok := true
	switch to.Kind {
	case value.AnyArray:
		ok = from.Base().Kind == value.Array
	case value.Record:
		ok = from.Base().Kind == value.Record
	case value.AnyEnum:
		ok = from.Base().Kind == value.Enum
	case value.Void, value.Trigger:
		ok = false
	}
	if ok {
		return CastImplicit
	}
	return CastNever
}

func Implicit(from, to *value.Type) bool { return CastClass(from, to) <= CastImplicit }
