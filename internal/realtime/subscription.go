package realtime

import (
	"encoding/json"
	"hash/fnv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
)

const publication = "supabase_realtime"

// subscription is one entry of a join's postgres_changes.
type subscription struct {
	ch     *channel
	id     uint32 // below 2^27: Kotlin reads 32 bits with a sign
	event  string // "INSERT", "UPDATE", "DELETE" or "*"
	at     catalog.TableName
	filter string
	terms  []term
	bad    error    // what is wrong with the filter
	only   []string // the columns wanted, nil for all

	places []place // of the index
}

// newSubscriptions reads the wanted changes. What can't be read at all fails the
// join; what does not fit the database is told after it.
func newSubscriptions(ch *channel, wanted []json.RawMessage) ([]*subscription, error) {
	subs := make([]*subscription, 0, len(wanted))
	ids := map[uint32]bool{}
	for _, raw := range wanted {
		var c struct {
			Event  string   `json:"event"`
			Schema string   `json:"schema"`
			Table  string   `json:"table"`
			Filter *string  `json:"filter"`
			Select []string `json:"select"`
		}
		if json.Unmarshal(raw, &c) != nil || string(raw) == "null" {
			return nil, errJoinPayload
		}
		s := &subscription{ch: ch, event: strings.ToUpper(c.Event), only: c.Select}
		s.at = catalog.TableName{Schema: orAny(c.Schema), Name: orAny(c.Table)}
		if c.Filter != nil {
			s.filter = *c.Filter
			s.terms, s.bad = parseFilter(s.filter)
		}
		for s.id = shortHash(raw); ids[s.id]; s.id = (s.id + 1) & idMask {
		}
		ids[s.id] = true
		subs = append(subs, s)
	}
	return subs, nil
}

func orAny(s string) string {
	if s == "" {
		return "*"
	}
	return s
}

const idMask = 1<<27 - 1

// shortHash gives equal wishes equal ids, so that their events can share bytes.
func shortHash(raw []byte) uint32 {
	h := fnv.New32a()
	_, _ = h.Write(raw)
	return h.Sum32() & idMask
}

// announce tells the client whether its subscriptions stand.
func (ch *channel) announce(c *catalog.Catalog) {
	if len(ch.subs) == 0 {
		return
	}
	for _, s := range ch.subs {
		if err := s.check(c); err != nil {
			ch.unmet.Store(err == error(errUnpublished))
			ch.system("postgres_changes", "error", s.complaint(err))
			return
		}
	}
	ch.system("postgres_changes", "ok", "Subscribed to PostgreSQL")
}

// retry looks again at subscriptions to tables that were not published.
func (ch *channel) retry(c *catalog.Catalog) {
	if !ch.unmet.Load() {
		return
	}
	for _, s := range ch.subs {
		if s.check(c) != nil {
			return
		}
	}
	if ch.unmet.Swap(false) {
		ch.system("postgres_changes", "ok", "Subscribed to PostgreSQL")
	}
}

// check finds out whether s could ever match.
func (s *subscription) check(c *catalog.Catalog) error {
	switch s.event {
	case "*", "INSERT", "UPDATE", "DELETE":
	default:
		return fault.SQL("22023", "unknown event \"%s\"", s.event)
	}
	if s.bad != nil {
		return s.bad
	}
	if s.at.Schema == "*" || s.at.Name == "*" {
		return nil
	}
	sch := c.Schemas[s.at.Schema]
	if sch == nil || sch.Tables[s.at.Name] == nil || !published(c, sch.Tables[s.at.Name]) {
		return errUnpublished
	}
	t := sch.Tables[s.at.Name]
	role := s.ch.who.Load().session.Role
	for _, x := range s.terms {
		if !c.HasPrivilege(role, t, "select", x.column) {
			return errFilterColumn(x.column)
		}
	}
	if guarded(c, t, role) && t.PrimaryKey() == nil {
		return errNoKeyColumn
	}
	_, err := bindTerms(t, s.terms)
	return err
}

// errNoKeyColumn: without a key nobody can say whether a row may be seen.
var errNoKeyColumn = fault.New(fault.Invalid, "400", "Bad Request, no primary key")

// errUnpublished asks the client to see to its publication.
var errUnpublished = fault.New(fault.NotFound, "unpublished", "Please check Realtime is enabled for the given connect parameters")

func (s *subscription) complaint(err error) string {
	b := "Unable to subscribe to changes with given parameters. "
	f := fault.From(err)
	params := "[event: " + s.event + ", schema: " + s.at.Schema + ", table: " + s.at.Name
	if s.filter != "" {
		params += ", filter: " + s.filter
	}
	params += "]"
	if f == errUnpublished {
		return b + f.Message + ": " + params
	}
	return b + "An exception happened so please check your connect parameters: " + params + ". Exception: ERROR " + f.Code + " " + f.Message
}

func published(c *catalog.Catalog, t *catalog.Table) bool {
	p := c.Publications[publication]
	if p == nil || t.Kind != catalog.Base {
		return false
	}
	if p.AllTables {
		return true
	}
	for _, n := range p.Tables {
		if n.Schema == t.Schema && n.Name == t.Name {
			return true
		}
	}
	return false
}
