package postgres

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/dbtest"
)

const noSubset = "What is outside the subset is refused with its place" // here there is none

func TestContract(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T) *db.DB { return db.New(open(t, Config{Marks: true})) }, noSubset)
}

func TestContractBehindPooler(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T) *db.DB { return db.New(openPooled(t, Config{Marks: true})) }, noSubset)
}

// The change log keeps its promises whatever it comes from.
func TestContractByReplication(t *testing.T) {
	t.Parallel()
	dbtest.Changes(t, func(t *testing.T) *db.DB { return db.New(openSlot(t, Config{Marks: true})) })
}
