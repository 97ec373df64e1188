package backup

import "github.com/plinth-dev/plinth/internal/fault"

// The faults of backups.
var (
	ErrDamaged = fault.New(fault.Internal, "backup_damaged", "a part of the backup is damaged")
	ErrNone    = fault.New(fault.NotFound, "backup_none", "there is no backup from before that time")
	ErrFenced  = fault.New(fault.Unavailable, "08007", "another server has taken over: whether this write counts is not known").
			WithHint("Ask again, then look whether the write is there.")
	ErrUnshipped = fault.New(fault.Unavailable, "08007", "the write is on disk here, but not yet in the backup: whether it counts is not known").
			WithHint("The store of backups is away or slow. Look whether the write is there before you repeat it.")
	ErrHeld = fault.New(fault.Conflict, "backup_held", "another server ships to this store of backups").
		WithHint("One server writes to a store. Stop that one, run this one with --standby, or give it another store or prefix.")
	ErrStale = fault.New(fault.Conflict, "backup_stale", "this data folder is not what the store of backups continues").
			WithHint("Another server has served since. Run this one with --standby, or move the folder away and run `plinth restore`.")
	ErrNoCreate = fault.New(fault.Unavailable, "backup_store", "the store of backups does not refuse to create a key twice").
			WithHint("It must honour If-None-Match: without that, two servers could both think they lead.")
)

func damaged(key, why string) error { return ErrDamaged.WithDetail(key + ": " + why) }
