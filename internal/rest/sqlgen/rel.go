package sqlgen

import (
	"cmp"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// Card is the cardinality of a relationship, in the order that PostgREST lists them.
type Card uint8

const (
	OneToMany Card = iota
	ManyToOne
	OneToOne
	ManyToMany
)

func (c Card) String() string {
	return [...]string{"one-to-many", "many-to-one", "one-to-one", "many-to-many"}[c]
}

// Rel is a relationship as seen from one of its tables.
type Rel struct {
	Card     Card
	From, To *catalog.Table
	Name     string   // of the foreign key, or of the computed relationship
	Cols     []string // of From; of a many-to-many: those that the junction refers to
	RefCols  []string // of To, in the same order
	Via      *Junction
	Func     *catalog.Function // computed relationship
	Single   bool              // of a computed relationship: at most one row
}

// Junction is the table in the middle of a many-to-many relationship.
type Junction struct {
	Table        *catalog.Table
	Name1, Name2 string   // the foreign keys
	Cols1, Cols2 []string // of Table
}

// ToOne reports whether a row of From has at most one row of To.
func (r *Rel) ToOne() bool {
	if r.Func != nil {
		return r.Single
	}
	return r.Card == ManyToOne || r.Card == OneToOne
}

func (r *Rel) self() bool { return r.Func == nil && r.From == r.To }

// Schema is what the generator derives from one version of the catalogue.
type Schema struct {
	Cat  *catalog.Catalog
	rels map[*catalog.Table][]*Rel
	base map[*catalog.Table]viewColumns
	// casts are the functions that represent domains, by the types from and to.
	casts map[[2]typeKey]string
	// asJSON are other types that to_json has a cast for.
	asJSON   map[typeKey]bool
	handlers map[handlerKey]*Handler
	// exposed are the schemas that requests may name; a junction elsewhere joins nothing.
	exposed []string
}

// NewSchema derives the relationships of cat between tables of the exposed schemas.
func NewSchema(cat *catalog.Catalog, exposed []string) *Schema {
	s := &Schema{Cat: cat, exposed: exposed, rels: map[*catalog.Table][]*Rel{}, base: map[*catalog.Table]viewColumns{}, handlers: handlersOf(cat)}
	s.addCasts()
	views := s.views()
	for _, t := range s.tables() {
		for _, f := range t.Foreign {
			s.addForeign(t, f, views)
		}
	}
	s.addJunctions()
	s.addComputed()
	for _, list := range s.rels {
		slices.SortStableFunc(list, compareRels)
	}
	return s
}

// tables lists all tables and views in order of name.
func (s *Schema) tables() []*catalog.Table {
	var out []*catalog.Table
	for _, sc := range s.Cat.Schemas {
		for _, t := range sc.Tables {
			if !t.Partition {
				out = append(out, t)
			}
		}
	}
	slices.SortFunc(out, func(a, b *catalog.Table) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func compareRels(a, b *Rel) int {
	return cmp.Or(
		cmp.Compare(a.To.Schema, b.To.Schema), cmp.Compare(a.To.Name, b.To.Name),
		cmp.Compare(a.Card, b.Card), cmp.Compare(a.viaName(), b.viaName()), cmp.Compare(a.Name, b.Name),
		slices.Compare(a.Cols, b.Cols), slices.Compare(a.RefCols, b.RefCols))
}

func (r *Rel) viaName() string {
	if r.Via == nil {
		return ""
	}
	return r.Via.Table.Name + "\x00" + r.Via.Name1 + "\x00" + r.Via.Name2
}

// addForeign adds both directions of a foreign key, for its tables and for every
// view that shows all of its columns.
func (s *Schema) addForeign(t *catalog.Table, f *catalog.Foreign, views []*catalog.Table) {
	sc := s.Cat.Schemas[f.RefSchema]
	if sc == nil || sc.Tables[f.RefTable] == nil {
		return
	}
	ref := sc.Tables[f.RefTable]
	children := append([]shown{{t, f.Cols}}, s.showing(t, f.Cols, views)...)
	parents := append([]shown{{ref, f.RefCols}}, s.showing(ref, f.RefCols, views)...)
	unique := uniqueOn(t, f.Cols)
	for _, c := range children {
		for _, p := range parents {
			s.addPair(c, p, f.Name, unique)
		}
	}
}

func (s *Schema) addPair(child, parent shown, name string, unique bool) {
	up, down := ManyToOne, OneToMany
	if unique {
		up, down = OneToOne, OneToOne
	}
	s.add(&Rel{Card: up, From: child.table, To: parent.table, Name: name, Cols: child.cols, RefCols: parent.cols})
	s.add(&Rel{Card: down, From: parent.table, To: child.table, Name: name, Cols: parent.cols, RefCols: child.cols})
}

func (s *Schema) add(r *Rel) { s.rels[r.From] = append(s.rels[r.From], r) }

// uniqueOn reports whether a key of t consists of exactly cols.
func uniqueOn(t *catalog.Table, cols []string) bool {
	for _, k := range t.Keys {
		if sameSet(k.Cols, cols) {
			return true
		}
	}
	return false
}

func sameSet(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

// addJunctions adds a many-to-many relationship for every pair of many-to-one
// relationships whose columns are all in the primary key.
func (s *Schema) addJunctions() {
	for _, j := range s.tables() {
		if !slices.Contains(s.exposed, j.Schema) {
			continue
		}
		pk := s.PrimaryKey(j)
		var ups []*Rel
		for _, r := range s.rels[j] {
			if r.Card == ManyToOne && subset(r.Cols, pk) {
				ups = append(ups, r)
			}
		}
		for _, a := range ups {
			for _, b := range ups {
				if a == b || a.Name == b.Name && slices.Equal(a.Cols, b.Cols) {
					continue
				}
				s.add(&Rel{Card: ManyToMany, From: a.To, To: b.To, Name: a.Name,
					Cols: a.RefCols, RefCols: b.RefCols,
					Via: &Junction{Table: j, Name1: a.Name, Name2: b.Name, Cols1: a.Cols, Cols2: b.Cols}})
			}
		}
	}
}

func subset(a, b []string) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return len(a) > 0
}

// addComputed adds the functions from one row type to rows of a table.
func (s *Schema) addComputed() {
	for _, sc := range s.Cat.Schemas {
		for _, overloads := range sc.Funcs {
			for _, f := range overloads {
				s.addFunc(f)
			}
		}
	}
}

func (s *Schema) addFunc(f *catalog.Function) {
	if len(f.Args) != 1 || f.Args[0].Type == nil || f.Returns == nil {
		return
	}
	from, to := s.tableOf(f.Args[0].Type.Schema, f.Args[0].Type.Name), s.tableOf(f.Returns.Schema, f.Returns.Name)
	if from == nil || to == nil {
		return
	}
	card := OneToMany
	if !f.SetOf || f.Rows == "1" {
		card = ManyToOne
	}
	s.add(&Rel{Card: card, From: from, To: to, Name: f.Name, Func: f, Single: !f.SetOf || f.Rows == "1"})
}

func (s *Schema) tableOf(schema, name string) *catalog.Table {
	if sc := s.Cat.Schemas[schema]; sc != nil && name != "" {
		return sc.Tables[name]
	}
	return nil
}
