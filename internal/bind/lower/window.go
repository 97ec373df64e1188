package lower

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Windows gives the windows of a WINDOW clause what they copy from those before them.
func Windows(in []pgsql.Window) ([]pgsql.Window, *fault.Error) {
	var out []pgsql.Window
	for _, w := range in {
		if _, err := named(w.Name, out); err == nil {
			return nil, fault.SQL("42P20", "window \"%s\" is already defined", w.Name)
		}
		full, err := copied(w, out)
		if err != nil {
			return nil, err
		}
		full.Name = w.Name
		out = append(out, full)
	}
	return out, nil
}

// Over gives the window of an OVER clause what it is: the one that it names, or itself
// with what it copies. list are the query's windows, which copy nothing any more.
func Over(w pgsql.Window, list []pgsql.Window) (pgsql.Window, *fault.Error) {
	if w.Name != "" {
		return named(w.Name, list)
	}
	return copied(w, list)
}

// copied gives a window the partition and the order of its base.
func copied(w pgsql.Window, list []pgsql.Window) (pgsql.Window, *fault.Error) {
	if w.Base == "" {
		return w, nil
	}
	base, err := named(w.Base, list)
	switch {
	case err != nil:
		return w, err
	case w.Partition != nil:
		return w, fault.SQL("42P20", "cannot override PARTITION BY clause of window \"%s\"", w.Base)
	case w.OrderBy != nil && base.OrderBy != nil:
		return w, fault.SQL("42P20", "cannot override ORDER BY clause of window \"%s\"", w.Base)
	case base.Frame != "":
		err := fault.SQL("42P20", "cannot copy window \"%s\" because it has a frame clause", w.Base)
		if w.Name == "" && w.OrderBy == nil && w.Frame == "" {
			err = err.WithHint("Omit the parentheses in this OVER clause.")
		}
		return w, err
	}
	out := pgsql.Window{Partition: base.Partition, OrderBy: base.OrderBy, Frame: w.Frame}
	if w.OrderBy != nil {
		out.OrderBy = w.OrderBy
	}
	return out, nil
}

func named(name string, list []pgsql.Window) (pgsql.Window, *fault.Error) {
	for _, w := range list {
		if w.Name == name {
			return w, nil
		}
	}
	return pgsql.Window{}, fault.SQL("42704", "window \"%s\" does not exist", name)
}
