package ddl

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

func (e *editor) createSchema(st *pgsql.CreateSchema) error {
	name := st.Name
	if name == "" {
		name = st.Owner
	}
	if strings.HasPrefix(name, "pg_") {
		return fault.SQL("42939", "unacceptable schema name \"%s\"", name).
			WithDetail("The prefix \"pg_\" is reserved for system schemas.")
	}
	if e.c.Schemas[name] != nil {
		if st.IfNotExists {
			e.notice(catalog.Notice{Code: "42P06", Message: "schema \"" + name + "\" already exists, skipping"})
			return nil
		}
		return fault.SQL("42P06", "schema \"%s\" already exists", name)
	}
	owner := e.s.Role
	if st.Owner != "" {
		r, err := e.roleNamed(st.Owner)
		if err != nil {
			return err
		}
		owner = r
	}
	s := catalog.NewSchema(name, owner)
	s.Grants = e.grantsFor(owner, "", "schemas")
	e.c.Schemas[name] = s
	e.schemas[name] = true
	return nil
}

// createExtension notes an extension. Those whose functions the engine does not have
// are accepted too, so that a migration runs; a use of one is refused where it stands.
func (e *editor) createExtension(st *pgsql.CreateExtension) error {
	if _, ok := e.c.Extensions[st.Name]; ok {
		if st.IfNotExists {
			e.notice(catalog.Notice{Code: "42710", Message: "extension \"" + st.Name + "\" already exists, skipping"})
			return nil
		}
		return fault.SQL("42710", "extension \"%s\" already exists", st.Name)
	}
	schema := st.Schema
	if schema == "" {
		schema = "extensions"
	} else if e.c.Schemas[schema] == nil && schema != "pg_catalog" {
		return errNoSchema(schema)
	}
	switch st.Name {
	case "uuid-ossp", "pgcrypto", "pgjwt", "citext", "pg_trgm", "unaccent", "moddatetime", "plpgsql", "pg_graphql",
		"pg_stat_statements", "supabase_vault", "btree_gin", "btree_gist", "intarray", "fuzzystrmatch", "pgaudit",
		"plpgsql_check", "pgtap", "index_advisor", "hypopg":
	case "pg_cron", "pg_net", "vector", "postgis", "http", "hstore", "ltree", "cube", "earthdistance", "pgmq", "pgsodium",
		"pgroonga", "timescaledb", "wrappers", "tablefunc", "postgres_fdw", "dblink", "pgrouting", "pg_hashids",
		"pg_jsonschema", "pg_partman", "pg_tle", "pg_repack", "plv8":
		e.notice(catalog.Notice{
			Code: "0A000", Message: "extension \"" + st.Name + "\" is noted, but its functions and types are absent here",
			Hint: "A statement that uses one is refused; run such a project on Postgres.",
		})
	default:
		return fault.SQL("0A000", "extension \"%s\" is not available", st.Name).
			WithHint("Remove the statement if the project can do without it.")
	}
	e.c.Extensions[st.Name] = schema
	return nil
}

func (e *editor) createPublication(st *pgsql.CreatePublication) error {
	if e.c.Publications[st.Name] != nil {
		return fault.SQL("42710", "publication \"%s\" already exists", st.Name)
	}
	p := &catalog.Publication{Name: st.Name, AllTables: st.AllTables}
	if err := e.publish(p, st.Tables); err != nil {
		return err
	}
	e.c.Publications[st.Name] = p
	return nil
}

func (e *editor) alterPublication(st *pgsql.AlterPublication) error {
	old := e.c.Publications[st.Name]
	if old == nil {
		return fault.SQL("42704", "publication \"%s\" does not exist", st.Name)
	}
	p := *old
	p.Tables = slices.Clone(old.Tables)
	switch st.Do {
	case "add":
		if p.AllTables {
			return fault.SQL("55000", "publication \"%s\" is defined as FOR ALL TABLES", p.Name).
				WithDetail("Tables cannot be added to or dropped from FOR ALL TABLES publications.")
		}
		if err := e.publish(&p, st.Tables); err != nil {
			return err
		}
	case "set":
		if len(st.Tables) > 0 {
			p.Tables = nil
		}
		if err := e.publish(&p, st.Tables); err != nil {
			return err
		}
	case "drop":
		if err := e.unpublish(&p, st.Tables); err != nil {
			return err
		}
	case "owner":
		if _, err := e.roleNamed(st.Text); err != nil {
			return err
		}
	case "rename":
		delete(e.c.Publications, p.Name)
		p.Name = st.Text
	}
	e.c.Publications[p.Name] = &p
	return nil
}

func (e *editor) publish(p *catalog.Publication, tables []pgsql.Ident) error {
	for _, id := range tables {
		t, err := e.relation(id)
		if err != nil {
			return err
		}
		if t.Kind != catalog.Base {
			return fault.SQL("22023", "cannot add relation \"%s\" to publication", t.Name).
				WithDetail("This operation is not supported for " + t.KindName() + "s.")
		}
		name := catalog.TableName{Schema: t.Schema, Name: t.Name}
		if slices.Contains(p.Tables, name) {
			return fault.SQL("42710", "relation \"%s\" is already member of publication \"%s\"", t.Name, p.Name)
		}
		p.Tables = append(p.Tables, name)
	}
	return nil
}

func (e *editor) unpublish(p *catalog.Publication, tables []pgsql.Ident) error {
	for _, id := range tables {
		t, err := e.relation(id)
		if err != nil {
			return err
		}
		i := slices.Index(p.Tables, catalog.TableName{Schema: t.Schema, Name: t.Name})
		if i < 0 {
			return fault.SQL("42704", "relation \"%s\" is not part of the publication", t.Name)
		}
		p.Tables = slices.Delete(p.Tables, i, i+1)
	}
	return nil
}
