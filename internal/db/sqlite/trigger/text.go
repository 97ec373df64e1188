package trigger

import (
	"strings"
	"sync"

	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// maxTexts bounds the compiled texts of EXECUTE: twice as many are kept.
const maxTexts = 256

// texts keeps compiled texts of EXECUTE: those used since half of them were dropped,
// and those of before.
type texts struct {
	mu       sync.Mutex
	now, old map[key]*dynamic
}

// dynamic is a text as it was parsed and compiled.
type dynamic struct {
	st pgsql.Stmt
	p  *exec.Prepared
}

type textsKey struct{}

func (c *texts) get(k key) *dynamic {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.now[k]; d != nil {
		return d
	}
	d := c.old[k]
	if d != nil {
		c.keep(k, d)
	}
	return d
}

func (c *texts) put(k key, d *dynamic) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(k, d)
}

func (c *texts) keep(k key, d *dynamic) {
	if c.now == nil || len(c.now) >= maxTexts {
		c.now, c.old = map[key]*dynamic{}, c.now
	}
	c.now[k] = d
}

// text compiles the text of an EXECUTE whose USING has these types, or remembers it.
func (fr *frame) text(sql string, using []*value.Type) (*exec.Prepared, error) {
	all, _ := fr.a.Tx.Cache.Stmts.LoadOrStore(textsKey{}, &texts{})
	known := all.(*texts)
	k := fr.textKey(sql, using)
	d := known.get(k)
	if d == nil {
		var err error
		if d, err = fr.compileText(sql, using); err != nil {
			return nil, err
		}
		known.put(k, d)
	}
	return d.p, exec.Permitted(fr.f, d.st)
}

func (fr *frame) compileText(sql string, using []*value.Type) (*dynamic, error) {
	st, err := pgsql.ParseOne(sql)
	if err != nil {
		return nil, err
	}
	if err := exec.Permitted(fr.f, st); err != nil {
		return nil, err
	}
	cfg := fr.config()
	cfg.Vars, cfg.Params = nil, using
	p, err := exec.Compile(cfg, st)
	return &dynamic{st, p}, err
}

// textKey is all that a compiled text depends on.
func (fr *frame) textKey(sql string, using []*value.Type) key {
	var b strings.Builder
	for _, s := range fr.a.Path {
		b.WriteString(s + ",")
	}
	for _, t := range using {
		b.WriteString("|" + t.String() + " " + shape(t))
	}
	if ev := fr.event; ev != nil && fr.images > 0 {
		b.WriteString("|" + ev.Table.Schema + "." + ev.Table.Name + "|" + ev.Trigger.OldTable + "|" + ev.Trigger.NewTable)
	}
	return key{node: sql, role: fr.a.Role, shape: b.String()}
}
