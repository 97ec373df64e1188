package sqlite

import (
	"context"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// published is one version of the schema, with what was compiled against it.
type published struct {
	cat   *catalog.Catalog
	plans *exec.Cache
	needs []fn.Need // of its indexes
}

func (d *Driver) publish(cat *catalog.Catalog) {
	d.pub.Store(&published{cat: cat, plans: exec.NewCache(), needs: indexNeeds(cat)})
}

// start makes the engine's own tables where they are missing and rebuilds the
// catalogue from the statements that made it.
func (d *Driver) start(ctx context.Context) error {
	return d.writer.Alone(ctx, func(c *lite.Conn) error {
		if err := c.Exec("begin immediate"); err != nil {
			return lite.Fault(err)
		}
		for _, sql := range schema.Bootstrap() {
			if err := c.Exec(sql); err != nil {
				return lite.Fault(err)
			}
		}
		if err := d.checkLog(c); err != nil {
			return err
		}
		cat, err := d.replay(c)
		if err != nil {
			return err
		}
		if err := upgrade(c, cat); err != nil {
			return err
		}
		if err := c.Exec("commit"); err != nil {
			return lite.Fault(err)
		}
		d.publish(cat)
		return nil
	})
}

// definition is a statement that changed the schema. nextID is the first id that it
// gave: the change log names tables by id, so a replay must give the same ones.
type definition struct {
	file   string
	loc    pgsql.Located
	nextID int
}

// remember records a statement that changed the schema.
func remember(c *lite.Conn, s *catalog.Session, def definition) error {
	st, err := c.Prepare(`insert into _ddl (role, search_path, sql, file, pos, at, next_id) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)`)
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	st.BindText(1, s.Role)
	st.BindText(2, strings.Join(s.SearchPath, ","))
	st.BindText(3, def.loc.SQL)
	st.BindText(4, def.file)
	st.BindInt(5, int64(def.loc.Pos))
	st.BindInt(6, clock())
	st.BindInt(7, int64(def.nextID))
	return lite.Fault(st.Run())
}

// replay applies the recorded statements to an empty catalogue.
func (d *Driver) replay(c *lite.Conn) (*catalog.Catalog, error) {
	st, err := c.Prepare(`select role, search_path, sql, next_id from _ddl order by id`)
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer st.Release()
	cat := catalog.New()
	for {
		row, err := st.Step()
		if err != nil {
			return nil, lite.Fault(err)
		}
		if !row {
			return cat, nil
		}
		s := d.ddlSession(st.ColumnString(0))
		s.Check = checker{replayed: true}
		s.SearchPath = splitPath(st.ColumnString(1))
		sql := st.ColumnString(2)
		cat.NextID = int(st.ColumnInt(3))
		if cat, err = again(cat, &s, sql); err != nil {
			f := fault.From(err)
			return nil, f.WithDetail("while the schema is rebuilt: " + pgsql.FirstLine(sql)).WithCause(err)
		}
	}
}

func again(cat *catalog.Catalog, s *catalog.Session, sql string) (*catalog.Catalog, error) {
	parsed, err := pgsql.ParseOne(sql)
	if err != nil {
		return nil, err
	}
	next, _, err := ddl.Apply(cat, s, parsed, sql)
	return next, err
}

// run executes one of the engine's own statements with text arguments.
func run(c *lite.Conn, sql string, args ...string) error {
	st, err := c.Prepare(sql)
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	for i, a := range args {
		st.BindText(i+1, a)
	}
	return lite.Fault(st.Run())
}
