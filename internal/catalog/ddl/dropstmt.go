package ddl

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// drop is DROP of any kind.
func (e *editor) drop(st *pgsql.Drop) error {
	var targets []scope.Object
	for i, id := range st.Names {
		o, err := e.target(st, i, id)
		if err != nil {
			f := fault.From(err)
			if st.IfExists && missing(f) {
				msg := strings.Replace(f.Message, "for table", "for relation", 1)
				if strings.HasPrefix(msg, "could not find") {
					msg = st.What + " " + written(id) + "() does not exist"
				}
				e.skipping("%s, skipping", msg)
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
func (e *editor) target(st *pgsql.Drop, i int, id pgsql.Ident) (scope.Object, error) {
	switch st.What {
	case "table", "view", "materialized view", "sequence", "index":
		return e.relationTarget(st.What, id)
	case "type", "domain":
		return e.typeTarget(st.What, id)
	case "schema":
		s := e.c.Schemas[id.Name]
		if s == nil {
			return scope.Object{}, errNoSchema(id.Name)
		}
		if !e.isOwner(s.Owner) {
			return scope.Object{}, fault.SQL("42501", "must be owner of schema %s", s.Name)
		}
		return scope.Object{What: "schema", Name: id.Name}, nil
	case "function", "procedure", "routine":
		var args []pgsql.TypeName
		hasArgs := i < len(st.HasArgs) && st.HasArgs[i]
		if hasArgs && i < len(st.Args) {
			args = st.Args[i]
		}
		f, err := e.function(st.What, id, args, hasArgs)
		if err != nil {
			return scope.Object{}, err
		}
		return scope.OfFunction(f), nil
	case "policy", "trigger":
		return e.partTarget(st, id)
	}
	return e.globalTarget(st, id)
}

func (e *editor) globalTarget(st *pgsql.Drop, id pgsql.Ident) (scope.Object, error) {
	known := false
	switch st.What {
	case "role", "user", "group":
		known = e.c.Roles[id.Name] != nil
		if !known {
			return scope.Object{}, errNoRole(id.Name)
		}
		return scope.Object{What: "role", Name: id.Name}, nil
	case "publication":
		known = e.c.Publications[id.Name] != nil
	case "extension":
		_, known = e.c.Extensions[id.Name]
	default:
		if st.IfExists { // none can exist
			return scope.Object{}, fault.SQL("42704", "%s \"%s\" does not exist", st.What, written(id))
		}
		return scope.Object{}, errUnsupported("Remove the statement.", "DROP %s is not supported", strings.ToUpper(st.What))
	}
	if !known {
		return scope.Object{}, fault.SQL("42704", "%s \"%s\" does not exist", st.What, id.Name)
	}
	return scope.Object{What: st.What, Name: id.Name}, nil
}

func (e *editor) relationTarget(what string, id pgsql.Ident) (scope.Object, error) {
	is, o, owner := e.relationKind(id)
	if is == "" {
		if id.Schema != "" && e.c.Schemas[id.Schema] == nil {
			return scope.Object{}, errNoSchema(id.Schema)
		}
		code := "42P01"
		if what == "index" {
			code = "42704"
		}
		return scope.Object{}, fault.SQL(code, "%s \"%s\" does not exist", what, written(id))
	}
	if is != what {
		article := "a "
		if what == "index" {
			article = "an "
		}
		return scope.Object{}, fault.SQL("42809", "\"%s\" is not %s%s", id.Name, article, what).
			WithHint("Use DROP " + strings.ToUpper(is) + " to remove a " + is + ".")
	}
	if owner != "" && !e.isOwner(owner) {
		return scope.Object{}, fault.SQL("42501", "must be owner of %s %s", is, id.Name)
	}
	if t := o.Table(e.c); o.What == "index" && t != nil && t.Key(id.Name) != nil {
		return scope.Object{}, fault.SQL("2BP01", "cannot drop index %s because constraint %s on table %s requires it", id.Name, id.Name, t.Name).
			WithHint("You can drop constraint " + id.Name + " on table " + t.Name + " instead.")
	}
	return o, nil
}

// relationKind says what the relation id is, as an object and with its owner.
func (e *editor) relationKind(id pgsql.Ident) (kind string, o scope.Object, owner string) {
	if t, ok := e.c.Table(e.s.SearchPath, id); ok {
		return t.KindName(), scope.OfTable(t), t.Owner
	}
	if q, ok := e.c.Sequence(e.s.SearchPath, id); ok {
		return "sequence", scope.OfSequence(q), ""
	}
	if t, _, _ := e.c.FindIndex(e.s.SearchPath, id); t != nil {
		return "index", scope.PartOf(t, "index", id.Name), t.Owner
	}
	return "", scope.Object{}, ""
}

func (e *editor) typeTarget(what string, id pgsql.Ident) (scope.Object, error) {
	u, schema := e.c.FindType(e.s.SearchPath, id)
	if u == nil {
		if id.Schema != "" && e.c.Schemas[id.Schema] == nil {
			return scope.Object{}, errNoSchema(id.Schema)
		}
		return scope.Object{}, errNoType(written(id))
	}
	if what == "domain" && u.Type.Kind != value.Domain {
		return scope.Object{}, fault.SQL("42809", "\"%s\" is not a domain", id.Name)
	}
	return scope.Object{What: "type", Schema: schema, Name: id.Name}, nil
}

func (e *editor) partTarget(st *pgsql.Drop, id pgsql.Ident) (scope.Object, error) {
	t, err := e.owned(st.On)
	if err != nil {
		return scope.Object{}, err
	}
	if (st.What == "policy" && t.Policy(id.Name) != nil) || (st.What == "trigger" && t.Trigger(id.Name) != nil) {
		return scope.PartOf(t, st.What, id.Name), nil
	}
	return scope.Object{}, fault.SQL("42704", "%s \"%s\" for table \"%s\" does not exist", st.What, id.Name, t.Name)
}

// dropGlobal drops what lives in no schema.
func (e *editor) dropGlobal(targets []scope.Object) error {
	for _, o := range targets {
		switch o.What {
		case "publication":
			delete(e.c.Publications, o.Name)
		case "extension":
			delete(e.c.Extensions, o.Name)
		case "role":
			if err := e.dropRole(o.Name); err != nil {
				return err
			}
		}
	}
	return nil
}
