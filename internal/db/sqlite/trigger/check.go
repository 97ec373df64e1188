package trigger

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/plpgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// ofTriggers are the variables of a trigger function.
var ofTriggers = []string{"new", "old", "tg_op", "tg_name", "tg_when", "tg_level", "tg_table_name", "tg_relname",
	"tg_table_schema", "tg_nargs", "tg_argv", "tg_relid"}

// CheckBody reports what can be known to be wrong with a body before it runs.
func CheckBody(c *catalog.Catalog, f *catalog.Function) error {
	if f.Returns != nil && f.Returns.Kind == value.Trigger && len(f.Args) > 0 {
		return fault.SQL("42P13", "trigger functions cannot have declared arguments").
			WithHint("The arguments of the trigger can be accessed through TG_NARGS and TG_ARGV instead.")
	}
	b, err := plpgsql.Parse(f.Body)
	if err != nil {
		return err
	}
	if err := plpgsql.Check(b, frameOf(c, f)); err != nil {
		return err
	}
	if err := refuseStatements(b); err != nil {
		return err
	}
	return refuseAbsent(c, f)
}

// refuseStatements refuses a body with a statement that the engine does not have.
func refuseStatements(b *plpgsql.Block) (err error) {
	plpgsql.Walk(b, func(s plpgsql.Stmt) bool {
		if q, ok := s.(*plpgsql.SQL); ok && err == nil {
			if o, ok := q.Stmt.(*pgsql.Other); ok {
				err = catalog.Refused(o)
			}
			if f := fault.From(err); err != nil {
				err = f.At(int(q.Pos) + 1)
			}
		}
		return err == nil
	})
	return err
}

// frameOf is what the body of f is checked against.
func frameOf(c *catalog.Catalog, f *catalog.Function) plpgsql.Frame {
	of := plpgsql.Frame{Name: f.Name, Result: resultOf(f), Type: func(tn pgsql.TypeName) error {
		_, err := types{c, f.SearchPath, func(string) (*value.Type, bool) { return nil, false }}.of(tn)
		if bad := fault.From(err); err != nil {
			return bad.At(int(tn.Position()) + 1)
		}
		return nil
	}}
	pos := 0
	for _, arg := range f.Args {
		of.Params = append(of.Params, arg.Name)
		if arg.Mode != "table" {
			pos++
			of.Params = append(of.Params, "$"+strconv.Itoa(pos))
		}
	}
	if f.Returns != nil && f.Returns.Kind == value.Trigger {
		of.Params = append(of.Params, ofTriggers...)
	}
	return of
}

func resultOf(f *catalog.Function) plpgsql.Result {
	switch outs := len(f.OutCols) > 0; {
	case f.SetOf && outs:
		return plpgsql.OutSet
	case f.SetOf:
		return plpgsql.Set
	case outs:
		return plpgsql.Outs
	case f.Procedure:
		return plpgsql.Called
	case f.Returns == nil || f.Returns.Kind == value.Void:
		return plpgsql.Void
	}
	return plpgsql.Value
}
