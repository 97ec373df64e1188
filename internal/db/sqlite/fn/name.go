package fn

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// name makes a SQLite function name of a kind, a Postgres name and types.
func name(prefix, fn string, types ...*value.Type) string {
	var b strings.Builder
	b.WriteString(prefix)
	for i := range len(fn) {
		c := fn[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_':
			b.WriteByte(c)
		default:
			b.WriteString("x" + strconv.FormatInt(int64(c), 16))
		}
	}
	for _, t := range types {
		b.WriteByte('_')
		b.WriteString(typeKey(t))
	}
	return b.String()
}

// typeKey is a short name of a type: equal for equal types, definition included.
func typeKey(t *value.Type) string {
	if t == nil {
		return "void"
	}
	key := strconv.Itoa(int(t.Kind))
	switch t.Kind {
	case value.Array:
		key += "a" + typeKey(t.Elem)
	case value.Domain:
		key += hashed(t.Schema, t.Name) + typeKey(t.Elem)
	case value.Enum:
		key += hashed(t.Schema, t.Name, strings.Join(t.Labels, "\x00"))
	case value.Record:
		parts := []string{t.Schema, t.Name}
		for _, f := range t.Fields {
			parts = append(parts, f.Name, typeKey(f.Type))
		}
		key += hashed(parts...)
	}
	if t.Mod != 0 {
		key += "m" + strconv.Itoa(int(t.Mod))
	}
	return key
}

func hashed(parts ...string) string {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return fmt.Sprintf("h%x", h.Sum64())
}

// routine names a user's function in its present definition: a replaced one must not
// live on in connections that know the old.
func routine(f *catalog.Function) string {
	return f.Schema + "." + f.Name + hashed(strconv.Itoa(f.ID), f.Body, f.Owner, f.Language, f.Volatility,
		strconv.FormatBool(f.Definer), strconv.FormatBool(f.Strict), strings.Join(f.SearchPath, ","), typeKey(f.Returns))
}
