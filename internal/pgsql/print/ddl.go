package print

import (
	"maps"
	"slices"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (w *printer) createTable(s *tree.CreateTable) {
	w.str("create ")
	w.opt(s.Temp, "temp ")
	w.opt(s.Unlogged, "unlogged ")
	w.str("table ")
	w.opt(s.IfNotExists, "if not exists ")
	w.name(s.Name)
	if s.PartitionOf.Name != "" {
		w.str(" partition of ", s.PartitionOf.String(), " default")
		return
	}
	if s.As == nil || s.Columns != nil {
		w.tableElements(s)
	}
	if s.As != nil {
		w.str(" as ")
		w.query(s.As)
		w.opt(s.NoData, " with no data")
	}
	if s.Inherits != nil {
		w.str(" inherits (")
		w.idList(s.Inherits)
		w.str(")")
	}
	if s.PartitionBy != "" {
		w.str(" partition by ", s.PartitionBy)
	}
}

func (w *printer) tableElements(s *tree.CreateTable) {
	var items []func()
	like := s.Like
	for i := range len(s.Columns) + 1 {
		for ; len(like) > 0 && like[0].After <= i; like = like[1:] {
			l := like[0]
			items = append(items, func() { w.like(l) })
		}
		if i < len(s.Columns) {
			items = append(items, func() { w.columnDef(&s.Columns[i]) })
		}
	}
	for i := range s.Constraints {
		items = append(items, func() { w.constraint(&s.Constraints[i]) })
	}
	w.str(" (")
	w.list(len(items), func(i int) { items[i]() })
	w.str(")")
}

func (w *printer) like(l tree.LikeClause) {
	w.str("like ", l.Table.String())
	for _, o := range l.Options {
		word := " including "
		if o.Excluding {
			word = " excluding "
		}
		w.str(word, o.What)
	}
}

func (w *printer) alterTable(s *tree.AlterTable) {
	w.str("alter ", s.What, " ")
	w.opt(s.IfExists, "if exists ")
	w.opt(s.Only, "only ")
	w.name(s.Name)
	w.str(" ")
	w.list(len(s.Actions), func(i int) { w.action(&s.Actions[i]) })
}

func (w *printer) action(a *tree.AlterAction) {
	switch a.Do {
	case "add column":
		w.str("add column ")
		w.opt(a.IfNotExists, "if not exists ")
		w.columnDef(a.Column)
	case "drop column", "drop constraint":
		w.str(a.Do, " ")
		w.opt(a.IfExists, "if exists ")
		w.ident(a.Name)
		w.opt(a.Cascade, " cascade")
	case "rename column", "rename constraint":
		w.str(a.Do, " ", lex.QuoteIdent(a.Name), " to ", lex.QuoteIdent(a.NewName))
	case "rename":
		w.str("rename to ", lex.QuoteIdent(a.NewName))
	case "set schema":
		w.str("set schema ", lex.QuoteIdent(a.NewName))
	case "add constraint":
		w.str("add ")
		w.constraint(a.Constraint)
	case "alter constraint":
		w.str("alter constraint ", lex.QuoteIdent(a.Name))
		w.opt(a.Constraint.Deferrable, " deferrable")
		w.opt(a.Constraint.InitiallyDeferred, " initially deferred")
	case "enable rls", "disable rls", "force rls", "no force rls":
		w.str(a.Do[:len(a.Do)-3], "row level security")
	case "validate constraint":
		w.str(a.Do, " ", lex.QuoteIdent(a.Name))
	case "enable trigger", "disable trigger":
		w.str(a.Do, " ")
		w.triggerName(a.Name)
	case "cluster":
		w.str("cluster on ", lex.QuoteIdent(a.Name))
	case "owner":
		w.str("owner to ")
		w.role(a.NewName)
	case "replica identity":
		w.replicaIdentity(a.NewName)
	case "set options", "reset options":
		w.str(a.Do[:len(a.Do)-8], " ")
		w.params(a.Params)
	default:
		w.str("alter column ", lex.QuoteIdent(a.Name), " ")
		w.columnAction(a)
	}
}

// triggerName leaves ALL and USER bare, which mean every trigger.
func (w *printer) triggerName(name string) {
	if name == "all" || name == "user" {
		w.str(name)
		return
	}
	w.ident(name)
}

func (w *printer) replicaIdentity(name string) {
	switch name {
	case "full", "nothing", "default":
		w.str("replica identity ", name)
	default:
		w.str("replica identity using index ", lex.QuoteIdent(name))
	}
}

func (w *printer) columnAction(a *tree.AlterAction) {
	switch a.Do {
	case "set type":
		w.str("type ", a.Type.String())
		if a.Collation != "" {
			w.str(" collate ", lex.QuoteIdent(a.Collation))
		}
		w.clause(" using ", a.X)
	case "set default":
		w.clause("set default ", a.X)
	case "drop expression", "drop identity":
		w.str(a.Do)
		w.opt(a.IfExists, " if exists")
	case "add identity":
		w.str("add generated ", a.NewName, " as identity")
		if a.Options != nil {
			w.str(" (")
			w.seqOptions(a.Options)
			w.str(")")
		}
	case "set generated":
		w.str("set generated ", a.NewName)
	case "set identity":
		w.opt(a.Options[0].Name != "restart", "set ")
		w.seqOptions(a.Options)
	case "set statistics":
		w.str("set statistics -1")
	case "set storage":
		w.str("set storage ", lex.QuoteIdent(a.NewName))
	default:
		w.str(a.Do)
	}
}

func (w *printer) params(m map[string]string) {
	names := slices.Sorted(maps.Keys(m))
	w.str("(")
	w.list(len(names), func(i int) {
		w.str(Setting(names[i]))
		if v := m[names[i]]; v != "" {
			w.str(" = ", lex.QuoteLiteral(v))
		}
	})
	w.str(")")
}

func (w *printer) createIndex(s *tree.CreateIndex) {
	w.str("create ")
	w.opt(s.Unique, "unique ")
	w.str("index ")
	w.opt(s.Concurrently, "concurrently ")
	w.opt(s.IfNotExists, "if not exists ")
	if s.Name != "" {
		w.str(lex.QuoteIdent(s.Name), " ")
	}
	w.str("on ", s.Table.String())
	if s.Method != "" {
		w.str(" using ", lex.QuoteIdent(s.Method))
	}
	w.str(" (")
	w.list(len(s.Items), func(i int) { w.indexItem(&s.Items[i]) })
	w.str(")")
	if s.Include != nil {
		w.str(" include")
		w.cols(s.Include)
	}
	w.opt(s.NullsNotDistinct, " nulls not distinct")
	w.clause(" where ", s.Where)
}

func (w *printer) indexItem(it *tree.IndexItem) {
	w.indexExpr(it.X)
	if it.Collate != "" {
		w.str(" collate ", lex.QuoteIdent(it.Collate))
	}
	if it.OpClass != "" {
		w.str(" ", it.OpClass)
	}
	w.direction(it.Desc, it.Nulls)
}

func (w *printer) createView(s *tree.CreateView) {
	w.str("create ")
	w.opt(s.Replace, "or replace ")
	w.opt(s.Temp, "temp ")
	w.opt(s.Materialized, "materialized ")
	w.str("view ")
	w.opt(s.IfNotExists, "if not exists ")
	w.name(s.Name)
	w.cols(s.Cols)
	if s.Options != nil {
		w.str(" with ")
		w.params(s.Options)
	}
	w.str(" as ")
	w.query(s.Query)
	if s.CheckOption != "" {
		w.str(" with ", s.CheckOption, " check option")
	}
	w.opt(s.WithNoData, " with no data")
}

func (w *printer) createType(s *tree.CreateType) {
	w.str("create type ", s.Name.String())
	switch s.Kind {
	case "enum":
		w.str(" as enum (")
		w.list(len(s.Labels), func(i int) { w.str(lex.QuoteLiteral(s.Labels[i])) })
		w.str(")")
	case "composite":
		w.str(" as ")
		w.colDefs(s.Attrs)
	case "range":
		w.str(" as range ()")
	case "base":
		w.str(" ()")
	}
}

func (w *printer) alterType(s *tree.AlterType) {
	w.str("alter ", s.What, " ", s.Name.String(), " ")
	switch s.Do {
	case "owner":
		w.str("owner to ")
		w.role(s.NewVal)
	case "rename":
		w.str("rename to ", lex.QuoteIdent(s.NewVal))
	case "set schema":
		w.str("set schema ", lex.QuoteIdent(s.NewVal))
	case "add value":
		w.str("add value ")
		w.opt(s.IfNotExists, "if not exists ")
		w.str(lex.QuoteLiteral(s.Val))
		if s.Before != "" {
			w.str(" before ", lex.QuoteLiteral(s.Before))
		}
		if s.After != "" {
			w.str(" after ", lex.QuoteLiteral(s.After))
		}
	case "rename value":
		w.str("rename value ", lex.QuoteLiteral(s.Val), " to ", lex.QuoteLiteral(s.NewVal))
	case "add attribute":
		w.str("add attribute ", lex.QuoteIdent(s.Column.Name), " ", s.Column.Type.String())
	case "add constraint":
		w.str("add ")
		w.constraint(s.Constraint)
	case "drop constraint":
		w.str("drop constraint ")
		w.opt(s.IfNotExists, "if exists ")
		w.ident(s.Val)
	case "validate constraint":
		w.str(s.Do, " ", lex.QuoteIdent(s.Val))
	case "rename constraint":
		w.str(s.Do, " ", lex.QuoteIdent(s.Val), " to ", lex.QuoteIdent(s.NewVal))
	default:
		w.str(s.Do)
		w.clause(" ", s.X)
	}
}

func (w *printer) createDomain(s *tree.CreateDomain) {
	w.str("create domain ", s.Name.String(), " as ", s.Type.String())
	if s.Collation != "" {
		w.str(" collate ", lex.QuoteIdent(s.Collation))
	}
	if s.Default != nil {
		w.str(" default ")
		w.restricted(s.Default)
	}
	w.opt(s.NotNull, " not null")
	for i := range s.Constraints {
		w.str(" ")
		w.constraint(&s.Constraints[i])
	}
}
