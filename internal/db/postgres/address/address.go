// Package address reads the URL of a Postgres server, and finds out whether a pooler
// stands before it.
package address

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

// DefaultPath is where unqualified names are looked up, as in a Supabase project.
const DefaultPath = `"$user", public, extensions`

// Settings are the names and values that every connection of ours has.
var Settings = [][2]string{
	{"search_path", DefaultPath}, {"TimeZone", "UTC"}, {"DateStyle", "ISO, MDY"}, {"IntervalStyle", "postgres"}, {"bytea_output", "hex"},
}

// Address says how to log in.
type Address struct {
	Login  *pgconn.Config // of statements
	Server *pgconn.Config // of what no pooler may stand before
	Pooler bool           // nothing of a connection of Login outlives a transaction
	Behind bool           // neither does of Server: there is no way around the pooler
}

// Find reads the URL. pooler says that one is known to be there; else the server is
// asked where the URL does not say it.
func Find(ctx context.Context, dsn string, pooler bool) (*Address, error) {
	login, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return nil, fault.New(fault.Invalid, "08001", "the database's address cannot be read").WithCause(err)
	}
	if login.ConnectTimeout == 0 {
		login.ConnectTimeout = 5 * time.Second
	}
	mode, direct := takeWord(login, wordPooler), takeWord(login, wordDirect)
	if takeWord(login, wordBouncy) == "true" && mode == "" {
		mode = "transaction"
	}
	a := &Address{Login: login, Server: login.Copy(), Pooler: pooler}
	switch {
	case mode != "" && mode != "transaction" && mode != "none":
		return nil, fault.New(fault.Invalid, "08001", `pooler is "transaction" or "none"`)
	case mode == "transaction", mode == "" && (login.Port == poolerPort || direct != "" || refused(ctx, login)):
		a.Pooler = true
	}
	if a.Behind = a.Pooler && direct == ""; direct != "" {
		if a.Server, err = at(dsn, direct); err != nil {
			return nil, err
		}
	}
	if !a.Pooler {
		setAll(login)
	}
	if !a.Behind {
		setAll(a.Server)
	}
	return a, nil
}

func takeWord(c *pgconn.Config, word string) string {
	val := c.RuntimeParams[word]
	delete(c.RuntimeParams, word)
	return val
}

// setAll lets a connection begin with our settings, but for those that the URL has.
func setAll(c *pgconn.Config) {
	for _, s := range append([][2]string{{"application_name", "plinth"}, {"client_encoding", "UTF8"}}, Settings...) {
		if c.RuntimeParams[s[0]] == "" {
			c.RuntimeParams[s[0]] = s[1]
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
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = c.Close(ctx) // nothing is left to be lost
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
