package oracle

import (
	"cmp"
	"slices"
	"strings"
)

// normal is a tree without what two spellings of one statement may differ in:
// places in the text; pg_catalog before a type or a function, as SQL's own words for
// them have it; the order of options, of transition tables, of a column's constraints, and of a table's among
// its columns; ROW or bare parentheses; START TRANSACTION or BEGIN; FUNCTION or ROUTINE;
// the names of parameters where only their types say which function is meant; what is
// so anyway (security invoker, language plpgsql of DO, initially immediate).
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if dropped[k] || strings.HasSuffix(k, "location") {
				delete(v, k)
				continue
			}
			v[k] = normal(x)
			if list, ok := v[k].([]any); ok {
				v[k] = ordered(k, list)
			}
		}
		same(v)
	case []any:
		for i, x := range v {
			v[i] = normal(x)
		}
	}
	return v
}

// same gives two words for one thing the same name.
func same(v map[string]any) {
	if v["kind"] == "TRANS_STMT_START" {
		v["kind"] = "TRANS_STMT_BEGIN"
	}
	for _, k := range []string{"objtype", "objectType", "renameType", "removeType"} {
		if v[k] == "OBJECT_ROUTINE" {
			v[k] = "OBJECT_FUNCTION"
		}
	}
	if list, ok := v["objfuncargs"].([]any); ok {
		for _, p := range list {
			if p, ok := p.(map[string]any)["FunctionParameter"].(map[string]any); ok {
				delete(p, "name")
			}
		}
	}
}

// implied are nodes that say what is so anyway.
var implied = []string{
	`{"DefElem":{"arg":{"Boolean":{"boolval":false}},"defaction":"DEFELEM_UNSPEC","defname":"security"}}`,
	`{"DefElem":{"arg":{"String":{"sval":"plpgsql"}},"defaction":"DEFELEM_UNSPEC","defname":"language"}}`,
	`{"Constraint":{"contype":"CONSTR_ATTR_IMMEDIATE"}}`,
}

var dropped = map[string]bool{"stmt_len": true, "list_start": true, "list_end": true, "row_format": true, "funcformat": true}

// ordered is a list without what its place in the tree makes a matter of spelling.
func ordered(key string, list []any) []any {
	switch key {
	case "names", "funcname":
		if len(list) == 2 && short(list[0]) == `{"String":{"sval":"pg_catalog"}}` {
			return list[1:]
		}
	case "tableElts":
		slices.SortStableFunc(list, func(a, b any) int { return rank(a) - rank(b) })
	case "options", "constraints", "args", "transitionRels":
		if key == "args" && !strings.Contains(short(list), "DefElem") {
			return list
		}
		list = slices.DeleteFunc(list, func(x any) bool { return slices.Contains(implied, short(x)) })
		slices.SortStableFunc(list, func(a, b any) int { return cmp.Compare(short(a), short(b)) })
	}
	return list
}

// rank puts a table's constraints after its columns.
func rank(element any) int {
	if m, ok := element.(map[string]any); ok && m["Constraint"] != nil {
		return 1
	}
	return 0
}
