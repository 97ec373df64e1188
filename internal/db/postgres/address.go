package postgres

import (
	"context"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Words of a URL that are ours, and not the server's.
const (
	wordPooler = "pooler"    // transaction, or none
	wordBouncy = "pgbouncer" // true: the same, as other programs spell it
	wordDirect = "direct"    // host:port of the server itself, behind the pooler
)

// poolerPort is where Supabase's pooler lends a connection for a transaction alone.
const poolerPort = 6543

// settings are those that every connection of ours has.
var settings = []setting{
	{"search_path", defaultPath}, {"TimeZone", "UTC"}, {"DateStyle", "ISO, MDY"}, {"IntervalStyle", "postgres"}, {"bytea_output", "hex"},
}

// configure reads the URL and finds out whether a pooler stands between.
func (d *Driver) configure(ctx context.Context) error {
	login, err := pgconn.ParseConfig(d.cfg.URL)
	if err != nil {
		return fault.New(fault.Invalid, "08001", "the database's address cannot be read").WithCause(err)
	}
	if login.ConnectTimeout == 0 {
		login.ConnectTimeout = 5 * time.Second
	}
	mode, direct := takeWord(login, wordPooler), takeWord(login, wordDirect)
	if takeWord(login, wordBouncy) == "true" && mode == "" {
		mode = "transaction"
	}
	d.login, d.server = login, login.Copy()
	switch {
	case mode != "" && mode != "transaction" && mode != "none":
		return fault.New(fault.Invalid, "08001", `pooler is "transaction" or "none"`)
	case mode == "transaction", mode == "" && (login.Port == poolerPort || direct != "" || refused(ctx, login)):
		d.cfg.Pooler = true
	}
	if d.behind = d.cfg.Pooler && direct == ""; direct != "" {
		if d.server, err = at(d.cfg.URL, direct); err != nil {
			return err
		}
	}
	if !d.cfg.Pooler {
		setAll(login)
	}
	if !d.behind {
		setAll(d.server)
	}
	return nil
}

func takeWord(c *pgconn.Config, word string) string {
	val := c.RuntimeParams[word]
	delete(c.RuntimeParams, word)
	return val
}

// setAll lets a connection begin with our settings, but for those that the URL has.
func setAll(c *pgconn.Config) {
	for _, s := range append([]setting{{"application_name", "plinth"}, {"client_encoding", "UTF8"}}, settings...) {
		if c.RuntimeParams[s.name] == "" {
			c.RuntimeParams[s.name] = s.val
		}
	}
}

// refused reports whether a connection may not begin with settings of its own: PgBouncer
// refuses what it cannot give each of the clients that share a connection.
func refused(ctx context.Context, login *pgconn.Config) bool {
	login = login.Copy()
	setAll(login)
	c, err := pgconn.ConnectConfig(ctx, login)
	if err != nil {
		return strings.Contains(err.Error(), "unsupported startup parameter")
	}
	closeQuietly(c)
	return false
}

// at returns the login at another address.
func at(dsn, address string) (*pgconn.Config, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "08001", "direct is host:port").WithCause(err)
	}
	if u, perr := url.Parse(dsn); perr == nil && strings.HasPrefix(u.Scheme, "postgres") {
		u.Host = address
		dsn = u.String()
	} else {
		dsn += " host='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(host) + "' port=" + port
	}
	c, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return nil, fault.New(fault.Invalid, "08001", "direct cannot be read").WithCause(err)
	}
	for _, word := range []string{wordPooler, wordBouncy, wordDirect} {
		takeWord(c, word)
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	return c, nil
}
