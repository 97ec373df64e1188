package catalog

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// drop is DROP of any kind.
func (e *editor) drop(st *pgsql.Drop) error {
	var targets []object
	for i, id := range st.Names {
		o, err := e.target(st, i, id)
		if err != nil {
			f := fault.From(err)
			if st.IfExists && missing(f) {
				e.skipping("%s, skipping", strings.Replace(f.Message, "for table", "for relation", 1))
				continue
			}
			return err
		}
		targets = append(targets, o)
	}
	if len(targets) == 0 {
		return nil
	}
	switch st.What {
	case "role", "user", "publication", "extension":
		return e.dropGlobal(targets)
	}
	return e.remove(targets, st.Cascade)
}

func missing(f *fault.Error) bool {
	switch f.Code {
	case "42P01", "42704", "42883", "3F000":
		return true
	}
	return false
}

// target finds what one name of DROP means.
func (e *editor) target(st *pgsql.Drop, i int, id pgsql.Ident) (object, error) {
	switch st.What {
	case "table", "view", "materialized view", "sequence", "index":
		return e.relationTarget(st.What, id)
	case "type", "domain":
		return e.typeTarget(st.What, id)
	case "schema":
		s := e.c.Schemas[id.Name]
		if s == nil {
			return object{}, errNoSchema(id.Name)
		}
		if !e.isOwner(s.Owner) {
			return object{}, fault.SQL("42501", "must be owner of schema %s", s.Name)
		}
		return object{what: "schema", name: id.Name}, nil
	case "function", "procedure", "routine":
		var args []pgsql.TypeName
		hasArgs := i < len(st.HasArgs) && st.HasArgs[i]
		if hasArgs && i < len(st.Args) {
			args = st.Args[i]
		}
		f, err := e.function(st.What, id, args, hasArgs)
		if err != nil {
			return object{}, err
		}
		return f.object(), nil
	case "policy", "trigger":
		return e.partTarget(st, id)
	}
	return e.globalTarget(st, id)
}

func (e *editor) globalTarget(st *pgsql.Drop, id pgsql.Ident) (object, error) {
	known := false
	switch st.What {
	case "role", "user", "group":
		known = e.c.Roles[id.Name] != nil
		if !known {
			return object{}, errNoRole(id.Name)
		}
		return object{what: "role", name: id.Name}, nil
	case "publication":
		known = e.c.Publications[id.Name] != nil
	case "extension":
		_, known = e.c.Extensions[id.Name]
	default:
		return object{}, errUnsupported("Remove the statement.", "DROP %s is not supported", strings.ToUpper(st.What))
	}
	if !known {
		return object{}, fault.SQL("42704", "%s \"%s\" does not exist", st.What, id.Name)
	}
	return object{what: st.What, name: id.Name}, nil
}

func (e *editor) relationTarget(what string, id pgsql.Ident) (object, error) {
	is, o, owner := e.relationKind(id)
	if is == "" {
		if id.Schema != "" && e.c.Schemas[id.Schema] == nil {
			return object{}, errNoSchema(id.Schema)
		}
		code := "42P01"
		if what == "index" {
			code = "42704"
		}
		return object{}, fault.SQL(code, "%s \"%s\" does not exist", what, written(id))
	}
	if is != what {
		article := "a "
		if what == "index" {
			article = "an "
		}
		return object{}, fault.SQL("42809", "\"%s\" is not %s%s", id.Name, article, what).
			WithHint("Use DROP " + strings.ToUpper(is) + " to remove a " + is + ".")
	}
	if owner != "" && !e.isOwner(owner) {
		return object{}, fault.SQL("42501", "must be owner of %s %s", is, id.Name)
	}
	if t := e.c.tableOf(o); o.what == "index" && t != nil && t.key(id.Name) != nil {
		return object{}, fault.SQL("2BP01", "cannot drop index %s because constraint %s on table %s requires it", id.Name, id.Name, t.Name).
			WithHint("You can drop constraint " + id.Name + " on table " + t.Name + " instead.")
	}
	return o, nil
}

// relationKind says what the relation id is, as an object and with its owner.
func (e *editor) relationKind(id pgsql.Ident) (kind string, o object, owner string) {
	if t, ok := e.c.Table(e.s.SearchPath, id); ok {
		return t.kind(), t.self(), t.Owner
	}
	if q, ok := e.c.Sequence(e.s.SearchPath, id); ok {
		return "sequence", q.object(), ""
	}
	if t, _, _ := e.c.index(e.s.SearchPath, id); t != nil {
		return "index", t.object("index", id.Name), t.Owner
	}
	return "", object{}, ""
}

func (e *editor) typeTarget(what string, id pgsql.Ident) (object, error) {
	u, schema := e.c.userType(e.s.SearchPath, id)
	if u == nil {
		if id.Schema != "" && e.c.Schemas[id.Schema] == nil {
			return object{}, errNoSchema(id.Schema)
		}
		return object{}, errNoType(written(id))
	}
	if what == "domain" && u.Type.Kind != value.Domain {
		return object{}, fault.SQL("42809", "\"%s\" is not a domain", id.Name)
	}
	return object{what: "type", schema: schema, name: id.Name}, nil
}

func (e *editor) partTarget(st *pgsql.Drop, id pgsql.Ident) (object, error) {
	t, err := e.owned(st.On)
	if err != nil {
		return object{}, err
	}
	if (st.What == "policy" && t.policy(id.Name) != nil) || (st.What == "trigger" && t.trigger(id.Name) != nil) {
		return t.object(st.What, id.Name), nil
	}
	return object{}, fault.SQL("42704", "%s \"%s\" for table \"%s\" does not exist", st.What, id.Name, t.Name)
}

// dropGlobal drops what lives in no schema.
func (e *editor) dropGlobal(targets []object) error {
	for _, o := range targets {
		switch o.what {
		case "publication":
			delete(e.c.Publications, o.name)
		case "extension":
			delete(e.c.Extensions, o.name)
		case "role":
			if err := e.dropRole(o.name); err != nil {
				return err
			}
		}
	}
	return nil
}
