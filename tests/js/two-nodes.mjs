// Official clients at two nodes of one cluster. Between the parts it says "go" on a line
// of its own; whoever runs it then kills a node, and answers with a line.
import { createInterface } from 'node:readline'
import WebSocket from 'ws'
import { assert, client, env, finish, inbox, ok, same, step, subscribed, within } from './lib.mjs'
import { createClient } from '@supabase/supabase-js'

const other = process.env.PLINTH_OTHER
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const options = { auth: { persistSession: false, autoRefreshToken: false }, realtime: { transport: WebSocket } }

// Roaming is a socket that goes to the other node from its second connection on.
let connections = 0
class Roaming extends WebSocket {
  constructor(url, ...rest) {
    super(connections++ === 0 ? url : url.replace(env.url.replace(/^http/, 'ws'), other.replace(/^http/, 'ws')), ...rest)
  }
}

const a = client(env.key, { realtime: { transport: Roaming, params: { session: crypto.randomUUID() } } })
const b = createClient(other, env.key, options)
const admin = createClient(other, env.secret, options)

await step('who signs in at one node is known at the other', async () => {
  const { session } = ok(await a.auth.signUp({ email: 'ann@example.com', password: 'correct horse' }))
  ok(await b.auth.signInWithPassword({ email: 'ann@example.com', password: 'correct horse' }))
  same(ok(await b.auth.getUser(session.access_token)).user.email, 'ann@example.com')
  ok(await b.auth.refreshSession({ refresh_token: session.refresh_token }))
})

const heard = { a: inbox(), b: inbox() }
const channels = {}
await step('both are in one room', async () => {
  for (const [name, db] of [['a', a], ['b', b]]) {
    const channel = db.channel('room', { config: { presence: { key: name }, broadcast: { self: false } } })
    channel
      .on('broadcast', { event: 'hello' }, ({ payload }) => heard[name].put({ hello: payload.from }))
      .on('presence', { event: 'sync' }, () => heard[name].put({ present: Object.keys(channel.presenceState()).sort().join() }))
      .on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'entries' }, ({ new: row }) => heard[name].put({ batch: row.batch }))
      .on('system', {}, (m) => heard[name].put({ system: m.message }))
    channels[name] = await subscribed(channel)
    await heard[name].until('word of the feed', (m) => m.system === 'Subscribed to PostgreSQL')
  }
})

await step('broadcasts go both ways, and from HTTP', async () => {
  same(await channels.a.send({ type: 'broadcast', event: 'hello', payload: { from: 'a' } }), 'ok')
  await heard.b.until('hello of a', (m) => m.hello === 'a')
  same(await channels.b.send({ type: 'broadcast', event: 'hello', payload: { from: 'b' } }), 'ok')
  await heard.a.until('hello of b', (m) => m.hello === 'b')
  const res = await fetch(`${other}/realtime/v1/api/broadcast`, {
    method: 'POST', headers: { apikey: env.key, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ topic: 'room', event: 'hello', payload: { from: 'http' } }] }),
  })
  same(res.status, 202)
  await heard.a.until('hello by HTTP', (m) => m.hello === 'http')
  await heard.b.until('hello by HTTP', (m) => m.hello === 'http')
})

await step('both see who is present', async () => {
  await channels.a.track({ n: 1 })
  await channels.b.track({ n: 2 })
  await heard.a.until('both', (m) => m.present === 'a,b')
  await heard.b.until('both', (m) => m.present === 'a,b')
})

let batch = 0
async function write(db, n) {
  for (let i = 0; i < n; i++) ok(await db.from('entries').insert({ batch: ++batch, half: 1 }))
}
const batches = (box) => box.all.filter((m) => m.batch).map((m) => m.batch)
const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1)

await step('rows written at one node are told at both, in order', async () => {
  await write(a, 5)
  await write(b, 5)
  for (const box of [heard.a, heard.b]) {
    await box.until('the last', (m) => m.batch === 10)
    same(batches(box), upTo(10))
  }
})

process.stdout.write('go\n')
await within(lines.next(), 'the end of a node') // a's node, which led the feed, was killed
const killed = Date.now()
heard.b.all.length = 0

await step('who was present at a node that died is gone', async () => {
  await heard.b.until('b alone', (m) => m.present === 'b')
})

let took
await step('another node leads, and nothing is lost', async () => {
  await write(b, 5)
  await heard.b.until('the last', (m) => m.batch === 15)
  took = Date.now() - killed
  same(batches(heard.b), upTo(15).slice(10))
})

await step('its client is at the other node', async () => {
  heard.b.all.length = 0
  await heard.a.until('word of the other node', (m) => heard.a.all.filter((x) => x.system === 'Subscribed to PostgreSQL').length > 1)
  await channels.a.track({ n: 3 })
  await heard.b.until('a again', (m) => m.present === 'a,b')
  await write(b, 2)
  await heard.a.until('a new row', (m) => m.batch === batch)
  await channels.b.send({ type: 'broadcast', event: 'hello', payload: { from: 'b again' } })
  await heard.a.until('hello of b again', (m) => m.hello === 'b again')
  const got = batches(heard.a)
  assert.ok(heard.a.all.some((m) => /missed/.test(m.system)) || got.length === 17, `told ${got}`)
})
finish({ took })
