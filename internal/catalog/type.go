package catalog

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Type returns the type that tn means under the search path: built-in, enum, domain,
// composite or a table's row type.
func (c *Catalog) Type(path []string, tn pgsql.TypeName) (*value.Type, error) {
	if tn.PctType {
		return c.columnType(path, tn)
	}
	t, err := c.baseType(path, tn)
	if err != nil {
		return nil, err
	}
	if len(tn.Mods) > 0 {
		if t, err = value.WithMod(t, tn.Mods); err != nil {
			return nil, err
		}
	}
	if tn.Array > 0 {
		t = value.ArrayOf(t)
	}
	return t, nil
}

func (c *Catalog) baseType(path []string, tn pgsql.TypeName) (*value.Type, error) {
	id := pgsql.Ident{Schema: tn.Schema, Name: tn.Name}
	if tn.PctRowtype {
		if schema, name, ok := strings.Cut(tn.Name, "."); ok {
			id = pgsql.Ident{Schema: schema, Name: name}
		}
	} else if tn.Schema == "" || tn.Schema == "pg_catalog" || tn.Schema == "extensions" {
		if t, ok := value.ByName(tn.Name); ok {
			return t, nil
		}
		if tn.Name == "regconfig" { // a text-search configuration is named by text here
			return value.TText, nil
		}
	}
	if u, ok := c.UserType(path, id); ok {
		return u.Type, nil
	}
	if t, ok := c.Table(path, id); ok {
		return t.RowType(), nil
	}
	if tn.Schema != "" && c.Schemas[tn.Schema] == nil {
		return nil, at(fault.SQL("3F000", "schema \"%s\" does not exist", tn.Schema), tn)
	}
	return nil, noType(written(id), tn)
}

// Absent are types of Postgres and its extensions that the engine does not have, with
// a way out.
type Absent struct {
	Names  []string
	WayOut string
}

// AbsentTypes lists the types that are refused.
func AbsentTypes() []Absent {
	return []Absent{
		{[]string{"money"}, "Use numeric."},
		{[]string{"xml"}, "Use text."},
		{[]string{"bit", "varbit"}, "Use integer, text or boolean columns."},
		{[]string{"int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange", "int4multirange", "int8multirange",
			"nummultirange", "tsmultirange", "tstzmultirange", "datemultirange"}, "Use two columns with a check."},
		{[]string{"point", "line", "lseg", "box", "path", "polygon", "circle", "geometry", "geography"},
			"Use numeric columns or jsonb; PostGIS needs Postgres."},
		{[]string{"hstore"}, "Use jsonb."},
		{[]string{"vector", "halfvec", "sparsevec", "ltree", "macaddr", "macaddr8", "pg_lsn", "regproc", "regprocedure", "regtype",
			"regrole", "regnamespace", "xid", "xid8", "cid", "tid", "txid_snapshot", "pg_snapshot", "isbn", "regcollation", "regdictionary",
			"regoper", "regoperator", "oidvector", "int2vector", "aclitem"}, "Use text, or run the project on Postgres."},
		{[]string{"jsonpath"}, "Use -> and @>, or jsonb_array_elements with a condition."},
		{[]string{"refcursor"}, "Declare it in PL/pgSQL, where cursors are."},
		{[]string{"anycompatible", "anycompatiblearray", "anycompatiblenonarray"}, "Write anyelement or anyarray, and cast the arguments to one type where it is called."},
		{[]string{"cstring", "internal", "event_trigger", "language_handler", "fdw_handler", "index_am_handler", "table_am_handler", "tsm_handler",
			"gtsvector", "pg_node_tree", "pg_ndistinct", "pg_dependencies", "pg_mcv_list", "pg_brin_bloom_summary",
			"pg_brin_minmax_multi_summary", "pg_ddl_command"}, "It is the Postgres server's own; leave it to it."},
	}
}

func absent(name string) string {
	for _, a := range AbsentTypes() {
		if slices.Contains(a.Names, name) {
			return a.WayOut
		}
	}
	return ""
}

// columnType resolves tbl.col%type and schema.tbl.col%type.
func (c *Catalog) columnType(path []string, tn pgsql.TypeName) (*value.Type, error) {
	parts := strings.Split(tn.Name, ".")
	if tn.Schema != "" {
		parts = append([]string{tn.Schema}, parts...)
	}
	if len(parts) < 2 {
		return nil, noType(tn.Name+"%type", tn)
	}
	id := pgsql.Ident{Name: parts[len(parts)-2]}
	if len(parts) > 2 {
		id.Schema = parts[len(parts)-3]
	}
	t, ok := c.Table(path, id)
	if !ok {
		return nil, at(fault.SQL("42P01", "relation \"%s\" does not exist", written(id)), tn)
	}
	col := t.ColumnNamed(parts[len(parts)-1])
	if col == nil {
		return nil, at(fault.SQL("42703", "column \"%s\" of relation \"%s\" does not exist", parts[len(parts)-1], t.Name), tn)
	}
	return col.Type, nil
}

func at(err *fault.Error, n pgsql.Node) error { return err.At(int(n.Position()) + 1) }

func noType(name string, n pgsql.Node) error {
	if hint := absent(name[strings.LastIndexByte(name, '.')+1:]); hint != "" {
		return at(fault.SQL("0A000", "type \"%s\" is not supported", name).WithHint(hint), n)
	}
	return at(fault.SQL("42704", "type \"%s\" does not exist", name), n)
}

// written is a name as the user wrote it.
func written(id pgsql.Ident) string {
	if id.Schema == "" {
		return id.Name
	}
	return id.Schema + "." + id.Name
}
