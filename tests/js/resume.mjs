// A phone whose connection is cut: with a session it gets what it missed.
import WebSocket from 'ws'
import { client, env, finish, inbox, ok, same, step, subscribed } from './lib.mjs'

const cables = []
class Cable extends WebSocket {
  constructor(...args) {
    super(...args)
    cables.push(this)
  }
}

const phone = client(env.key, { realtime: { transport: Cable, params: { session: crypto.randomUUID() } } })
ok(await phone.auth.signUp({ email: 'phone@example.com', password: 'correct horse', options: { data: { name: 'Phone' } } }))
ok(await phone.from('members').insert({ room_id: 1 }))
const admin = client(env.secret)

const got = inbox()
await step('it listens', async () => {
  const channel = phone.channel('room')
    .on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'messages' }, ({ new: row }) => got.put(row.body))
    .on('broadcast', { event: 'cry' }, ({ payload }) => got.put(payload))
    .on('system', {}, (message) => got.put(message))
  await subscribed(channel)
  await got.until('word of the feed', (m) => m.message === 'Subscribed to PostgreSQL')
})

const sent = []
const { data: { user } } = await phone.auth.getUser()
async function write(n) {
  for (let i = 0; i < n; i++) {
    sent.push(`message ${sent.length}`)
    ok(await admin.from('messages').insert({ room_id: 1, author_id: user.id, body: sent.at(-1) }))
  }
}

const street = admin.channel('room')
let cries = 0
async function cry(n) {
  for (let i = 0; i < n; i++) {
    same(await street.send({ type: 'broadcast', event: 'cry', payload: { cry: ++cries } }), 'ok')
  }
}

for (const round of [1, 2, 3]) {
  await step(`cut ${round}: what was missed arrives, rows and broadcasts, once and in order`, async () => {
    await write(3)
    await cry(2)
    await got.until('the broadcast before the cut', (m) => m.cry === cries)
    await got.until('the message before the cut', (m) => m === sent.at(-1))
    cables.at(-1).terminate()
    await write(5)
    await cry(4)
    await got.until('the last one missed', (m) => m === sent.at(-1))
    await got.until('the last broadcast missed', (m) => m.cry === cries)
    await write(1)
    await got.until('a new one', (m) => m === sent.at(-1))
    same(got.all.filter((m) => typeof m === 'string'), sent)
    same(got.all.filter((m) => m.cry).map((m) => m.cry), Array.from({ length: cries }, (_, i) => i + 1))
    same(got.all.filter((m) => m.extension === 'resume').length, round)
  })
}
finish()
