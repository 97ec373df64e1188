package introspect

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/postgres/codec"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// builder makes a catalogue.
type builder struct {
	cat      *catalog.Catalog
	types    *typeSet
	tables   map[uint32]*catalog.Table
	userType map[uint32]*catalog.UserType
	columns  map[int]*catalog.Column // by ID
	err      error
}

// Schema is what Build reads.
type Schema struct {
	Catalog  *catalog.Catalog
	Types    *codec.Types
	Settings map[string][]Setting // by role
}

// Setting is one that ALTER ROLE … SET gave a role, and its value for others.
type Setting struct{ Name, Val, Reset string }

// ours are the settings that a role's own would spoil: in them rows are read, names are
// looked up, or they are the transaction's.
var ours = map[string]bool{
	"bytea_output": true, "client_encoding": true, "DateStyle": true, "IntervalStyle": true, "extra_float_digits": true,
	"search_path": true, "role": true, "session_authorization": true,
}

// Build makes a catalogue of the results of SQL, one for each of its queries.
func Build(version uint64, results [][][][]byte) (*Schema, error) {
	if len(results) != len(queries) {
		return nil, fault.New(fault.Internal, "XX000", "internal error")
	}
	b := &builder{
		cat: &catalog.Catalog{
			Version: version, NextID: 1, Schemas: map[string]*catalog.Schema{}, Roles: map[string]*catalog.Role{},
			Publications: map[string]*catalog.Publication{}, Extensions: map[string]string{},
		},
		tables: map[uint32]*catalog.Table{}, userType: map[uint32]*catalog.UserType{}, columns: map[int]*catalog.Column{},
	}
	s := &Schema{Catalog: b.cat, Settings: map[string][]Setting{}}
	b.global(results, s)
	types, cols := rows[typeRow](b, results[3]), rows[columnRow](b, results[5])
	b.types = newTypeSet(types, cols)
	s.Types = b.types.codec
	b.userTypes(types)
	b.relations(rows[relationRow](b, results[4]))
	b.cols(cols)
	b.sequences(rows[sequenceRow](b, results[11]))
	b.constraints(rows[constraintRow](b, results[6]))
	b.indexes(rows[indexRow](b, results[7]))
	b.policies(rows[policyRow](b, results[8]))
	b.functions(rows[functionRow](b, results[9]))
	b.triggers(rows[triggerRow](b, results[10]))
	b.publications(rows[publicationRow](b, results[12]))
	for _, r := range rows[castRow](b, results[14]) {
		b.cat.Casts = append(b.cat.Casts, catalog.Cast{From: b.types.of(r.From), To: b.types.of(r.To), Schema: r.Schema, Func: r.Func, ToJSON: r.ToJSON})
	}
	for _, r := range rows[handlerRow](b, results[15]) {
		b.cat.Handlers = append(b.cat.Handlers, catalog.Handler{Schema: r.Schema, Func: r.Func, Rows: b.types.of(r.Rows), Returns: b.types.of(r.Returns)})
	}
	b.views()
	return s, b.err
}

// rows decodes one result; the first failure is kept.
func rows[T any](b *builder, result [][][]byte) []T {
	out, err := read[T](result)
	if b.err == nil {
		b.err = err
	}
	return out
}

// global reads roles, schemas, extensions and default privileges.
func (b *builder) global(results [][][][]byte, s *Schema) {
	for _, r := range rows[roleRow](b, results[0]) {
		role := &catalog.Role{
			Name: r.Name, Super: r.Super, BypassRLS: r.Bypass || r.Super, Login: r.Login, MemberOf: r.MemberOf,
			Config: settings(r.Config),
		}
		b.cat.Roles[r.Name] = role
		if list := slices.DeleteFunc(r.Settings, func(s Setting) bool { return ours[s.Name] }); len(list) > 0 {
			s.Settings[r.Name] = list
		}
	}
	for _, r := range rows[schemaRow](b, results[1]) {
		schema := catalog.NewSchema(r.Name, r.Owner)
		schema.Grants, schema.Comment = grants(r.ACL), r.Comment
		b.cat.Schemas[r.Name] = schema
	}
	for _, r := range rows[extensionRow](b, results[2]) {
		b.cat.Extensions[r.Name] = r.Schema
	}
	kinds := map[string]string{"r": "tables", "S": "sequences", "f": "functions", "T": "types", "n": "schemas"}
	for _, r := range rows[defaultRow](b, results[13]) {
		b.cat.Defaults = append(b.cat.Defaults, &catalog.DefaultGrant{
			ForRole: r.Role, Schema: r.Schema, What: kinds[r.What], Grants: grants(r.ACL),
		})
	}
}

// settings splits name=value words.
func settings(words []string) map[string]string {
	if len(words) == 0 {
		return nil
	}
	out := make(map[string]string, len(words))
	for _, w := range words {
		name, val, _ := strings.Cut(w, "=")
		out[name] = val
	}
	return out
}

// expr parses an expression as the server prints it.
func expr(text string) pgsql.Expr {
	x, err := pgsql.ParseExpr(text)
	if err != nil {
		return &pgsql.Call{Name: pgsql.Ident{Schema: "pg_catalog", Name: "unportable"}, Args: []pgsql.Expr{&pgsql.Str{Val: text}}}
	}
	return x
}

func optional(text *string) pgsql.Expr {
	if text == nil {
		return nil
	}
	return expr(*text)
}

func (b *builder) publications(list []publicationRow) {
	for _, r := range list {
		p := &catalog.Publication{Name: r.Name, AllTables: r.AllTables}
		for _, oid := range r.Tables {
			if t := b.tables[oid]; t != nil {
				p.Tables = append(p.Tables, catalog.TableName{Schema: t.Schema, Name: t.Name})
			}
		}
		b.cat.Publications[r.Name] = p
	}
}
