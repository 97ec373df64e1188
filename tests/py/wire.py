"""Every call that the official Python client makes of the data API, as tests/js/wire.mjs
does with the JavaScript one. It runs on rows of its own."""
import json
import os

from postgrest import APIError, SyncPostgrestClient
from postgrest.types import CountMethod

POSTGRES = os.environ["PLINTH_ENGINE"] == "postgres"
KEY = os.environ["PLINTH_KEY"]
db = SyncPostgrestClient(os.environ["PLINTH_URL"] + "/rest/v1", headers={"apikey": KEY, "Authorization": "Bearer " + KEY})
steps = []


def step(name):
    steps.append(name)


def same(have, want):
    assert have == want, f"{steps[-1]}: {have!r}, want {want!r}"


def fails(call, code):
    try:
        got = call.execute()
    except APIError as err:
        same(err.code, code)
        assert err.message
        return err
    raise AssertionError(f"{steps[-1]}: no error but {got!r}, want {code}")


def things(*columns, **options):
    return db.from_("things").select(*(columns or ("id",)), **options).gt("id", 1000).order("id")


def ids(call):
    return [row["id"] for row in call.execute().data]


step("insert: one, many, quoted columns and missing=default")
same(db.from_("teams").upsert({"id": 1000, "name": "py", "city": "Pisa"}).execute().data[0]["name"], "py")
rows = [
    {"id": 1001, "team_id": 1000, "name": "Apple", "amount": "1.00", "tags": ["a", "b"], "data": {"k": 1}, "note": "the fat cat sat", "Full Name": "Ann"},
    {"id": 1002, "team_id": 1000, "name": "banana", "amount": "2.50", "tags": ["b"], "data": {"k": 2}},
    {"id": 1003, "name": "cherry", "note": "a dog, (barking)"},
]
made = db.from_("things").insert(rows, default_to_null=False).execute().data
same([r["Full Name"] for r in made], ["Ann", "Jane Doe", "Jane Doe"])
same([r["amount"] for r in made], [1.0, 2.5, 1.5])
same(db.from_("things").insert({"id": 1004, "name": "gone"}, returning="minimal", count=CountMethod.exact).execute().count, 1)
fails(db.from_("things").insert({"id": 1001, "name": "again"}), "23505")

step("select: columns, aliases, json paths, embeds, counts, head")
same(things("id", "title:name", "k:data->k", "teams(city)").limit(1).execute().data, [{"id": 1001, "title": "Apple", "k": 1, "teams": {"city": "Pisa"}}])
for mode in CountMethod:
    assert things(count=mode).execute().count >= (4 if mode == CountMethod.exact else 0)
same(things(count=CountMethod.exact, head=True).execute().count, 4)

step("update, upsert and delete")
same(db.from_("things").update({"note": "x"}).eq("id", 1004).execute().data[0]["note"], "x")
same(db.from_("things").upsert({"team_id": 1000, "name": "banana", "note": "up"}, on_conflict="team_id,name").execute().data[0]["id"], 1002)
same(db.from_("teams").upsert([{"id": 1000, "name": "z"}], ignore_duplicates=True).execute().data, [])
same(db.from_("things").delete(count=CountMethod.exact).eq("id", 1004).execute().count, 1)
fails(db.from_("things").update({"note": "all"}).gt("id", 1000).max_affected(2), "PGRST124")
fails(db.from_("things").delete(), "21000")

