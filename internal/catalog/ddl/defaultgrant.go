package ddl

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// grantsFor returns the grants of a new object by the default privileges that apply.
func (e *editor) grantsFor(role, schema, what string) []catalog.Grant {
	var out []catalog.Grant
	if what == "functions" {
		out = append(out, catalog.Grant{Role: catalog.Public, Priv: "execute"})
	}
	for _, d := range e.c.Defaults {
		if d.What != what || (d.ForRole != "" && d.ForRole != role) || (d.Schema != "" && d.Schema != schema) {
			continue
		}
		for _, g := range d.Revoked {
			out = slices.DeleteFunc(out, func(o catalog.Grant) bool { return o.Role == g.Role && o.Priv == g.Priv })
		}
		for _, g := range d.Grants {
			out = addGrant(out, g)
		}
	}
	return out
}
