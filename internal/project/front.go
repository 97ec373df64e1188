package project

import (
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/limit"
)

// Limits is [plinth.limits]: how often somebody may ask, and when work is refused.
type Limits struct {
	// DatabaseWait is how long requests may wait for the database on average before
	// others are refused; 0 refuses nobody.
	DatabaseWait Duration `toml:"database_wait"`
	// ProcessorWait is about how long requests may wait until a processor begins with
	// them before others are refused; 0 refuses nobody. It is known on Linux alone.
	ProcessorWait Duration       `toml:"processor_wait"`
	Exempt        []netip.Prefix `toml:"exempt"`   // clients whose address is not counted
	All           Rates          `toml:"all"`      // of all services together
	Data          Rates          `toml:"data"`     // /rest/v1
	Auth          Rates          `toml:"auth"`     // /auth/v1, beside [auth.rate_limit]
	Realtime      Rates          `toml:"realtime"` // /realtime/v1: sockets that are opened, and calls
	Storage       Rates          `toml:"storage"`  // /storage/v1
}

func defaultLimits() Limits {
	return Limits{DatabaseWait: Duration(500 * time.Millisecond), ProcessorWait: Duration(20 * time.Millisecond)}
}

// Rates bound one group of routes: "600/1m", "600/1m burst 50".
type Rates struct {
	IP   limit.Bound `toml:"ip"`   // of one address; of IPv6, of one /64
	User limit.Bound `toml:"user"` // of one signed-in user
	Key  limit.Bound `toml:"key"`  // of all who use one API key
}

// frontFromEnv takes what the environment says of the front door instead of config.toml.
func (p *Plinth) frontFromEnv(getenv func(string) string) error {
	var errs []error
	read := func(name string, to encoding.TextUnmarshaler) {
		if v := getenv(name); v != "" {
			if err := to.UnmarshalText([]byte(v)); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	text := func(name string, to *string) {
		if v := getenv(name); v != "" {
			*to = v
		}
	}
	read("PLINTH_LIMITS_DATABASE_WAIT", &p.Limits.DatabaseWait)
	read("PLINTH_LIMITS_PROCESSOR_WAIT", &p.Limits.ProcessorWait)
	read("PLINTH_LIMITS_EXEMPT", (*prefixes)(&p.Limits.Exempt))
	read("PLINTH_TRUSTED_PROXIES", (*prefixes)(&p.Proxies))
	for name, r := range map[string]*Rates{"ALL": &p.Limits.All, "DATA": &p.Limits.Data, "AUTH": &p.Limits.Auth, "REALTIME": &p.Limits.Realtime, "STORAGE": &p.Limits.Storage} {
		read("PLINTH_LIMITS_"+name+"_IP", &r.IP)
		read("PLINTH_LIMITS_"+name+"_USER", &r.User)
		read("PLINTH_LIMITS_"+name+"_KEY", &r.Key)
	}
	text("PLINTH_CLIENT_ADDRESS", &p.Client)
	return errors.Join(errs...)
}

// words is a list with commas.
type words []string

// UnmarshalText reads "a, b".
func (w *words) UnmarshalText(text []byte) error {
	*w = nil
	for s := range strings.SplitSeq(string(text), ",") {
		if s = strings.TrimSpace(s); s != "" {
			*w = append(*w, s)
		}
	}
	return nil
}

// prefixes is a list of networks with commas.
type prefixes []netip.Prefix

// UnmarshalText reads "10.0.0.0/8, 192.0.2.1/32".
func (l *prefixes) UnmarshalText(text []byte) error {
	var list words
	_ = list.UnmarshalText(text) // it takes all there is
	*l = nil
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return fmt.Errorf("%q is no network; write it as 10.0.0.0/8", s)
		}
		*l = append(*l, p)
	}
	return nil
}
