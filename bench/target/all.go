package target

import "context"

// All are the servers that can be compared, Plinth on SQLite first: the others'
// figures are given as ratios to it.
func All() []*Target {
	const pg = "Postgres' default: fsync at each commit"
	return []*Target{
		{Name: "plinth-sqlite", Durability: "synchronous=FULL", Note: "group commit", start: plinth(false, "")},
		{Name: "plinth-sqlite-normal", Durability: "synchronous=NORMAL", start: plinth(false, `synchronous = "normal"`)},
		{Name: "fastify-sqlite", Durability: "synchronous=FULL", Note: "Fastify, better-sqlite3; routes and queries by hand", start: node("fastify", "sqlite", "SQLITE_SYNC=FULL")},
		{Name: "fastify-sqlite-normal", Durability: "synchronous=NORMAL", Note: "the same", start: node("fastify", "sqlite", "SQLITE_SYNC=NORMAL")},
		{Name: "pocketbase", Durability: "synchronous=NORMAL, its only mode", Note: "0.39, its own settings, request log included", start: pocketbase},
		{Name: "plinth-pg", Durability: pg, Note: "wal_level=logical, from which realtime reads", start: plinth(true, "")},
		{Name: "fastify-pg", Durability: pg, Note: "Fastify, node-postgres; routes and queries by hand", start: node("fastify", "pg")},
		{Name: "express-pg", Durability: pg, Note: "Express, the same queries", start: node("express", "pg")},
		{Name: "rls-pg", Durability: pg, Note: "a transaction, set_config, json_agg and native RLS for each request, as PostgREST does it; on Fastify", start: node("fastify", "rls")},
		{Name: "parse-pg", Durability: pg, Note: "Parse Server 8, a role for each room, ACLs, cloud code before a save", start: parseServer},
	}
}

// Earlier are an earlier build of Plinth on both engines, for pairs in one run.
func Earlier() []*Target {
	return []*Target{
		{Name: "before-sqlite", Durability: "synchronous=FULL", Note: "the earlier build", start: earlier(plinth(false, ""))},
		{Name: "before-pg", Durability: "the same", Note: "the earlier build", start: earlier(plinth(true, ""))},
	}
}

func earlier(start func(context.Context, Home) (*Running, error)) func(context.Context, Home) (*Running, error) {
	return func(ctx context.Context, h Home) (*Running, error) {
		h.Binary = h.Before
		return start(ctx, h)
	}
}
