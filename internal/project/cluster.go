package project

import (
	"errors"
	"fmt"
	"net"
	"net/url"
)

// Cluster is [plinth.cluster]: how the nodes of serve --cluster find each other. What
// differs between nodes comes from the environment, which has the last word.
type Cluster struct {
	// URL of a NATS server that is there, nats:// or tls://, several by commas; "" for a
	// bus of the nodes' own. PLINTH_CLUSTER_URL
	URL string `toml:"url"`
	// Secret that all nodes have, 16 bytes at least; "" derives it from PLINTH_JWT_SECRET.
	// PLINTH_CLUSTER_SECRET
	Secret string `toml:"secret"`
	// Listen is host:port for the other nodes' buses; "" is port 6222 of the address that
	// serve listens on. PLINTH_CLUSTER_LISTEN
	Listen string `toml:"listen"`
	// Advertise is host:port where they reach it; "" for what it listens on, of a wildcard
	// the machine's first address. PLINTH_CLUSTER_ADVERTISE
	Advertise string `toml:"advertise"`
	// Address is host:port where they reach the node's HTTP, likewise.
	// PLINTH_CLUSTER_ADDRESS
	Address string `toml:"address"`
	Name    string `toml:"name"` // of the node, for people; "" for the host's. PLINTH_CLUSTER_NAME
}

func (c *Cluster) fromEnv(getenv func(string) string) {
	for name, to := range map[string]*string{
		"URL": &c.URL, "SECRET": &c.Secret, "LISTEN": &c.Listen, "ADVERTISE": &c.Advertise, "ADDRESS": &c.Address, "NAME": &c.Name,
	} {
		if v := getenv("PLINTH_CLUSTER_" + name); v != "" {
			*to = v
		}
	}
}

// Validate reports every fault at once.
func (c Cluster) Validate() error {
	var errs []error
	for name, addr := range map[string]string{"listen": c.Listen, "advertise": c.Advertise, "address": c.Address} {
		if _, _, err := net.SplitHostPort(addr); addr != "" && err != nil {
			errs = append(errs, fmt.Errorf("plinth.cluster.%s is %q; it must be host:port", name, addr))
		}
	}
	if c.Secret != "" && len(c.Secret) < 16 {
		errs = append(errs, errors.New("plinth.cluster.secret is too short; it must have 16 bytes at least"))
	}
	if u, err := url.Parse(c.URL); c.URL != "" && (err != nil || u.Scheme != "nats" && u.Scheme != "tls") {
		errs = append(errs, errors.New("plinth.cluster.url must be nats:// or tls://"))
	}
	return errors.Join(errs...)
}
