package storage

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/db"
)

// Report is what Check found.
type Report struct {
	Objects  int      // rows
	Blobs    int      // blobs
	Bytes    int64    // of all blobs
	Rendered int      // cached pictures, which no row names
	Orphaned int      // blobs that no row names
	Lost     int      // rows whose blob is not there or has another size
	Orphans  []string // the keys of the first orphaned blobs
	Missing  []string // the first lost rows, bucket/name
	Repaired bool
}

// Agree reports whether rows and blobs agree.
func (r Report) Agree() bool { return r.Orphaned+r.Lost == 0 }

// CheckConfig says what to check and whether to repair it.
type CheckConfig struct {
	DB     *db.DB
	Blobs  blob.Store
	Repair bool          // remove orphans, and rows without their bytes
	Grace  time.Duration // blobs that are younger may belong to an upload under way
	Now    func() time.Time
}

const (
	checkBatch = 500
	maxNamed   = 1000 // names in a report
	sqlKnown   = `select version from storage.objects where version = any($1::text[])
 union all select version from storage.upload_parts where version = any($1::text[])`
	sqlAllFiles = `select ` + fileColumns + ` from storage.objects where id > $1::uuid order by id limit $2::bigint`
	sqlDropFile = `delete from storage.objects where id = $1 and version is not distinct from $2`
	lowestID    = "00000000-0000-0000-0000-000000000000"
)

// Check compares rows and blobs, both ways. Repaired, they agree.
func Check(ctx context.Context, cfg CheckConfig) (Report, error) {
	c := &checker{cfg: cfg}
	c.rep.Repaired = cfg.Repair
	if err := c.orphans(ctx); err != nil {
		return c.rep, err
	}
	return c.rep, c.missing(ctx)
}

type checker struct {
	cfg CheckConfig
	rep Report
}

// orphans walks the blobs, and asks for each batch which of them a row names.
func (c *checker) orphans(ctx context.Context) error {
	before := c.cfg.Now().Add(-c.cfg.Grace)
	var batch []string
	for info, err := range c.cfg.Blobs.List(ctx, "") {
		if err != nil {
			return err
		}
		if strings.HasPrefix(info.Key, rendered) {
			if err := c.outlived(ctx, info); err != nil {
				return err
			}
			continue
		}
		c.rep.Blobs++
		c.rep.Bytes += info.Size
		if info.Modified.After(before) {
			continue
		}
		if batch = append(batch, info.Key); len(batch) == checkBatch {
			if err := c.unknown(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return c.unknown(ctx, batch)
}

// outlived removes a rendered picture whose time is over.
func (c *checker) outlived(ctx context.Context, info blob.Info) error {
	c.rep.Rendered++
	if !c.cfg.Repair || info.Modified.After(c.cfg.Now().Add(-renderLife)) {
		return nil
	}
	return c.cfg.Blobs.Delete(ctx, info.Key)
}

func (c *checker) unknown(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	known := map[string]bool{}
	err := each(ctx, reader{c.cfg.DB, db.Owner}, func(r *db.Rows) { known[r.Value(0).S] = true }, sqlKnown, keys)
	if err != nil {
		return err
	}
	var orphans []string
	for _, k := range keys {
		if !known[k] {
			orphans = append(orphans, k)
		}
	}
	c.rep.Orphaned += len(orphans)
	c.rep.Orphans = append(c.rep.Orphans, orphans[:min(len(orphans), maxNamed-len(c.rep.Orphans))]...)
	if !c.cfg.Repair || len(orphans) == 0 {
		return nil
	}
	return c.cfg.Blobs.Delete(ctx, orphans...)
}

// missing walks the rows, and looks for each one's blob.
func (c *checker) missing(ctx context.Context) error {
	last := lowestID
	for {
		var batch []file
		err := each(ctx, reader{c.cfg.DB, db.Owner}, func(r *db.Rows) { batch = append(batch, scanFile(r.Row())) }, sqlAllFiles, last, checkBatch)
		if err != nil || len(batch) == 0 {
			return err
		}
		for i := range batch {
			if err := c.look(ctx, &batch[i]); err != nil {
				return err
			}
		}
		last = batch[len(batch)-1].ID
	}
}

func (c *checker) look(ctx context.Context, f *file) error {
	c.rep.Objects++
	ok, err := c.whole(ctx, f)
	if err != nil || ok {
		return err
	}
	// The row may have been replaced since it was read, and its blob with it.
	now, err := findFile(ctx, reader{c.cfg.DB, db.Owner}, f.Bucket, f.Name)
	if err != nil || now.version() != f.version() {
		return ignore(err, errNoObject)
	}
	if c.rep.Lost++; len(c.rep.Missing) < maxNamed {
		c.rep.Missing = append(c.rep.Missing, f.Bucket+"/"+f.Name)
	}
	if !c.cfg.Repair {
		return nil
	}
	_, err = c.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlDropFile, f.ID, null(f.version()))
		return err
	})
	return err
}

func (c *checker) whole(ctx context.Context, f *file) (bool, error) {
	if blob.CheckKey(f.version()) != nil {
		return false, nil
	}
	info, err := c.cfg.Blobs.Stat(ctx, f.version())
	if err != nil {
		return false, ignore(err, blob.ErrMissing)
	}
	return info.Size == f.meta().Size, nil
}

// worker is the room's housekeeping.
type worker struct {
	mu   sync.Mutex
	stop context.CancelFunc
	done chan struct{}
}

// Start begins the housekeeping: expired uploads go, and orphaned blobs.
func (s *Service) Start() {
	s.worker.mu.Lock()
	defer s.worker.mu.Unlock()
	if s.worker.stop != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.worker.stop, s.worker.done = cancel, make(chan struct{})
	go s.keepHouse(ctx, s.worker.done)
}

// Stop ends the housekeeping and waits for it. It may be called twice.
func (s *Service) Stop() {
	s.worker.mu.Lock()
	defer s.worker.mu.Unlock()
	if s.worker.stop == nil {
		return
	}
	s.worker.stop()
	<-s.worker.done
	s.worker.stop = nil
}

func (s *Service) keepHouse(ctx context.Context, done chan struct{}) {
	defer close(done)
	tick := time.NewTicker(s.cfg.SweepEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			err := s.expire(ctx)
			if err == nil && n%scanEvery == 0 {
				err = s.scan(ctx)
			}
			if err != nil && ctx.Err() == nil {
				s.cfg.Log.Error("storage: sweep", "error", err)
			}
		}
	}
}

// scanEvery is how many sweeps go by until one looks at all blobs, which costs a walk
// through a disk, or the price of many requests.
const scanEvery = 24

// Sweep removes expired uploads, temporary files and orphaned blobs once.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.expire(ctx); err != nil {
		return err
	}
	return s.scan(ctx)
}

// scan removes what puts that never ended have left, and orphaned blobs.
func (s *Service) scan(ctx context.Context) error {
	if err := s.cfg.Blobs.Tidy(ctx, s.cfg.Now().Add(-s.cfg.Grace)); err != nil {
		return err
	}
	c := &checker{cfg: CheckConfig{DB: s.cfg.DB, Blobs: s.cfg.Blobs, Repair: true, Grace: s.cfg.Grace, Now: s.cfg.Now}}
	err := c.orphans(ctx)
	if n := c.rep.Orphaned; n > 0 {
		s.cfg.Log.Info("storage: orphaned blobs removed", "blobs", n)
	}
	return err
}
