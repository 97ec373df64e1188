package print

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (w *printer) seqOptions(list []tree.SeqOption) {
	for i, o := range list {
		w.opt(i > 0, " ")
		switch {
		case o.Name == "restart" && o.No:
			w.str("restart")
		case o.No:
			w.str("no ", o.Name)
		case o.Text != "":
			w.str(o.Name, " ", o.Text)
		case o.Name == "cycle", o.Name == "logged", o.Name == "unlogged":
			w.str(o.Name)
		default:
			w.str(o.Name, " ", strconv.FormatInt(o.Val, 10))
		}
	}
}

func (w *printer) createSequence(s *tree.CreateSequence) {
	w.str(map[bool]string{true: "alter", false: "create"}[s.Alter], " sequence ")
	w.opt(s.IfNotExists, "if not exists ")
	w.opt(s.IfExists, "if exists ")
	w.name(s.Name)
	if s.As.Name != "" {
		w.str(" as ", s.As.String())
	}
	w.opt(len(s.Options) > 0, " ")
	w.seqOptions(s.Options)
}
