package print

import (
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (w *printer) createRole(s *tree.CreateRole) {
	w.str(map[bool]string{true: "alter role ", false: "create role "}[s.Alter])
	if s.Alter && s.Name == "all" {
		w.str(s.Name)
	} else {
		w.role(s.Name)
	}
	for _, o := range s.Options {
		if o == "password" {
			o = "password null"
		}
		w.str(" ", o)
	}
}
