package print

import (
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (w *printer) grant(s *tree.Grant) {
	w.str(map[bool]string{true: "revoke ", false: "grant "}[s.Revoke])
	if s.Revoke && s.GrantOption {
		w.str(map[bool]string{true: "admin", false: "grant"}[s.What == "role"], " option for ")
	}
	if s.What == "role" {
		w.idList(s.Names)
	} else {
		w.privileges(s.Privs)
		w.str(" on ")
		w.grantObject(s)
	}
	w.str(map[bool]string{true: " from ", false: " to "}[s.Revoke])
	w.roles(s.Roles)
	if s.GrantOption && !s.Revoke {
		w.str(map[bool]string{true: " with admin", false: " with grant"}[s.What == "role"], " option")
	}
	w.opt(s.Cascade, " cascade")
}

func (w *printer) privileges(list []tree.Priv) {
	if list == nil {
		w.str("all")
	}
	w.list(len(list), func(i int) {
		switch name := list[i].Name; name {
		case "select", "references", "create", "all":
			w.str(name)
		default:
			w.ident(name)
		}
		w.cols(list[i].Cols)
	})
}

func (w *printer) grantObject(s *tree.Grant) {
	switch s.What {
	case "tables", "sequences", "functions", "routines", "types", "schemas":
		w.str(s.What)
		return
	}
	w.str(s.What, " ")
	if s.HasArgs != nil {
		w.signatures(s.Names, s.Args, s.HasArgs)
		return
	}
	w.idList(s.Names)
}

func (w *printer) signatures(names []tree.Ident, args [][]tree.TypeName, has []bool) {
	w.list(len(names), func(i int) {
		w.str(quoteFunc(names[i]))
		if i < len(has) && has[i] {
			w.types(args[i])
		}
	})
}

func (w *printer) types(list []tree.TypeName) {
	w.str("(")
	w.list(len(list), func(i int) { w.str(list[i].String()) })
	w.str(")")
}

func (w *printer) defaultPrivileges(s *tree.DefaultPrivileges) {
	w.str("alter default privileges")
	if s.ForRoles != nil {
		w.str(" for role ")
		w.roles(s.ForRoles)
	}
	if s.Schemas != nil {
		w.str(" in schema ")
		w.idents(s.Schemas)
	}
	w.str(" ")
	w.grant(s.Grant)
}
