package builtin

import "slices"

// Missing are functions of Postgres and its extensions that the engine does not have,
// with a way out. Those of an extension's schema are written with it.
type Missing struct {
	Names  []string
	WayOut string
}

// AbsentFuncs lists the functions that are refused wherever a migration calls them,
// the bodies of PL/pgSQL functions included.
func AbsentFuncs() []Missing {
	return []Missing{
		{[]string{"jsonb_path_exists", "jsonb_path_match", "jsonb_path_query", "jsonb_path_query_array", "jsonb_path_query_first",
			"jsonb_path_exists_tz", "jsonb_path_match_tz", "jsonb_path_query_tz"},
			"Use -> and @>, or jsonb_array_elements with a condition."},
		{[]string{"ts_headline"}, "Mark the words in the client."},
		{[]string{"ts_rank_cd"}, "Use ts_rank."},
		{[]string{"ts_debug", "ts_lexize", "ts_parse", "ts_rewrite", "ts_stat"}, "Leave it to Postgres."},
		{[]string{"xmlagg", "xmlcomment", "xmlconcat", "xmlelement", "xmlforest", "xmlparse", "xmlserialize", "xmltable", "xpath", "xpath_exists"},
			"Keep XML as text and read it outside the database."},
		{[]string{"dblink", "dblink_exec", "pg_read_file", "pg_ls_dir", "lo_import", "lo_export", "pg_terminate_backend", "pg_cancel_backend"},
			"A function reaches nothing outside its database here."},
		{[]string{"cron.schedule", "cron.unschedule", "cron.schedule_in_database"}, "Call the function over the API by a timer, with the secret key."},
		{[]string{"net.http_get", "net.http_post", "net.http_delete", "http_get", "http_post", "supabase_functions.http_request"},
			"A function calls nobody here; let a client of realtime's changes do it."},
		{[]string{"vault.create_secret", "vault.update_secret", "pgsodium.crypto_aead_det_encrypt", "pgmq.send", "pgmq.read"},
			"The extension is on Postgres only."},
		{[]string{"st_makepoint", "st_point", "st_distance", "st_dwithin", "st_setsrid", "st_geogfromtext", "st_asgeojson", "st_isvalid", "st_x", "st_y"},
			"Keep numeric columns and compute distances by their formula; PostGIS needs Postgres."},
	}
}

// Absent returns the way out where a function, named with the schema of its extension
// or without, is one that is missing.
func Absent(name string) (wayOut string, ok bool) {
	for _, m := range AbsentFuncs() {
		if slices.Contains(m.Names, name) {
			return m.WayOut, true
		}
	}
	return "", false
}
