package catalog

// Session is who applies a statement and where unqualified names are looked up. SET
// ROLE and SET search_path within a migration change it.
type Session struct {
	Role       string
	SearchPath []string
	// Check binds what Apply only stores; nil checks nothing.
	Check Checker
	// Builtin tells whether a function of pg_catalog has the name; such calls are
	// left unqualified. Nil means no name is.
	Builtin func(name string) bool
}

// Checker is what Apply asks of the floor above, where names and types are bound. An
// error refuses the statement.
type Checker interface {
	// ViewColumns returns the output columns of a view's query.
	ViewColumns(c *Catalog, v *Table) ([]*Column, error)
	// CheckTable binds defaults, checks, generated columns and index expressions.
	CheckTable(c *Catalog, t *Table) error
	CheckPolicy(c *Catalog, t *Table, p *Policy) error
	CheckFunction(c *Catalog, f *Function) error
	CheckTrigger(c *Catalog, t *Table, tr *Trigger) error
}
