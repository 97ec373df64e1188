package codec

import (
	"github.com/plinth-dev/plinth/internal/value"
)

// Types maps the OIDs of a database's types.
type Types struct{ byOID map[uint32]entry }

type entry struct {
	t      *value.Type
	binary bool // its binary form is read here
}

// Builtin returns the types that every database has.
func Builtin() *Types {
	ts := &Types{byOID: make(map[uint32]entry, 2*len(builtins))}
	for _, b := range builtins {
		ts.byOID[b.oid] = entry{b.t, b.binary}
		if b.array != 0 {
			ts.byOID[b.array] = entry{value.ArrayOf(b.t), b.binary}
		}
	}
	return ts
}

// Add gives an OID its type; a type of no known form travels as text. It is for
// whoever builds a Types.
func (ts *Types) Add(oid uint32, t *value.Type) {
	if _, known := ts.byOID[oid]; !known {
		ts.byOID[oid] = entry{t, ts.readable(t)}
	}
}

// AddForeign gives an OID that is known as text alone: a type of an extension.
func (ts *Types) AddForeign(oid uint32, t *value.Type) {
	if _, known := ts.byOID[oid]; !known {
		ts.byOID[oid] = entry{t, false}
	}
}

// Type returns the type of an OID, nil where it is not known.
func (ts *Types) Type(oid uint32) *value.Type { return ts.byOID[oid].t }

// Len returns the number of types.
func (ts *Types) Len() int { return len(ts.byOID) }

// readable reports whether a type's binary form is read here.
func (ts *Types) readable(t *value.Type) bool {
	switch t.Kind {
	case value.Domain, value.Array:
		return ts.readable(t.Elem)
	case value.Record:
		for _, f := range t.Fields {
			if !ts.readable(f.Type) {
				return false
			}
		}
		return true
	case value.Inet, value.Cidr, value.TSVector, value.TSQuery, value.Regclass, value.Timetz, value.Unknown:
		return false
	}
	return true
}

// builtins are pg_type's own rows: type, its OID, its array's.
var builtins = []struct {
	oid, array uint32
	t          *value.Type
	binary     bool
}{
	{16, 1000, value.TBool, true},
	{17, 1001, value.TBytea, true},
	{18, 1002, value.TText, true},
	{19, 1003, value.TName, true},
	{20, 1016, value.TInt8, true},
	{21, 1005, value.TInt2, true},
	{23, 1007, value.TInt4, true},
	{25, 1009, value.TText, true},
	{26, 1028, value.TOID, true},
	{114, 199, value.TJSON, true},
	{650, 651, value.TCidr, false},
	{700, 1021, value.TFloat4, true},
	{701, 1022, value.TFloat8, true},
	{705, 0, value.TText, true},
	{869, 1041, value.TInet, false},
	{1042, 1014, value.TBpchar, true},
	{1043, 1015, value.TVarchar, true},
	{1082, 1182, value.TDate, true},
	{1083, 1183, value.TTime, true},
	{1114, 1115, value.TTimestamp, true},
	{1184, 1185, value.TTimestamptz, true},
	{1186, 1187, value.TInterval, true},
	{1266, 1270, value.TTimetz, false},
	{1700, 1231, value.TNumeric, true},
	{2205, 2210, value.TRegclass, false},
	{2249, 2287, value.TRecord, true},
	{2278, 0, value.TVoid, false},
	{2950, 2951, value.TUUID, true},
	{3614, 3643, value.TTSVector, false},
	{3615, 3645, value.TTSQuery, false},
	{3802, 3807, value.TJSONB, true},
}
