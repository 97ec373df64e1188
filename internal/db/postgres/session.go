package postgres

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/address"
	"github.com/plinth-dev/plinth/internal/db/postgres/introspect"
	"github.com/plinth-dev/plinth/internal/value"
)

// maxSets bounds the settings that go into one statement.
const maxSets = 24

// setting is one name and value of a session.
type setting struct{ name, val string }

// actor is a session as the server must be told of it.
type actor struct {
	role string // as the server knows it, "none" for the one that logged in
	path string // search_path, "" for the connection's own
	zone *time.Location
	own  []introspect.Setting // of the role
	// isolation is that of the role's writing transactions, "" for the server's own.
	isolation string
	list      []setting
	// request says that it is of the data API, which asks what its statements have set.
	request bool
}

// actor turns a session into settings. last is what an earlier actor of the same
// transaction set, and this one must not see.
func (d *Driver) actor(s *db.Session, last *actor) (*actor, error) {
	a := &actor{role: d.roleOf(s.Role)}
	a.list = append(make([]setting, 0, 16), setting{"role", a.role}, setting{"request.jwt.claims", s.Claims})
	if d.cfg.Pooler { // the connection is not ours to set, nor can a statement be cancelled
		a.list = append(a.list, setting{"statement_timeout", strconv.FormatInt(d.cfg.WriteLimit.Milliseconds(), 10)})
		for _, own := range address.Settings {
			if s.Settings[strings.ToLower(own[0])] == "" {
				a.list = append(a.list, setting{own[0], own[1]})
			}
		}
	}
	if err := a.ofRole(d.pub.Load().roles[s.Role], s); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Settings)) {
		val := s.Settings[name]
		switch {
		case strings.EqualFold(name, "timezone"):
			zone, err := zoneOf(val)
			if err != nil {
				return nil, err
			}
			a.zone = zone
		case name == "search_path":
			a.path = val
		}
		a.list = append(a.list, setting{name, val})
	}
	if s.Request != nil {
		a.request = true
		for _, name := range db.RequestSettings {
			val, _ := s.Request.Setting(name)
			a.list = append(a.list, setting{name, val})
		}
	}
	if last != nil {
		a.unset(last)
	}
	return a, nil
}

// ofRole adds the role's own settings, but for those that the session has, too.
func (a *actor) ofRole(list []introspect.Setting, s *db.Session) (err error) {
	for _, own := range list {
		if own.Name == "TimeZone" {
			if s.Settings["timezone"] != "" {
				continue
			}
			if a.zone, err = zoneOf(own.Val); err != nil {
				return err
			}
		}
		if own.Name == "default_transaction_isolation" {
			a.isolation = own.Val
		}
		a.list = append(a.list, setting{own.Name, own.Val})
	}
	a.own = list
	return nil
}

// zoneOf returns the zone that a setting names: a number is hours east, as SET has it.
func zoneOf(name string) (*time.Location, error) {
	if hours, err := strconv.ParseFloat(name, 64); err == nil {
		return time.FixedZone(name, int(hours*3600)), nil
	}
	return value.LoadZone(name)
}

// unset adds what takes back the settings of another actor.
func (a *actor) unset(last *actor) {
	for _, o := range last.list {
		if slices.ContainsFunc(a.list, func(s setting) bool { return s.name == o.name }) {
			continue
		}
		val := ""
		switch {
		case o.name == "search_path":
			val = address.DefaultPath
		case strings.EqualFold(o.name, "timezone"):
			val = "UTC"
		case o.name == "statement_timeout":
			val = cmp.Or(last.reset(o.name), "0")
		default:
			val = last.reset(o.name)
		}
		a.list = append(a.list, setting{o.name, val})
	}
}

// reset is the value of a setting without the role's own.
func (a *actor) reset(name string) string {
	for _, own := range a.own {
		if own.Name == name {
			return own.Reset
		}
	}
	return ""
}

// same reports whether two actors need the same settings.
func (a *actor) same(b *actor) bool { return b != nil && slices.Equal(a.list, b.list) }

// send puts the settings into a pipeline and returns the number of results to expect.
func (a *actor) send(c *conn, p *pgconn.Pipeline, named bool) int {
	results := 0
	for list := a.list; len(list) > 0; {
		n := min(len(list), maxSets)
		results += sendSets(c, p, list[:n], named)
		list = list[n:]
	}
	return results
}

func sendSets(c *conn, p *pgconn.Pipeline, list []setting, named bool) int {
	args := make([][]byte, 0, 2*len(list))
	for _, s := range list {
		args = append(args, []byte(s.name), []byte(s.val))
	}
	if !named {
		p.SendQueryParams(setSQL(len(list)), args, nil, nil, nil)
		return 1
	}
	name, results := c.sets[len(list)], 1
	if name == "" {
		name, results = c.prepare(p, &c.sets[len(list)], setSQL(len(list))), 2
	}
	p.SendQueryStatement(&pgconn.StatementDescription{Name: name, Fields: setFields[:len(list)]}, args, nil, nil)
	return results
}

// setFields describes the columns of the statement that sets, so that the server need
// not.
var setFields = slices.Repeat([]pgconn.FieldDescription{{Name: "set_config", DataTypeOID: 25}}, maxSets)

func setSQL(n int) string {
	var b strings.Builder
	b.WriteString("select ")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("set_config($" + strconv.Itoa(2*i+1) + ", $" + strconv.Itoa(2*i+2) + ", true)")
	}
	return b.String()
}