step("filters")
same(ids(things().eq("name", "Apple")), [1001])
same(ids(things().neq("name", "Apple").lte("amount", 2.5).gte("amount", 1.5).lt("id", 1003)), [1002])
same([ids(things().is_("team_id", "null")), ids(things().not_.is_("team_id", "null"))], [[1003], [1001, 1002]])
same([ids(things().like("name", "%an%")), ids(things().ilike("name", "a%"))], [[1002], [1001]])
same([ids(things().like_all_of("name", "%a%,b%")), ids(things().like_any_of("name", "A%,c%")), ids(things().ilike_any_of("name", "a%,B%")), ids(things().ilike_all_of("name", "%A%,b%"))], [[1002], [1001, 1003], [1001, 1002], [1002]])
same(ids(things().in_("name", ["Apple", "x,y", "cherry"])), [1001, 1003])
same([ids(things().contains("tags", ["b"])), ids(things().contained_by("tags", ["b"])), ids(things().overlaps("tags", ["a", "z"])), ids(things().contains("data", {"k": 2}))], [[1001, 1002], [1002, 1003], [1001], [1002]])
same([ids(things().fts("note", "fat & cat")), ids(things().plfts("note", "dog")), ids(things().phfts("note", "fat cat")), ids(things().wfts("note", "dog -cat"))], [[1001], [1003], [1001], [1003]])
same(ids(things().text_search("note", "barking", {"type": "web_search", "config": "english"})), [1003])
same(ids(things().or_("name.eq.Apple,and(amount.eq.1.5,note.not.is.null)")), [1001, 1003])
same(ids(things().match({"team_id": 1000, "name": "banana"})), [1002])
same(db.from_("teams").select("things(id)").eq("id", 1000).or_("name.eq.Apple", reference_table="things").execute().data, [{"things": [{"id": 1001}]}])
if POSTGRES:
    free = lambda: db.from_("bookings").select("id").order("id")
    same([ids(free().range_gt("during", (1, 5))), ids(free().range_gte("during", (5, 9))), ids(free().range_lt("during", (5, 9)))], [[2, 3], [3], [1]])
    same([ids(free().range_lte("during", (5, 9))), ids(free().range_adjacent("during", (8, 20))), ids(free().ov("during", "[4,6)"))], [[1, 2], [2, 3], [1, 2]])

step("order, limit, range")
same(ids(db.from_("things").select("id").gt("id", 1000).order("note", desc=True, nullsfirst=False).limit(1)), [1002])
page = things(count=CountMethod.exact).range(1, 1).execute()
same([[r["id"] for r in page.data], page.count], [[1002], 3])
same(db.from_("teams").select("things(id)").eq("id", 1000).order("id", desc=True, foreign_table="things").limit(1, foreign_table="things").execute().data, [{"things": [{"id": 1002}]}])

step("single, maybe_single, csv, strip_nulls, explain")
same(things().eq("id", 1001).single().execute().data, {"id": 1001})
same(fails(things().single(), "PGRST116").details, "The result contains 3 rows")
same([things().eq("id", 9999).maybe_single().execute(), things().eq("id", 1001).maybe_single().execute().data], [None, {"id": 1001}])
same(things("id", "name").csv().execute().data, "id,name\n1001,Apple\n1002,banana\n1003,cherry")
same(things("id", "team_id").strip_nulls().execute().data[2], {"id": 1003})
plan = things().explain().execute()
assert ("Scan" if POSTGRES else "S") in plan, plan
assert things().explain(format="json").execute().data

step("rpc: POST, GET with arrays and objects, HEAD, filters")
same(db.rpc("add_all", {"numbers": [1, 2, 3]}).execute().data, 6)
same(db.rpc("add_all", {"numbers": [1, 2, 3]}, get=True).execute().data, 6)
same(db.rpc("pick", {"data": {"k": "v"}}, get=True).execute().data, "v")
same(db.rpc("of_team", {"team": 1000}, count=CountMethod.exact, head=True).execute().count, 2)
same(db.rpc("of_team", {"team": 1000}).select("id").gt("amount", 2).execute().data, [{"id": 1002}])
fails(db.rpc("raise_it", {}), "PT418")

step("schemas and errors")
annex = db.schema("annex")
same(annex.from_("rooms").select("name").eq("id", 1).execute().data, [{"name": "cellar"}])
same(annex.rpc("hello", {}).execute().data, "from the annex")
fails(db.schema("auth").from_("users").select("*"), "PGRST106")
fails(db.from_("nope").select("*"), "PGRST205")
fails(things().eq("amount", "x"), "22P02")
db.from_("things").delete().gt("id", 1000).execute()
db.from_("teams").delete().eq("id", 1000).execute()

print(json.dumps({"steps": steps}))
