package introspect

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/postgres/codec"
	"github.com/plinth-dev/plinth/internal/value"
)

// typeSet gives OIDs their types.
type typeSet struct {
	known map[uint32]*value.Type
	rows  map[uint32]typeRow
	cols  map[uint32][]columnRow // by relation
	codec *codec.Types
	alien map[*value.Type]bool
}

func newTypeSet(rows []typeRow, cols []columnRow) *typeSet {
	s := &typeSet{
		known: map[uint32]*value.Type{}, rows: map[uint32]typeRow{}, cols: map[uint32][]columnRow{},
		codec: codec.Builtin(), alien: map[*value.Type]bool{},
	}
	for _, r := range rows {
		s.rows[r.OID] = r
	}
	for _, c := range cols {
		s.cols[c.Rel] = append(s.cols[c.Rel], c)
	}
	for _, r := range rows {
		t := s.of(r.OID)
		if s.foreign(t) {
			s.codec.AddForeign(r.OID, t)
		} else {
			s.codec.Add(r.OID, t)
		}
	}
	return s
}

// foreign reports whether a type, or a part of it, is known by name alone.
func (s *typeSet) foreign(t *value.Type) bool {
	if s.alien[t] {
		return true
	}
	if t.Elem != nil && s.foreign(t.Elem) {
		return true
	}
	for _, f := range t.Fields {
		if s.foreign(f.Type) {
			return true
		}
	}
	return false
}

// of returns the type of an OID.
func (s *typeSet) of(oid uint32) *value.Type {
	if t := s.known[oid]; t != nil {
		return t
	}
	if t := s.codec.Type(oid); t != nil {
		return t
	}
	r, ok := s.rows[oid]
	if !ok {
		return value.TText
	}
	return s.make(r)
}

func (s *typeSet) make(r typeRow) *value.Type {
	t := &value.Type{Schema: r.Schema, Name: r.Name}
	s.known[r.OID] = t
	switch {
	case r.Kind == "e":
		t.Kind, t.Labels = value.Enum, r.Labels
	case r.Kind == "d":
		t.Kind, t.Elem = value.Domain, withMod(s.of(r.Base), r.Mod)
	case r.Kind == "c":
		t.Kind = value.Record
		for _, c := range s.cols[r.Rel] {
			t.Fields = append(t.Fields, value.Field{Name: c.Name, Type: withMod(s.of(c.Type), c.Mod)})
		}
	case r.Category == "A" && r.Elem != 0:
		*t = value.Type{Kind: value.Array, Elem: s.of(r.Elem)}
	case r.Kind == "b" && r.Name == "citext":
		*t = value.Type{Kind: value.Citext}
	case pseudo(r.Name) != nil:
		*t = *pseudo(r.Name)
	default: // an extension's, or one that the portable language lacks: text under its name
		t.Kind, t.Elem = value.Domain, value.TText
		s.alien[t] = true
	}
	return t
}

// pseudo returns the type of function signatures.
func pseudo(name string) *value.Type {
	switch name {
	case "trigger":
		return value.TTrigger
	case "any":
		return value.TAny
	case "anyelement", "anynonarray", "anycompatible", "anycompatiblenonarray":
		return value.TAnyElement
	case "anyarray", "anycompatiblearray":
		return value.TAnyArray
	case "anyenum":
		return value.TAnyEnum
	}
	return nil
}

// withMod gives a type the modifier of a column.
func withMod(t *value.Type, mod int32) *value.Type {
	if mod < 0 {
		return t
	}
	c := *t
	switch t.Kind {
	case value.Array:
		c.Elem = withMod(t.Elem, mod)
	case value.Varchar, value.Bpchar:
		c.Mod = mod - 4
	case value.Numeric:
		scale := (mod - 4) & 0x7ff
		if scale&0x400 != 0 {
			scale -= 0x800
		}
		c.Mod = (mod-4)>>16<<16 | int32(uint16(int16(scale)))
	case value.Timestamp, value.Timestamptz, value.Time, value.Timetz:
		c.Mod = mod + 1
	case value.Interval:
		if mod&0xffff == 0xffff {
			return t
		}
		c.Mod = mod&0xffff + 1
	default:
		return t
	}
	return &c
}

// userTypes puts enums, domains and free composite types into their schemas.
func (b *builder) userTypes(rows []typeRow) {
	for _, r := range rows {
		schema := b.cat.Schemas[r.Schema]
		if schema == nil || r.Kind != "e" && r.Kind != "d" && (r.Kind != "c" || r.RelKind != "c") {
			continue
		}
		u := &catalog.UserType{Type: b.types.of(r.OID), NotNull: r.NotNull, Comment: r.Comment}
		if r.Default != nil {
			u.Default = expr(*r.Default)
		}
		schema.Types[r.Name] = u
		b.userType[r.OID] = u
	}
}
