package introspect

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// privileges are the letters of an access list.
var privileges = map[byte]string{
	'r': "select", 'a': "insert", 'w': "update", 'd': "delete", 'D': "truncate", 'x': "references",
	't': "trigger", 'U': "usage", 'X': "execute", 'C': "create", 'c': "connect", 'T': "temporary",
}

// grants reads an access list, such as anon=arwd/postgres; cols limits it to columns.
func grants(acl []string, cols ...string) []catalog.Grant {
	var out []catalog.Grant
	for _, item := range acl {
		role, rest := grantee(item)
		letters, _, _ := strings.Cut(rest, "/")
		for i := 0; i < len(letters); i++ {
			priv, ok := privileges[letters[i]]
			if !ok {
				continue
			}
			option := i+1 < len(letters) && letters[i+1] == '*'
			out = append(out, catalog.Grant{Role: role, Priv: priv, Cols: cols, Option: option})
		}
	}
	return out
}

func grantee(item string) (role, rest string) {
	if strings.HasPrefix(item, `"`) {
		if i := strings.Index(item, `"=`); i > 0 {
			return strings.ReplaceAll(item[1:i], `""`, `"`), item[i+2:]
		}
	}
	role, rest, _ = strings.Cut(item, "=")
	if role == "" {
		role = catalog.Public
	}
	return role, rest
}

// functionGrants is grants, where no list means that everyone may call it.
func functionGrants(acl []string) []catalog.Grant {
	if acl == nil {
		return []catalog.Grant{{Role: catalog.Public, Priv: "execute"}}
	}
	return grants(acl)
}
