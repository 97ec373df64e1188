package postgres

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/dbtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T) *db.DB { return db.New(open(t, Config{Marks: true})) },
		"What is outside the subset is refused with its place") // here there is no subset
}

func TestContractBehindPooler(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T) *db.DB { return db.New(open(t, Config{Pooler: true, Marks: true})) },
		"What is outside the subset is refused with its place")
}
