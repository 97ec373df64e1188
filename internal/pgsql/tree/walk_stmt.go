package tree

func (f walker) stmt(s Stmt) {
	if q, ok := s.(*Select); ok {
		f.query(q)
		return
	}
	if s == nil || !f(s) {
		return
	}
	switch s := s.(type) {
	case *Insert:
		f.insert(s)
	case *Update:
		f.with(s.With)
		f.assigns(s.Set)
		f.tables(s.From)
		f.expr(s.Where)
		f.targets(s.Returning)
	case *Delete:
		f.with(s.With)
		f.tables(s.Using)
		f.expr(s.Where)
		f.targets(s.Returning)
	default:
		f.ddl(s)
	}
}

func (f walker) insert(s *Insert) {
	f.with(s.With)
	f.query(s.Query)
	if c := s.Conflict; c != nil {
		f.exprs(c.Cols)
		f.expr(c.Where)
		f.assigns(c.Set)
		f.expr(c.SetWhere)
	}
	f.targets(s.Returning)
}

func (f walker) assigns(list []Assign) {
	for _, a := range list {
		for _, p := range a.Parts {
			f.expr(p.Sub)
		}
		f.expr(a.X)
	}
}

func (f walker) ddl(s Stmt) {
	switch s := s.(type) {
	case *CreateTable:
		for i := range s.Columns {
			f.column(&s.Columns[i])
		}
		f.constraints(s.Constraints)
		f.query(s.As)
	case *AlterTable:
		for i := range s.Actions {
			f.action(&s.Actions[i])
		}
	case *CreateIndex:
		for _, it := range s.Items {
			f.expr(it.X)
		}
		f.expr(s.Where)
	case *CreateView:
		f.query(s.Query)
	case *AlterType:
		f.expr(s.X)
		f.constraint(s.Constraint)
	case *CreateDomain:
		f.expr(s.Default)
		f.constraints(s.Constraints)
	case *CreatePolicy:
		f.expr(s.Using)
		f.expr(s.Check)
	case *AlterPolicy:
		f.expr(s.Using)
		f.expr(s.Check)
	case *CreateFunction:
		for _, a := range s.Args {
			f.expr(a.Default)
		}
		for _, st := range s.Stmts {
			f.stmt(st)
		}
	case *CreateTrigger:
		f.expr(s.When)
	}
}

func (f walker) column(c *ColumnDef) {
	if c == nil {
		return
	}
	f.expr(c.Default)
	f.expr(c.Generated)
	f.constraints(c.Constraints)
}

func (f walker) constraints(list []Constraint) {
	for i := range list {
		f.constraint(&list[i])
	}
}

func (f walker) constraint(c *Constraint) {
	if c != nil {
		f.expr(c.Check)
	}
}

func (f walker) action(a *AlterAction) {
	f.column(a.Column)
	f.constraint(a.Constraint)
	f.expr(a.X)
}
