package sqlite

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
)

// upgrade brings a file that an older version made to the form that this one expects:
// foreign keys without actions, and no unique index for keys that may wait. Neither
// touches a row.
func upgrade(c *lite.Conn, cat *catalog.Catalog) error {
	changed, err := withActions(c)
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		if err := rewrite(c, changed); err != nil {
			return err
		}
	}
	for _, t := range cat.AllTables() {
		for _, k := range t.Keys {
			if !k.Deferrable {
				continue
			}
			if err := relax(c, schema.IndexName(t, k.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// withActions reads the tables whose keys do something, and gives their DDL without it.
func withActions(c *lite.Conn) (map[string]string, error) {
	st, err := c.Prepare(`select name, sql from sqlite_schema where type = 'table' and (sql like '% on delete %' or sql like '% on update %')`)
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer st.Release()
	out := map[string]string{}
	for {
		more, err := st.Step()
		if err != nil || !more {
			return out, lite.Fault(err)
		}
		was := st.ColumnString(1)
		if now := schema.WithoutActions(was); now != was {
			out[st.ColumnString(0)] = now
		}
	}
}

// rewrite changes the text of tables' definitions in place, which SQLite allows for
// what does not change how rows are stored.
func rewrite(c *lite.Conn, tables map[string]string) error {
	if err := c.Exec("pragma writable_schema = on"); err != nil {
		return lite.Fault(err)
	}
	for name, sql := range tables {
		if err := run(c, `update sqlite_schema set sql = ?2 where type = 'table' and name = ?1`, name, sql); err != nil {
			return err
		}
	}
	return lite.Fault(c.Exec("pragma writable_schema = reset"))
}

// relax makes a unique index an ordinary one.
func relax(c *lite.Conn, index string) error {
	sql, err := definitionOf(c, index)
	if err != nil || !strings.HasPrefix(sql, "create unique index ") && !strings.HasPrefix(sql, "CREATE UNIQUE INDEX ") {
		return err
	}
	if err := c.Exec("drop index " + schema.Quote(index)); err != nil {
		return lite.Fault(err)
	}
	return lite.Fault(c.Exec("create index " + sql[len("create unique index "):]))
}

func definitionOf(c *lite.Conn, index string) (string, error) {
	st, err := c.Prepare(`select sql from sqlite_schema where type = 'index' and name = ?1`)
	if err != nil {
		return "", lite.Fault(err)
	}
	defer st.Release()
	st.BindText(1, index)
	if more, err := st.Step(); err != nil || !more {
		return "", lite.Fault(err)
	}
	return st.ColumnString(0), nil
}
