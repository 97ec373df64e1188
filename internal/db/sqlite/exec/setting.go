package exec

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// set is SET and RESET in a request or in a function; like set_config, it lasts until
// the transaction's end.
func (a *Actor) set(st *pgsql.Set) error {
	val := literal(st.Val)
	switch {
	case st.Show:
		return fault.SQL("0A000", "SHOW is not supported here").WithHint("Use current_setting().")
	case st.Name == "role":
		return a.setRole(val, st.Reset || val == "none")
	case st.Name == "session_authorization":
		return fault.SQL("42501", "permission denied to set session authorization")
	case st.Reset || strings.EqualFold(st.Val, "default"):
		delete(a.Tx.settings, strings.ToLower(st.Name))
	case st.Name == "search_path":
		a.Path = strings.FieldsFunc(st.Val, func(r rune) bool { return strings.ContainsRune(`, "'`, r) })
		a.Tx.set(st.Name, st.Val, st.Local)
	default:
		a.Tx.set(st.Name, val, st.Local)
	}
	a.refresh()
	return nil
}

// refresh shows the settings of the transaction to expressions.
func (a *Actor) refresh() {
	a.Env.Settings = merged(a.Session.Settings, a.Tx.settings)
	a.Env.Zone = Zone(a.Env.Settings["timezone"])
}

// literal is the value of a setting that may be written as a string.
func literal(s string) string {
	if len(s) < 2 || s[0] != '\'' || s[len(s)-1] != '\'' {
		return s
	}
	return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
}

// setRole makes the session act as another role: one that the gateway's role, which
// all requests connect as, may take. Superusers may take any.
func (a *Actor) setRole(role string, reset bool) error {
	first := a.Tx.first(a.Session)
	if a.Role != a.Session.Role && a.Role != a.Tx.Acting(first).Role {
		return fault.SQL("42501", `cannot set parameter "role" within security-definer function`)
	}
	cat := a.Tx.Catalog
	if reset {
		role = first.Role
	}
	if cat.Roles[role] == nil {
		return fault.SQL("22023", `role "%s" does not exist`, role)
	}
	gate := cat.Roles["authenticator"]
	member := gate != nil && slices.Contains(gate.MemberOf, role)
	if role != first.Role && !member && !cat.IsSuper(first.Role) {
		return fault.SQL("42501", `permission denied to set role "%s"`, role)
	}
	if a.Tx.acting == nil {
		a.Tx.acting = map[*db.Session]*db.Session{}
	}
	next := *first
	next.Role = role
	a.Tx.acting[first] = &next
	a.Role, a.Env.Role = role, role
	return nil
}

// Acting returns s, or what SET ROLE made of it in this transaction.
func (x *Tx) Acting(s *db.Session) *db.Session {
	if next := x.acting[s]; next != nil {
		return next
	}
	return s
}

// first returns the session that s was before SET ROLE.
func (x *Tx) first(s *db.Session) *db.Session {
	for from, to := range x.acting {
		if to == s {
			return from
		}
	}
	return s
}

// Zone is the time zone of that name: one of the IANA database, a number of hours, or
// Postgres' POSIX form +hh:mm, which counts westwards. nil is UTC.
func Zone(name string) *time.Location {
	if name == "" || name == "UTC" {
		return nil
	}
	if hours, err := strconv.ParseFloat(name, 64); err == nil {
		return time.FixedZone(name, int(hours*3600))
	}
	if h, m, ok := strings.Cut(name, ":"); ok {
		hours, err1 := strconv.Atoi(h)
		minutes, err2 := strconv.Atoi(m)
		if err1 == nil && err2 == nil {
			if strings.HasPrefix(h, "-") {
				minutes = -minutes
			}
			return time.FixedZone(name, -(hours*3600 + minutes*60))
		}
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return zone
}
