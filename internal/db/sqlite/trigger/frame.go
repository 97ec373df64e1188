package trigger

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/plpgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// maxSteps bounds the statements of one call.
const maxSteps = 10_000_000

// frame is one running function.
type frame struct {
	a     *exec.Actor
	f     *catalog.Function
	event *exec.Event // of a trigger
	slots []slot
	names []name
	steps int
	depth int // of savepoints

	row        []value.Value // what a trigger or a scalar function returned
	rows       [][]value.Value
	held       exec.Held
	caught     *fault.Error // inside a handler
	count      int64        // of the last statement's rows
	images     int          // the first of the two slots of transition tables, 0 for none
	conflict   string       // #variable_conflict
	shape      string       // of key, where shapeKnown
	shapeKnown bool
}

// slot is a variable.
type slot struct {
	t        *value.Type
	val      value.Value
	notNull  bool
	constant bool
	open     bool // declared as record: it takes the shape of what it is given
	cursor   *plpgsql.Cursor
	args     int  // the first of the slots of the cursor's parameters
	shaped   bool // a parameter that each call may give another row type
}

// name is one spelling under which a slot is known; later ones hide earlier ones.
type name struct {
	text string
	slot int
}

// foundSlot is FOUND, which every function has.
const foundSlot = 0

type bodyKey struct{ id int }

// newFrame parses the body, or remembers it, and makes its frame.
func newFrame(a *exec.Actor, f *catalog.Function) (*frame, *plpgsql.Block, error) {
	fr := &frame{a: a, f: f}
	fr.declare("found", value.TBool, value.Truth(false))
	if b, ok := a.Tx.Cache.Stmts.Load(bodyKey{f.ID}); ok {
		fr.conflict = b.(*plpgsql.Block).Conflict
		return fr, b.(*plpgsql.Block), nil
	}
	b, err := plpgsql.Parse(f.Body)
	if err != nil {
		return nil, nil, err
	}
	a.Tx.Cache.Stmts.Store(bodyKey{f.ID}, b)
	fr.conflict = b.Conflict
	return fr, b, nil
}

func (fr *frame) declare(text string, t *value.Type, v value.Value) int {
	fr.slots = append(fr.slots, slot{t: t, val: v, open: t.Kind == value.Record && t.Name == "" && t.Fields == nil})
	n := len(fr.slots) - 1
	fr.shapeKnown = fr.shapeKnown && !fr.slots[n].open
	fr.names = append(fr.names, name{text, n})
	return n
}

// arguments declares the parameters under their names, $n and function.name, and
// the columns of OUT parameters and returns table.
func (fr *frame) arguments(args []value.Value) {
	in, pos := 0, 0
	for _, arg := range fr.f.Args {
		var v value.Value
		if arg.Mode != "out" && arg.Mode != "table" {
			v = args[in]
			in++
		}
		n := fr.declare(arg.Name, arg.Type, v)
		fr.slots[n].shaped = arg.Type.Kind == value.Record
		if arg.Mode != "table" {
			pos++
			fr.names = append(fr.names, name{"$" + strconv.Itoa(pos), n})
		}
		fr.names = append(fr.names, name{fr.f.Name + "." + arg.Name, n})
	}
}

// find returns a variable by name.
func (fr *frame) find(text string) (int, bool) {
	for i := len(fr.names) - 1; i >= 0; i-- {
		if fr.names[i].text == text {
			return fr.names[i].slot, true
		}
	}
	return 0, false
}

// nameOf is the name under which a slot was declared.
func (fr *frame) nameOf(slot int) string {
	for _, n := range fr.names {
		if n.slot == slot {
			return n.text
		}
	}
	return ""
}

// vars is bind.Config.Vars.
func (fr *frame) vars(text string) (int, *value.Type, bool) {
	n, ok := fr.find(text)
	if !ok {
		return 0, nil, false
	}
	return n, fr.slots[n].t, true
}

func (fr *frame) value(n int) value.Value { return fr.slots[n].val }

// mark and back give a block's variables back.
func (fr *frame) mark() (slots, names int) { return len(fr.slots), len(fr.names) }

func (fr *frame) back(slots, names int) {
	for _, s := range fr.slots[slots:] {
		fr.shapeKnown = fr.shapeKnown && !s.open
	}
	fr.slots, fr.names = fr.slots[:slots], fr.names[:names]
}

// step counts, and asks now and then whether anybody still waits.
func (fr *frame) step() error {
	fr.steps++
	if fr.steps > maxSteps {
		return fault.SQL("54000", "function %s ran %d statements without end", fr.f.Name, maxSteps).
			WithHint("Look for a loop that never exits.")
	}
	if fr.steps&0xff == 0 {
		return fr.a.Alive()
	}
	return nil
}

// declared makes the variables of a block.
func (fr *frame) declared(b *plpgsql.Block) error {
	for i := range b.Decls {
		if err := fr.decl(&b.Decls[i], b.Label); err != nil {
			return err
		}
	}
	return nil
}

func (fr *frame) decl(d *plpgsql.Decl, label string) error {
	if d.Alias != "" {
		n, ok := fr.find(d.Alias)
		if !ok {
			return fault.SQL("42704", "variable \"%s\" does not exist", d.Alias)
		}
		fr.names = append(fr.names, name{d.Name, n})
		return nil
	}
	if d.Cursor != nil {
		return fr.declareCursor(d)
	}
	t, err := fr.typeOf(d.Type)
	if err != nil {
		return err
	}
	n := fr.declare(d.Name, t, value.Value{})
	if label != "" {
		fr.names = append(fr.names, name{label + "." + d.Name, n})
	}
	if d.Default != nil {
		v, err := fr.eval(d.Default, t)
		if err != nil {
			return err
		}
		if err := fr.store(n, v, t); err != nil {
			return err
		}
	}
	s := &fr.slots[n]
	s.notNull, s.constant = d.NotNull, d.Const
	if s.notNull && s.val.IsNull() {
		return fault.SQL("22004", "null value cannot be assigned to variable \"%s\" declared NOT NULL", d.Name)
	}
	return nil
}
