"""Row changes, broadcast and presence through the official Python client, whose models
refuse a message that lacks a field. Whatever it logs as an error fails the run."""
import asyncio
import json
import logging
import os
import urllib.request

from realtime import AsyncRealtimeClient
from realtime.message import ServerMessageAdapter

URL, KEY, SECRET = os.environ["PLINTH_URL"], os.environ["PLINTH_KEY"], os.environ["PLINTH_SECRET"]
faults, steps = [], []


class Faults(logging.Handler):
    def emit(self, record):
        if "join push error for channel realtime:secret" not in record.getMessage():  # which is refused on purpose
            faults.append(record.getMessage())


logging.getLogger().addHandler(Faults(logging.WARNING))


def call(path, body, key=KEY, token=None, method="POST"):
    head = {"apikey": key, "content-type": "application/json", "authorization": "Bearer " + (token or key), "prefer": "return=representation"}
    request = urllib.request.Request(URL + path, json.dumps(body).encode() if body is not None else None, head, method=method)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return json.loads(text) if text else None


async def until(what, ready):
    try:
        async with asyncio.timeout(20):
            while not ready():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise SystemExit(f"{what} did not come; faults: {faults}")
    steps.append(what)


def transcript():
    """Every message that the server says in the transcript of version 1.0.0, and phx_error."""
    kinds = set()
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../internal/realtime/testdata/socket-v1.txt")
    lines = [line[2:] for line in open(path, encoding="utf-8") if line.startswith("< ")]
    for line in lines + ['{"event":"phx_error","payload":{},"ref":"1","topic":"realtime:room","join_ref":"1"}']:
        kinds.add(ServerMessageAdapter.validate_json(line).event.value)
    want = {"phx_reply", "phx_close", "phx_error", "system", "broadcast", "presence_state", "presence_diff", "postgres_changes"}
    assert kinds == want, kinds ^ want
    steps.append("the transcript")


async def main():
    transcript()
    who = call("/auth/v1/signup", {"email": "py@example.com", "password": "correct horse", "data": {"name": "Py"}})
    call("/rest/v1/members", {"room_id": 1, "user_id": who["user"]["id"]}, SECRET)
    client = AsyncRealtimeClient(URL + "/realtime/v1", KEY)
    await client.connect()
    await client.set_auth(who["access_token"])
    changes, casts, system, joins, states = [], [], [], [], []
    channel = client.channel("room", {"config": {"broadcast": {"self": True, "ack": True}, "presence": {"key": "py", "enabled": True}, "private": False}})
    channel.on_postgres_changes("*", changes.append, table="messages", schema="public")
    channel.on_broadcast("shout", casts.append)
    channel.on_system(system.append)
    channel.on_presence_join(lambda key, *_: joins.append(key))
    await channel.subscribe(lambda state, _: states.append(str(state)))
    await until("a subscription", lambda: any("SUBSCRIBED" in s.upper() for s in states))
    await until("word of the feed", lambda: any("Subscribed to PostgreSQL" in str(s) for s in system))

    row = call("/rest/v1/messages", {"room_id": 1, "body": "one", "author_id": who["user"]["id"]}, SECRET)[0]
    call(f"/rest/v1/messages?id=eq.{row['id']}", {"body": "two"}, SECRET, method="PATCH")
    call(f"/rest/v1/messages?id=eq.{row['id']}", None, SECRET, method="DELETE")
    await until("an insert, an update and a delete", lambda: len(changes) == 3)
    kinds = [c["data"]["type"] for c in changes]
    assert [str(getattr(k, "value", k)) for k in kinds] == ["INSERT", "UPDATE", "DELETE"], kinds
    assert changes[0]["data"]["record"]["body"] == "one" and changes[1]["data"]["record"]["body"] == "two", changes

    await channel.send_broadcast("shout", {"text": "hi"})
    await until("its own broadcast", lambda: len(casts) == 1)
    assert casts[0]["payload"] == {"text": "hi"}, casts
    call("/realtime/v1/api/broadcast", {"messages": [{"topic": "room", "event": "shout", "payload": {"text": "http"}}]}, SECRET)
    await until("a broadcast by HTTP", lambda: len(casts) == 2)
    call("/rest/v1/rpc/shout", {}, SECRET)
    await until("a broadcast from SQL", lambda: len(casts) == 3)
    fresh = call("/auth/v1/token?grant_type=refresh_token", {"refresh_token": who["refresh_token"]})
    await client.set_auth(fresh["access_token"])
    call("/rest/v1/messages", {"room_id": 1, "body": "three", "author_id": who["user"]["id"]}, SECRET)
    await until("a change with a new token", lambda: len(changes) == 4)
    refused = []
    secret = client.channel("secret", {"config": {"broadcast": {"self": False, "ack": False}, "presence": {"key": "", "enabled": False}, "private": True}})
    await secret.subscribe(lambda state, why: refused.append(f"{state} {why}"))
    await until("a refusal", lambda: any("CHANNEL_ERROR" in r and "Unauthorized" in r for r in refused))
    await secret.unsubscribe()
    await channel.track({"name": "Py"})
    await until("its own presence", lambda: "py" in channel.presence_state() and "py" in joins)
    await channel.untrack()
    await until("its going", lambda: "py" not in channel.presence_state())
    await channel.unsubscribe()
    await client.close()
    assert not faults, faults


asyncio.run(main())
print(json.dumps({"steps": steps, "faults": faults}))
