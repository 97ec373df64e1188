package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/url"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Scratch makes an empty database on the server of a postgres:// URL, for a look at
// what migrations make, and returns its URL and the func that drops it. The role needs
// CREATEDB.
func Scratch(ctx context.Context, at string) (scratch string, drop func(context.Context) error, err error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" && u.Path == "" {
		return "", nil, fault.New(fault.Invalid, "08001", "a postgres:// address is needed to make a scratch database")
	}
	var b [6]byte
	_, _ = rand.Read(b[:]) // it does not fail
	name := "plinth_scratch_" + hex.EncodeToString(b[:])
	if err := once(ctx, at, "create database "+name); err != nil {
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), func(ctx context.Context) error { return once(ctx, at, "drop database if exists "+name+" with (force)") }, nil
}

// once runs one statement on a connection of its own.
func once(ctx context.Context, at, sql string) error {
	c, err := pgconn.Connect(ctx, at)
	if err != nil {
		return toFault(ctx, err, sql)
	}
	_, err = c.Exec(ctx, sql).ReadAll()
	return errors.Join(toFault(ctx, err, sql), c.Close(ctx))
}
