package catalog

// Public is the name that stands for every role.
const Public = "public"

// New returns the catalogue of an empty database with the schemas, roles and default
// privileges of a local Supabase.
func New() *Catalog {
	c := &Catalog{
		NextID:     1,
		Schemas:    map[string]*Schema{},
		Roles:      newRoles(),
		Extensions: map[string]string{"plpgsql": "pg_catalog"},
		Publications: map[string]*Publication{
			"supabase_realtime": {Name: "supabase_realtime"},
		},
		Defaults: supabaseDefaults(),
	}
	everyone := []string{Public, "postgres", "anon", "authenticated", "service_role"}
	c.addSchema("public", "postgres", everyone)
	c.addSchema("extensions", "postgres", everyone)
	c.addSchema("auth", "supabase_auth_admin", everyone[1:])
	c.addSchema("storage", "supabase_storage_admin", everyone[1:])
	c.addSchema("realtime", "supabase_admin", everyone[1:])
	return c
}

func (c *Catalog) addSchema(name, owner string, usage []string) {
	s := NewSchema(name, owner)
	for _, r := range usage {
		s.Grants = append(s.Grants, Grant{Role: r, Priv: "usage"})
	}
	s.Grants = append(s.Grants, Grant{Role: "postgres", Priv: "create"})
	c.Schemas[name] = s
}

// NewSchema returns an empty schema.
func NewSchema(name, owner string) *Schema {
	return &Schema{
		Name: name, Owner: owner,
		Tables: map[string]*Table{}, Types: map[string]*UserType{},
		Funcs: map[string][]*Function{}, Sequences: map[string]*Sequence{},
	}
}

func newRoles() map[string]*Role {
	roles := []*Role{
		{Name: "postgres", Super: true, BypassRLS: true, Login: true,
			MemberOf: []string{"anon", "authenticated", "service_role"}},
		{Name: "anon"},
		{Name: "authenticated"},
		{Name: "service_role", BypassRLS: true},
		{Name: "authenticator", Login: true, MemberOf: []string{"anon", "authenticated", "service_role"}},
		{Name: "supabase_admin", Super: true, BypassRLS: true, Login: true},
		{Name: "supabase_auth_admin", Login: true},
		{Name: "supabase_storage_admin", Login: true, MemberOf: []string{"authenticator"}},
		{Name: "dashboard_user"},
	}
	m := make(map[string]*Role, len(roles))
	for _, r := range roles {
		m[r.Name] = r
	}
	return m
}

// supabaseDefaults are the default privileges that make a table created in public
// (or storage) usable through the API roles: row-level security guards it.
func supabaseDefaults() []*DefaultGrant {
	roles := []string{"postgres", "anon", "authenticated", "service_role"}
	var out []*DefaultGrant
	for _, schema := range []string{"public", "storage"} {
		for _, maker := range []string{"postgres", "supabase_admin", "supabase_storage_admin"} {
			for _, what := range []string{"tables", "functions", "sequences"} {
				d := &DefaultGrant{ForRole: maker, Schema: schema, What: what}
				for _, r := range roles {
					for _, p := range PrivilegesOf(what) {
						d.Grants = append(d.Grants, Grant{Role: r, Priv: p})
					}
				}
				out = append(out, d)
			}
		}
	}
	return out
}

// PrivilegesOf lists what ALL means for a kind of object.
func PrivilegesOf(what string) []string {
	switch what {
	case "table", "tables":
		return []string{"select", "insert", "update", "delete", "truncate", "references", "trigger"}
	case "sequence", "sequences":
		return []string{"usage", "select", "update"}
	case "function", "functions":
		return []string{"execute"}
	case "schema", "schemas":
		return []string{"usage", "create"}
	case "type", "types", "language":
		return []string{"usage"}
	case "database":
		return []string{"create", "connect", "temporary"}
	}
	return nil
}
