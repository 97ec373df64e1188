package system

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

const database = "postgres"

// standard are the views of information_schema.
func standard() []*Relation {
	list := []*Relation{
		{Name: "schemata", Cols: cols("catalog_name text, schema_name text"), Rows: func(c *catalog.Catalog, row func(...any)) {
			for _, s := range schemas(c) {
				row(database, s.Name)
			}
		}},
		{Name: "tables", Cols: cols("table_catalog text, table_schema text, table_name text, table_type text"),
			Rows: func(c *catalog.Catalog, row func(...any)) {
				for _, t := range c.AllTables() {
					switch t.Kind {
					case catalog.Base:
						row(database, t.Schema, t.Name, "BASE TABLE")
					case catalog.View:
						row(database, t.Schema, t.Name, "VIEW")
					}
				}
			}},
		{Name: "views", Cols: cols("table_catalog text, table_schema text, table_name text"), Rows: func(c *catalog.Catalog, row func(...any)) {
			for _, t := range c.AllTables() {
				if t.Kind == catalog.View {
					row(database, t.Schema, t.Name)
				}
			}
		}},
		{Name: "columns", Rows: columns, Cols: cols("table_catalog text, table_schema text, table_name text, column_name text," +
			" ordinal_position int, is_nullable text, data_type text, udt_schema text, udt_name text, is_identity text, is_generated text")},
		{Name: "table_constraints", Rows: tableConstraints,
			Cols: cols("constraint_schema text, constraint_name text, table_schema text, table_name text, constraint_type text")},
		{Name: "routines", Cols: cols("routine_schema text, routine_name text, routine_type text"),
			Rows: func(c *catalog.Catalog, row func(...any)) {
				for _, f := range c.AllFunctions() {
					kind := "FUNCTION"
					if f.Procedure {
						kind = "PROCEDURE"
					}
					row(f.Schema, f.Name, kind)
				}
			}},
		{Name: "triggers", Rows: namedTriggers, Cols: cols("trigger_schema text, trigger_name text, event_manipulation text," +
			" event_object_schema text, event_object_table text, action_timing text, action_orientation text")},
	}
	for _, r := range list {
		r.Schema = "information_schema"
	}
	return list
}

func columns(c *catalog.Catalog, row func(...any)) {
	for _, t := range c.AllTables() {
		if t.Kind == catalog.MatView {
			continue
		}
		for i, col := range t.Columns {
			identity, generated := "NO", "NEVER"
			if col.Identity != "" {
				identity = "YES"
			}
			if col.Generated != nil {
				generated = "ALWAYS"
			}
			data, schema, udt := dataType(col.Type)
			row(database, t.Schema, t.Name, col.Name, i+1, yes(!col.NotNull), data, schema, udt, identity, generated)
		}
	}
}

func yes(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

// dataType is a type as information_schema writes it: a domain as what it rests on.
func dataType(t *value.Type) (data, schema, name string) {
	t = t.Base()
	switch {
	case t.Kind == value.Array:
		_, schema, name = dataType(t.Elem)
		return "ARRAY", schema, "_" + name
	case t.Schema != "":
		return "USER-DEFINED", t.Schema, t.Name
	}
	bare := *t
	bare.Mod = 0
	data = bare.String()
	short := map[string]string{
		"integer": "int4", "bigint": "int8", "smallint": "int2", "boolean": "bool", "real": "float4", "double precision": "float8",
		"character varying": "varchar", "character": "bpchar", "timestamp with time zone": "timestamptz",
		"timestamp without time zone": "timestamp", "time without time zone": "time", "time with time zone": "timetz",
	}[data]
	if short == "" {
		short = strings.Trim(data, `"`)
	}
	return data, "pg_catalog", short
}

func tableConstraints(c *catalog.Catalog, row func(...any)) {
	for _, t := range c.AllTables() {
		for _, k := range t.Keys {
			kind := "UNIQUE"
			if k.Primary {
				kind = "PRIMARY KEY"
			}
			row(t.Schema, k.Name, t.Schema, t.Name, kind)
		}
		for _, f := range t.Foreign {
			row(t.Schema, f.Name, t.Schema, t.Name, "FOREIGN KEY")
		}
		for _, k := range t.Checks {
			row(t.Schema, k.Name, t.Schema, t.Name, "CHECK")
		}
	}
}

func namedTriggers(c *catalog.Catalog, row func(...any)) {
	for _, t := range c.AllTables() {
		for _, tr := range t.Triggers {
			level := "STATEMENT"
			if tr.ForEachRow {
				level = "ROW"
			}
			for _, event := range tr.Events {
				if event != "truncate" {
					row(t.Schema, tr.Name, strings.ToUpper(event), t.Schema, t.Name, strings.ToUpper(tr.Timing), level)
				}
			}
		}
	}
}
