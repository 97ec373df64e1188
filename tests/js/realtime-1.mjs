// The official realtime client of the major before this one: its topics say what it wants.
import { RealtimeClient } from 'realtime-js-1'
import WebSocket from 'ws'
import { assert, client, env, finish, inbox, ok, same, step } from './lib.mjs'

const db = client()
const { user, session } = ok(await db.auth.signUp({ email: 'old@example.com', password: 'correct horse', options: { data: { name: 'Old' } } }))
const socket = new RealtimeClient(`${env.url}/realtime/v1`, { transport: WebSocket, params: { apikey: env.key } })
socket.connect()
socket.setAuth(session.access_token)

function listen(topic) {
  const got = inbox()
  const channel = socket.channel(topic, { user_token: session.access_token }) // as supabase-js 1 does
  for (const kind of ['INSERT', 'UPDATE', 'DELETE']) channel.on(kind, got.put)
  return new Promise((done, failed) => channel.subscribe().receive('ok', () => done(got)).receive('error', failed))
}

const [table, filtered, other] = await step('it joins', () =>
  Promise.all([listen('realtime:public:messages'), listen('realtime:public:messages:room_id=eq.1'), listen('realtime:public:messages:room_id=eq.99')]))

const message = await step('an insert arrives', async () => {
  ok(await db.from('members').insert({ room_id: 1 }))
  const row = ok(await db.from('messages').insert({ room_id: 1, body: 'hello' }).select().single())
  for (const box of [table, filtered]) {
    const event = await box.until('the insert', (e) => e.type === 'INSERT' && e.record.body === 'hello')
    same([event.schema, event.table, event.errors, event.record.id], ['public', 'messages', null, row.id])
    assert.ok(event.columns.length > 3)
  }
  return row
})

await step('an update and a delete arrive', async () => {
  const admin = client(env.secret)
  ok(await admin.from('messages').update({ body: 'bye' }).eq('id', message.id))
  ok(await admin.from('messages').delete().eq('id', message.id))
  const updated = await table.until('the update', (e) => e.type === 'UPDATE')
  same([updated.record.body, updated.old_record.id], ['bye', message.id])
  same((await table.until('the delete', (e) => e.type === 'DELETE')).old_record.id, message.id)
})

await step('another filter got nothing', () => same(other.all, []))
socket.disconnect()
assert.ok(user.id)
finish()
