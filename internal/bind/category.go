package bind

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/value"
)

// category and preferred are Postgres' typcategory and typispreferred: the rules for
// choosing between overloads speak of them.
func category(t *value.Type) byte { return builtin.Category(t) }

func preferred(t *value.Type) bool { return t.Kind != value.Domain && builtin.Preferred(t) }

func isPseudo(t *value.Type) bool { return category(t) == 'P' }

func isUnknown(t *value.Type) bool { return t.Kind == value.Unknown }

// unmodified is t without a length or precision.
func unmodified(t *value.Type) *value.Type {
	if t.Mod == 0 {
		return t
	}
	c := *t
	c.Mod = 0
	return &c
}

// cost is how far a cast may go: 0 none needed, then as value.CastContext.
const (
	castNone = iota
	castImplicit
	castAssignment
	castExplicit
	castNever
)

// castClass says what from → to takes. Types are compared without modifiers.
func castClass(from, to *value.Type) int {
	switch {
	case value.Same(from, to):
		return castNone
	case isUnknown(from), to.Kind == value.Any:
		return castImplicit
	case isPseudo(to):
		return pseudoClass(from, to)
	}
	ctx, ok := value.CastPath(from, to)
	if !ok {
		return castNever
	}
	return castImplicit + int(ctx)
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
		return castImplicit
	}
	return castNever
}

func implicit(from, to *value.Type) bool { return castClass(from, to) <= castImplicit }
