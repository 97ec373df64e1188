package print

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (w *printer) constraint(c *tree.Constraint) {
	if c.Name != "" {
		w.str("constraint ", lex.QuoteIdent(c.Name), " ")
	}
	switch c.Kind {
	case "check":
		w.clause("check (", c.Check)
		w.str(")")
	case "exclude":
		w.str(c.Text)
	case "foreign key":
		if c.Cols != nil {
			w.str("foreign key")
			w.cols(c.Cols)
			w.str(" ")
		}
		w.references(c)
	default:
		w.str(c.Kind)
		w.opt(c.NullsNotDistinct, " nulls not distinct")
		w.cols(c.Cols)
		if c.UsingIndex != "" {
			w.str(" using index ", lex.QuoteIdent(c.UsingIndex))
		}
	}
	w.opt(c.NoInherit, " no inherit")
	w.opt(c.Deferrable, " deferrable")
	w.opt(c.InitiallyDeferred, " initially deferred")
	w.opt(c.NotValid, " not valid")
}

func (w *printer) references(c *tree.Constraint) {
	w.str("references ")
	w.name(c.Ref)
	w.cols(c.RefCols)
	if c.Match != "" {
		w.str(" match ", c.Match)
	}
	if c.OnDelete != "" {
		w.str(" on delete ", c.OnDelete)
		w.cols(c.SetCols)
	}
	if c.OnUpdate != "" {
		w.str(" on update ", c.OnUpdate)
	}
}

func (w *printer) columnDef(c *tree.ColumnDef) {
	w.ident(c.Name)
	if c.Type.Name == "" {
		return
	}
	w.str(" ")
	if c.Serial {
		w.str(strings.NewReplacer("int4", "serial", "int8", "bigserial", "int2", "smallserial").Replace(c.Type.Name))
	} else {
		w.str(c.Type.String())
	}
	if c.Collation != "" {
		w.str(" collate ", lex.QuoteIdent(c.Collation))
	}
	if c.Default != nil {
		w.str(" default ")
		w.restricted(c.Default)
	}
	if c.Generated != nil {
		w.clause(" generated always as (", c.Generated)
		w.str(") stored")
	}
	if c.Identity != "" && !c.Serial {
		w.str(" generated ", c.Identity, " as identity")
		if c.IdentityOpt != nil {
			w.str(" (")
			w.seqOptions(c.IdentityOpt)
			w.str(")")
		}
	}
	w.opt(c.NotNull, " not null")
	w.opt(c.Null, " null")
	for i := range c.Constraints {
		w.str(" ")
		w.constraint(&c.Constraints[i])
	}
}
