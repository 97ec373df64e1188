package trigger

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/plpgsql"
)

// outputs stores what a procedure gave for its INOUT parameters into the variables that
// stand for them.
func (fr *frame) outputs(call *pgsql.Call, res *exec.Result) error {
	for i, col := range res.Cols {
		x := argument(call, res.Proc.InArgs(), col.Name)
		c, ok := x.(*pgsql.Column)
		if x == nil {
			continue // left to its default
		}
		if ok {
			_, ok = fr.find(c.Parts[0])
		}
		if !ok {
			return fault.SQL("42601", "procedure parameter \"%s\" is an output parameter but corresponding argument is not writable", col.Name)
		}
		n, field, err := fr.place(plpgsql.Target{Path: c.Parts})
		if err != nil {
			return err
		}
		if err := fr.put(n, field, res.Rows[0][i], col.Type); err != nil {
			return err
		}
	}
	return nil
}

// argument is what a call gives for a parameter, nil for nothing.
func argument(call *pgsql.Call, params []catalog.Arg, name string) pgsql.Expr {
	for i, x := range call.Args {
		switch {
		case i < len(call.ArgNames) && call.ArgNames[i] != "":
			if call.ArgNames[i] == name {
				return x
			}
		case i < len(params) && params[i].Name == name:
			return x
		}
	}
	return nil
}
