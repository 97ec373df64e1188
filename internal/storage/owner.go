package storage

import (
	"net/http"

	"github.com/plinth-dev/plinth/internal/wire"
)

// owner is whose a file becomes: the subject of the caller's token.
type owner struct{ id string }

func who(r *http.Request) owner {
	if c := wire.Who(r).Claims; c != nil {
		return owner{c.Subject}
	}
	return owner{}
}

// uuid is the old column owner, which holds subjects that are UUIDs.
func (o owner) uuid() any {
	if isUUID(o.id) {
		return o.id
	}
	return nil
}
