package signing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/value"
)

// Config of a Keeper.
type Config struct {
	DB  *db.DB
	Log *slog.Logger
	Alg string // of new keys; "" for ES256
	// File holds the project's own keys, a JSON array of JWKs, of which the first that
	// can sign is the current one; nil for keys in the database.
	File []byte
	// OnChange takes the keys, at first and whenever they have changed.
	OnChange func(current *token.Key, others []*token.Key) error
	Every    time.Duration // between two looks at what other nodes did; 0 for 15 s
}

// Info is a key as administrators see it.
type Info struct {
	ID      string    `json:"id"`
	Alg     string    `json:"algorithm"`
	Status  string    `json:"status"`
	Created time.Time `json:"created_at"`
}

// States of a key.
const (
	Standby  = "standby"
	Current  = "current"
	Previous = "previous"
	Revoked  = "revoked"
)

// Faults of the package.
var (
	ErrNoKey   = fault.New(fault.NotFound, "signing_key_not_found", "There is no such signing key")
	ErrCurrent = fault.New(fault.Conflict, "signing_key_in_use", "The current key cannot be revoked: rotate first")
	ErrFile    = fault.New(fault.Conflict, "signing_keys_in_file", "The keys are those of signing_keys_path: change them there")
	ErrAlg     = fault.New(fault.Invalid, "validation_failed", "algorithm must be ES256, RS256, EdDSA or HS256")
)

const (
	sqlLock   = `select 1 from auth.counters where name = 'keys' for update`
	sqlKeys   = `select id, jwk, status, created_at from auth.signing_keys order by created_at desc, status, id`
	sqlInsert = `insert into auth.signing_keys (id, jwk, status) values ($1, $2, $3)`
	sqlStatus = `update auth.signing_keys set status = $2 where id = $1`
	sqlRevoke = `update auth.signing_keys set status = 'revoked', jwk = '' where id = $1`

	missingPause = time.Second // between two looks for keys that tokens name
)

// Keeper keeps the ring.
type Keeper struct {
	cfg Config

	mu     sync.Mutex
	state  string // of the keys that OnChange has
	looked time.Time

	stop context.CancelFunc
	done chan struct{}
}

// Open reads the keys, making them the first time.
func Open(ctx context.Context, cfg Config) (*Keeper, error) {
	if cfg.DB == nil || cfg.Log == nil || cfg.OnChange == nil {
		return nil, errors.New("signing: DB, Log and OnChange must be set")
	}
	if cfg.Every == 0 {
		cfg.Every = 15 * time.Second
	}
	if cfg.Alg == "" {
		cfg.Alg = "ES256"
	}
	k := &Keeper{cfg: cfg}
	if cfg.File != nil {
		return k, k.readFile()
	}
	_, err := cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlLock); err != nil {
			return err
		}
		all, err := read(ctx, tx)
		if err != nil {
			return err
		}
		for _, status := range []string{Current, Standby} {
			if find(all, status) == nil {
				if _, err := add(ctx, tx, cfg.Alg, status); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return k, k.Reload(ctx)
}

func (k *Keeper) readFile() error {
	var list []json.RawMessage
	if err := json.Unmarshal(k.cfg.File, &list); err != nil {
		return errors.New("signing_keys_path: the file must hold a JSON array of JWKs")
	}
	var current *token.Key
	var others []*token.Key
	for i, text := range list {
		key, err := token.ParseJWK(text)
		if err != nil {
			return fmt.Errorf("signing_keys_path: key %d: %w", i+1, err)
		}
		if current == nil && key.Signs() {
			current = key
			continue
		}
		others = append(others, key)
	}
	if current == nil {
		return errors.New("signing_keys_path: no key in the file can sign")
	}
	return k.cfg.OnChange(current, others)
}

// Start looks for what other nodes do until Stop.
func (k *Keeper) Start() {
	if k.cfg.File != nil || k.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	k.stop, k.done = stop, make(chan struct{})
	go func() {
		defer close(k.done)
		tick := time.NewTicker(k.cfg.Every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := k.Reload(ctx); err != nil && ctx.Err() == nil {
					k.cfg.Log.Error("signing: the keys cannot be read", "error", err)
				}
			}
		}
	}()
}

// Stop ends what Start began. It may be called twice.
func (k *Keeper) Stop() {
	if k.stop != nil {
		k.stop()
		<-k.done
	}
}

// Missing looks for a key that a token names and the ring does not have: another node
// may have made it a moment ago. Strangers' tokens make it look once a second at most.
func (k *Keeper) Missing(string) {
	if k.cfg.File != nil {
		return
	}
	k.mu.Lock()
	soon := time.Since(k.looked) < missingPause
	k.mu.Unlock()
	if soon {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := k.Reload(ctx); err != nil {
		k.cfg.Log.Error("signing: the keys cannot be read", "error", err)
	}
}

// Reload reads the keys, and tells OnChange where they have changed.
func (k *Keeper) Reload(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looked = time.Now()
	var all []row
	err := k.cfg.DB.Read(ctx, db.Owner, func(tx *db.Tx) (err error) {
		all, err = read(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	var current *token.Key
	var others []*token.Key
	var state strings.Builder
	for _, r := range all {
		state.WriteString(r.ID + " " + r.Status + "\n")
		if r.Status == Revoked {
			continue
		}
		key, err := token.ParseJWK([]byte(r.jwk))
		if err != nil {
			return fmt.Errorf("signing: key %s: %w", r.ID, err)
		}
		if r.Status == Current && current == nil {
			current = key
		} else {
			others = append(others, key)
		}
	}
	if current == nil {
		return errors.New("signing: there is no current key")
	}
	if state.String() == k.state {
		return nil
	}
	if err := k.cfg.OnChange(current, others); err != nil {
		return err
	}
	k.state = state.String()
	return nil
}

// row is a key in the database.
type row struct {
	Info
	jwk string
}

func read(ctx context.Context, tx *db.Tx) ([]row, error) {
	rows, err := tx.Query(ctx, sqlKeys)
	if err != nil {
		return nil, err
	}
	var out []row
	for rows.Next() {
		out = append(out, scan(rows.Row()))
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

func scan(v []value.Value) row {
	r := row{Info: Info{ID: v[0].S, Status: v[2].S, Created: time.UnixMicro(v[3].I).UTC()}, jwk: v[1].S}
	if key, err := token.ParseJWK([]byte(r.jwk)); err == nil {
		r.Alg = key.Alg
	}
	return r
}

func find(all []row, status string) *row {
	for i := range all {
		if all[i].Status == status {
			return &all[i]
		}
	}
	return nil
}

func add(ctx context.Context, tx *db.Tx, alg, status string) (Info, error) {
	key, err := token.NewKey(alg)
	if err != nil {
		return Info{}, ErrAlg.WithCause(err)
	}
	jwk, err := key.MarshalJWK()
	if err != nil {
		return Info{}, err
	}
	_, err = tx.Exec(ctx, sqlInsert, key.ID, string(jwk), status)
	return Info{ID: key.ID, Alg: alg, Status: status, Created: time.Now().UTC()}, err
}
