package openapi

import "strings"

// pointer escapes a name for the fragment of a reference.
func pointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", " ", "%20", `"`, "%22", "#", "%23").Replace(name)
}

func prefer(about string, vals ...string) object {
	return object{"name": "Prefer", "in": "header", "required": false, "type": "string", "description": about, "enum": vals}
}

func query2(name, about string) object {
	return object{"name": name, "in": "query", "required": false, "type": "string", "description": about}
}

func header2(name, about string) object {
	return object{"name": name, "in": "header", "required": false, "type": "string", "description": about}
}

// parameters2 are those that no table has of its own.
func parameters2() object {
	unit := header2("Range-Unit", "Limiting and Pagination")
	unit["default"] = "items"
	return object{
		"preferParams": prefer("Preference", "params=single-object"),
		"preferReturn": prefer("Preference", "return=representation", "return=minimal", "return=none"),
		"preferCount":  prefer("Preference", "count=none", "count=exact", "count=planned", "count=estimated"),
		"preferPost": prefer("Preference", "return=representation", "return=minimal", "return=none",
			"resolution=ignore-duplicates", "resolution=merge-duplicates"),
		"select":      query2("select", "Filtering Columns"),
		"on_conflict": query2("on_conflict", "On Conflict"),
		"order":       query2("order", "Ordering"),
		"offset":      query2("offset", "Limiting and Pagination"),
		"limit":       query2("limit", "Limiting and Pagination"),
		"range":       header2("Range", "Limiting and Pagination"),
		"rangeUnit":   unit,
	}
}
