package introspect

import (
	"encoding/json"

	"github.com/plinth-dev/plinth/internal/fault"
)

// The rows of the queries, in their order.
type (
	roleRow struct {
		Name                 string
		Super, Bypass, Login bool
		MemberOf             []string `json:"member_of"`
		Config               []string
		Settings             []Setting
	}
	schemaRow struct {
		Name, Owner, Comment string
		ACL                  []string
	}
	extensionRow struct{ Name, Schema string }
	typeRow      struct {
		OID, Elem, Base, Rel, Array  uint32
		Schema, Name, Kind, Category string
		Mod                          int32
		NotNull                      bool   `json:"not_null"`
		RelKind                      string `json:"rel_kind"`
		Default                      *string
		Comment                      string
		Labels                       []string
	}
	relationRow struct {
		OID                       uint32
		Schema, Name, Kind, Owner string
		RLS, Force                bool
		ACL, Options              []string
		Def, Identity, Comment    string
		IdentityIndex             string `json:"identity_index"`
		Partition                 bool
		Writes                    int
	}
	columnRow struct {
		Rel, Type           uint32
		Num, Mod            int32
		Name                string
		NotNull             bool `json:"not_null"`
		Identity, Generated string
		Default             *string
		Collation, Comment  string
		ACL                 []string
	}
	constraintRow struct {
		Rel, Type                       uint32
		Name, Kind                      string
		Cols                            []string
		RefSchema                       string   `json:"ref_schema"`
		RefTable                        string   `json:"ref_table"`
		RefCols                         []string `json:"ref_cols"`
		OnDelete                        string   `json:"on_delete"`
		OnUpdate                        string   `json:"on_update"`
		Deferrable, Deferred, Validated bool
		Def, Check                      string
	}
	indexRow struct {
		Name, Method, Where, Def string
		Rel                      uint32
		Unique                   bool
		Keys                     int
		Items                    []string
	}
	policyRow struct {
		Rel           uint32
		Name, Command string
		Permissive    bool
		Roles         []string
		Using, Check  *string
	}
	functionRow struct {
		OID, Returns              uint32
		Schema, Name, Owner, Kind string
		Types                     []uint32
		Modes, Names              []string
		Defaults                  []*string
		SetOf                     bool `json:"set_of"`
		Rows                      float64
		Language, Body            string
		Volatility                string
		Strict, Definer           bool
		Config, ACL               []string
		Comment                   string
	}
	triggerRow struct {
		Rel                  uint32
		Name                 string
		Type                 int
		FuncSchema           string `json:"func_schema"`
		Func                 string
		Cols                 []string
		Enabled              string
		Deferrable, Deferred bool
		OldTable             string `json:"old_table"`
		NewTable             string `json:"new_table"`
	}
	sequenceRow struct {
		OID, Type                  uint32
		Schema, Name               string
		Start, Increment, Min, Max int64
		Cycle                      bool
		ACL                        []string
		OwnerRel                   uint32 `json:"owner_rel"`
		OwnerNum                   int32  `json:"owner_num"`
	}
	publicationRow struct {
		Name      string
		AllTables bool `json:"all_tables"`
		Tables    []uint32
	}
	castRow struct {
		From, To     uint32
		Schema, Func string
		ToJSON       bool `json:"to_json"`
	}
	handlerRow struct {
		Schema, Func  string
		Rows, Returns uint32
	}
	defaultRow struct {
		Role, Schema, What string
		ACL                []string
	}
)

// read decodes the rows of one query.
func read[T any](rows [][][]byte) ([]T, error) {
	out := make([]T, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal(r[0], &out[i]); err != nil {
			return nil, fault.From(err)
		}
	}
	return out, nil
}
