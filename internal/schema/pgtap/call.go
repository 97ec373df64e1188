package pgtap

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// arg is an argument of an assertion as the database gave it.
type arg struct {
	text string
	null bool
	typ  *value.Type
	list []string // of an array
}

// args evaluates the arguments as whoever acts.
func (r *runner) args(ctx context.Context, call *pgsql.Call) ([]arg, error) {
	if len(call.Args) == 0 {
		return nil, nil
	}
	parts := make([]string, len(call.Args))
	for i, x := range call.Args {
		parts[i] = pgsql.Print(x)
	}
	rows, err := r.tx.As(r.session).Query(ctx, "select "+strings.Join(parts, ", "))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	out := make([]arg, len(call.Args))
	for i, c := range rows.Columns() {
		text, ok := rows.AppendText(nil, i)
		out[i] = arg{text: string(text), null: !ok, typ: c.Type}
		if ok && c.Type.Base().Kind == value.Array {
			for _, v := range rows.Value(i).L {
				out[i].list = append(out[i].list, value.TextOf(c.Type.Base().Elem, v, nil))
			}
		}
	}
	return out, rows.Err()
}

func (a arg) shown() string {
	if a.null {
		return "NULL"
	}
	return a.text
}

func (a arg) array() bool { return a.typ != nil && a.typ.Base().Kind == value.Array }

// at returns the text of argument i, "" where there is none.
func at(args []arg, i int) string {
	if i < len(args) && !args[i].null {
		return args[i].text
	}
	return ""
}

// call carries out a function of the test; done is false where it is no such function.
func (r *runner) call(ctx context.Context, call *pgsql.Call) (done bool, err error) {
	if s := call.Name.Schema; s != "" && s != "extensions" && s != "tap" && s != "pgtap" && s != "tests" && s != "pg_catalog" {
		return false, nil
	}
	name := call.Name.Name
	if name == "set_config" {
		return r.setConfig(ctx, call)
	}
	f, known := functions[name]
	if !known {
		return false, nil
	}
	if r.skip > 0 && !f.control {
		r.skip--
		r.report(true, "skipped")
		return true, nil
	}
	args, err := r.args(ctx, call)
	if err != nil {
		return true, err
	}
	if len(args) < f.least {
		return true, fmt.Errorf("%w: %s needs %d", errArgs, name, f.least)
	}
	return true, f.do(r, ctx, args)
}

// setConfig notes a change of role or claims that a test makes by set_config.
func (r *runner) setConfig(ctx context.Context, call *pgsql.Call) (bool, error) {
	args, err := r.args(ctx, &pgsql.Call{Args: call.Args[:min(2, len(call.Args))]})
	if err != nil || len(args) < 2 {
		return false, err
	}
	switch args[0].text {
	case "role":
		r.session.Role = args[1].text
		if args[1].text == "none" || args[1].text == "" {
			r.session.Role = db.Owner.Role
		}
	case "request.jwt.claims":
		r.session.Claims = args[1].text
	default:
		return false, nil
	}
	return true, nil
}

// function is an assertion, or a word about the run.
type function struct {
	least   int // arguments
	control bool
	do      func(r *runner, ctx context.Context, args []arg) error
}

// functions are those of pgTAP that are known, and our own as_user, as_anon and as_role.
var functions map[string]function = table()

func table() map[string]function {
	t := map[string]function{
		"plan": {1, true, func(r *runner, _ context.Context, a []arg) (err error) {
			r.result.Plan, err = strconv.Atoi(a[0].text)
			return err
		}},
		"no_plan": {0, true, nothing},
		"finish":  {0, true, nothing},
		"diag":    {0, true, nothing},
		"todo":    {1, true, func(r *runner, _ context.Context, a []arg) error { r.todo = count(a); return nil }},
		"skip":    {1, true, func(r *runner, _ context.Context, a []arg) error { r.skip = count(a); return nil }},
		"pass":    {0, false, func(r *runner, _ context.Context, a []arg) error { r.report(true, at(a, 0)); return nil }},
		"fail":    {0, false, func(r *runner, _ context.Context, a []arg) error { r.report(false, at(a, 0)); return nil }},
		"as_user": {1, true, func(r *runner, _ context.Context, a []arg) error {
			r.session = db.Session{Role: "authenticated", Claims: `{"role":"authenticated","sub":` + strconv.Quote(a[0].text) + `}`}
			return nil
		}},
		"as_anon": {0, true, func(r *runner, _ context.Context, _ []arg) error {
			r.session = db.Session{Role: "anon", Claims: `{"role":"anon"}`}
			return nil
		}},
		"as_owner": {0, true, func(r *runner, _ context.Context, _ []arg) error { r.session = db.Owner; return nil }},
		"as_role": {1, true, func(r *runner, _ context.Context, a []arg) error {
			r.session = db.Session{Role: a[0].text, Claims: at(a, 1)}
			return nil
		}},
	}
	for _, more := range []map[string]function{values(), queries(), structure()} {
		for name, f := range more {
			t[name] = f
		}
	}
	return t
}

func nothing(*runner, context.Context, []arg) error { return nil }

// count is the number in skip('why', 2) or skip(2), 1 without one.
func count(args []arg) int {
	for _, a := range args {
		if n, err := strconv.Atoi(a.text); err == nil {
			return n
		}
	}
	return 1
}

// codeOf is an error's SQLSTATE and message.
func codeOf(err error) (code, message string) {
	f := fault.From(err)
	return f.Code, f.Message
}
