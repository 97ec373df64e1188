package server

import (
	"context"
	"fmt"
	"net/url"

	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/replica"
	secret "github.com/plinth-dev/plinth/internal/vault"
)

// withReplicas lets the reads of a node go to the replicas that the command line names.
func (c Config) withReplicas(drv *postgres.Driver, ring *secret.Ring) *replica.Driver {
	cfg := replica.Config{Primary: drv, Log: c.Log}
	for i, address := range c.Replicas {
		cfg.Replicas = append(cfg.Replicas, replica.Source{
			Name: replicaName(i, address),
			Open: func(ctx context.Context) (replica.Server, error) {
				return drv.Replica(ctx, secret.Address(address, ring))
			},
		})
	}
	return replica.New(cfg)
}

// replicaName is its host, without anything secret.
func replicaName(i int, address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return fmt.Sprintf("replica %d", i+1)
}
