package trigger

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/plpgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// raise ends the statement with a fault; levels below exception are remarks that
// nobody here reads, computed all the same, since computing them may fail.
func (fr *frame) raise(st *plpgsql.Raise) error {
	if !st.HasFormat && st.Cond == nil && len(st.Options) == 0 {
		if fr.caught == nil {
			return fault.SQL("0Z002", "RAISE without parameters cannot be used outside an exception handler")
		}
		return fr.caught
	}
	f := fault.SQL("P0001", "%s", "")
	if st.Cond != nil {
		setState(f, st.Cond.State)
		f.Message = st.Cond.Name
		if f.Message == "" {
			f.Message = st.Cond.State
		}
	}
	if st.HasFormat {
		text, err := fr.format(st)
		if err != nil {
			return err
		}
		f.Message = text
	}
	for _, o := range st.Options {
		v, err := fr.eval(o.X, value.TText)
		if err != nil {
			return err
		}
		if v.IsNull() {
			return fault.SQL("22004", "RAISE statement option cannot be null")
		}
		if err := option(f, o.Name, v.S); err != nil {
			return err
		}
	}
	if f.Message == "" {
		f.Message = f.Code
	}
	if st.Level != "" && st.Level != "exception" {
		return nil
	}
	return f
}

// setState sets the SQLSTATE and what follows from it. PTnnn is an HTTP status that
// the client sees.
func setState(f *fault.Error, state string) {
	f.Code, f.Kind = state, fault.KindOf(state)
	if f.Kind == fault.Internal {
		f.Kind = fault.Invalid // raised on purpose: its text is meant to be read
	}
}

func option(f *fault.Error, name, val string) error {
	switch name {
	case "errcode":
		state := plpgsql.StateOf(val)
		if state == "" {
			state = val
		}
		setState(f, state)
	case "message":
		f.Message = val
	case "detail":
		f.Detail = val
	case "hint":
		f.Hint = val
	case "column":
		f.Column = val
	case "constraint":
		f.Constraint = val
	case "table":
		f.Table = val
	case "schema":
		f.Schema = val
	}
	return nil
}

// format fills the % of a message.
func (fr *frame) format(st *plpgsql.Raise) (string, error) {
	var b strings.Builder
	args := st.Args
	for i := 0; i < len(st.Format); i++ {
		c := st.Format[i]
		if c != '%' {
			b.WriteByte(c)
			continue
		}
		if i+1 < len(st.Format) && st.Format[i+1] == '%' {
			b.WriteByte('%')
			i++
			continue
		}
		if len(args) == 0 {
			return "", fault.SQL("42601", "too few parameters specified for RAISE")
		}
		v, t, err := fr.typed(args[0])
		if err != nil {
			return "", err
		}
		args = args[1:]
		if v.IsNull() {
			b.WriteString("<NULL>")
		} else {
			b.WriteString(value.TextOf(t, v, fr.a.Env.Zone))
		}
	}
	if len(args) > 0 {
		return "", fault.SQL("42601", "too many parameters specified for RAISE")
	}
	return b.String(), nil
}
