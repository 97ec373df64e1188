package ddl

import (
	"errors"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// IsDDL reports whether st is a statement that Apply takes.
func IsDDL(st pgsql.Stmt) bool {
	switch st.(type) {
	case *pgsql.Select, *pgsql.Insert, *pgsql.Update, *pgsql.Delete, *pgsql.Do, *pgsql.Set,
		*pgsql.Transaction, *pgsql.Truncate, *pgsql.Refresh, *pgsql.Notify:
		return false
	}
	return true
}

// Apply returns the catalogue after st, which was parsed from src. c is unchanged;
// on an error the returned catalogue is c. Positions of errors and notices are
// 1-based offsets into src.
func Apply(c *catalog.Catalog, s *catalog.Session, st pgsql.Stmt, src string) (*catalog.Catalog, []catalog.Notice, error) {
	if !IsDDL(st) {
		return c, nil, ErrNotDDL
	}
	e := newEditor(c, s, src)
	if err := e.apply(st); err != nil {
		var f *fault.Error
		if errors.As(err, &f) && f.Pos == 0 {
			err = at(f, st)
		}
		return c, e.notices, err
	}
	e.refreshRowTypes()
	return e.c, e.notices, nil
}

func (e *editor) apply(st pgsql.Stmt) error {
	switch st := st.(type) {
	case *pgsql.CreateTable:
		return e.createTable(st)
	case *pgsql.AlterTable:
		return e.alter(st)
	case *pgsql.Drop:
		return e.drop(st)
	case *pgsql.CreateIndex:
		return e.createIndex(st)
	case *pgsql.CreateView:
		return e.createView(st)
	case *pgsql.CreatePolicy:
		return e.createPolicy(st)
	case *pgsql.AlterPolicy:
		return e.alterPolicy(st)
	case *pgsql.CreateTrigger:
		return e.createTrigger(st)
	case *pgsql.CreateFunction:
		return e.createFunction(st)
	case *pgsql.AlterFunction:
		return e.alterFunction(st)
	case *pgsql.Grant:
		return e.grant(st)
	case *pgsql.DefaultPrivileges:
		return e.defaultPrivileges(st)
	}
	return e.applyRest(st)
}

func (e *editor) applyRest(st pgsql.Stmt) error {
	switch st := st.(type) {
	case *pgsql.CreateType:
		return e.createType(st)
	case *pgsql.AlterType:
		return e.alterType(st)
	case *pgsql.CreateDomain:
		return e.createDomain(st)
	case *pgsql.CreateSchema:
		return e.createSchema(st)
	case *pgsql.CreateSequence:
		return e.sequence(st)
	case *pgsql.CreateExtension:
		return e.createExtension(st)
	case *pgsql.CreatePublication:
		return e.createPublication(st)
	case *pgsql.AlterPublication:
		return e.alterPublication(st)
	case *pgsql.Comment:
		return e.comment(st)
	case *pgsql.CreateRole:
		return e.role(st)
	case *pgsql.Other:
		return e.other(st)
	}
	return at(errUnsupported("Remove the statement.", "statement %T is not supported", st), st)
}
