package storage

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// Config of the room.
type Config struct {
	DB         *db.DB
	Blobs      blob.Store
	Ring       *token.Keyring // signs and checks the tokens of signed URLs
	Log        *slog.Logger
	Prefix     string        // the path under which the room is mounted, for Location headers
	FileLimit  int64         // bytes of a file; a bucket may ask for less
	UploadLife time.Duration // how long a resumable upload may rest
	SignedLife time.Duration // of a signed upload URL
	SweepEvery time.Duration // how often expired uploads are looked for, and orphaned blobs at every 24th time
	Grace      time.Duration // age from which a blob without a row is an orphan
	Now        func() time.Time

	ImagePixels  int64 // of a picture that is transformed; one takes up to 15 bytes of memory
	ImageWorkers int   // pictures transformed at once
}

// Default returns what a new project has.
func Default() Config {
	return Config{
		Prefix: "/storage/v1", FileLimit: 50 << 20, UploadLife: 24 * time.Hour,
		SignedLife: 2 * time.Hour, SweepEvery: time.Hour, Grace: time.Hour, Now: time.Now,
		ImagePixels: 30_000_000, ImageWorkers: max(1, runtime.GOMAXPROCS(0)/2),
	}
}

// Validate reports every fault at once.
func (c Config) Validate() error {
	var errs []error
	if c.DB == nil || c.Blobs == nil || c.Ring == nil || c.Log == nil || c.Now == nil {
		errs = append(errs, errors.New("storage: DB, Blobs, Ring, Log and Now must be set"))
	}
	if c.FileLimit <= 0 {
		errs = append(errs, errors.New("storage: FileLimit must be positive"))
	}
	if c.UploadLife <= 0 || c.SignedLife <= 0 || c.SweepEvery <= 0 || c.Grace <= 0 {
		errs = append(errs, errors.New("storage: UploadLife, SignedLife, SweepEvery and Grace must be positive"))
	}
	if c.ImagePixels <= 0 || c.ImageWorkers < 1 {
		errs = append(errs, errors.New("storage: ImagePixels and ImageWorkers must be positive"))
	}
	return errors.Join(errs...)
}

// Service is the room.
type Service struct {
	cfg    Config
	worker worker
	holds  holds
	easels chan struct{} // a place for each picture that is drawn
}

// New returns the room over a migrated database.
func New(cfg Config) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, easels: make(chan struct{}, cfg.ImageWorkers)}, nil
}

// Handler serves the paths below /storage/v1.
func (s *Service) Handler() http.Handler {
	return plainPaths(truthfully(wire.Mount(s.Routes(), door{})))
}
