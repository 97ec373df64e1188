package pgsql
func (p *parser) stmt() Stmt { return p.preparable() }
func (w *printer) columnDef(*ColumnDef) {}
func (w *printer) constraint(*Constraint) {}
func (w *printer) stmt(s Stmt) { switch s := s.(type) { case *Select: w.query(s); case *Insert: w.insert(s); case *Update: w.update(s); case *Delete: w.delete(s) } }
