// A client that listens while the server goes and comes again: it says "listening" on a
// line of its own, and ends once it has, once and in order, what was written while it was
// away and after it was back. It has a session, by which the new server knows it.
import { assert, client, env, finish, inbox, ok, same, step, within } from './lib.mjs'

const phone = () => client(env.key, { realtime: { params: { session: crypto.randomUUID() } } })
const db = phone()
const got = inbox()
const joins = inbox()
const told = []

function listen(db, rows, words) {
  db.channel('entries')
    .on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'entries' }, rows.put)
    .on('system', {}, (message) => {
      if (message.extension === 'resume') words.told.push(message.message)
      if (message.extension === 'postgres_changes' && message.status === 'ok') words.joins.put(words.joins.all.length + 1)
    })
    .subscribe()
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20))

await step('listen', async () => {
  ok(await db.auth.signUp({ email: 'ann@example.com', password: 'correct horse' }))
  listen(db, got, { joins, told })
  await joins.until('first join', (n) => n === 1)
  for (;;) { // until the session would be found
    const answer = await fetch(`${env.url}/realtime/v1/api/stats`, { headers: { apikey: env.secret } })
    const stats = await answer.json()
    if (stats.sessions === 1 && stats.unwritten === 0) break
    await pause()
  }
  process.stdout.write('listening\n')
})

await step('the server is back before the client', async () => {
  for (let up = true; up; await pause()) up = await fetch(`${env.url}/readyz`).then(() => true, () => false)
  for (let up = false; !up; await pause()) up = (await db.from('entries').insert({ batch: 6, half: 1 })).error === null
})

await step('join again', () => joins.until('second join', (n) => n === 2))

await step('the session is still good, the changes arrive', async () => {
  ok(await db.from('entries').insert({ batch: 7, half: 1 }))
  same((await got.until('insert', (e) => e.new.batch === 7)).new.half, 1)
  same(got.all.map((e) => e.new.batch), [6, 7])
  assert.equal(told.length, 1)
  assert.match(told[0], /^Resumed, [01] messages were missed$/)
  ok(await within(db.auth.refreshSession(), 'refresh'))
})

await step('who is new is told nothing of the past', async () => {
  const words = { joins: inbox(), told: [] }
  const rows = inbox()
  const fresh = phone()
  ok(await fresh.auth.signInWithPassword({ email: 'ann@example.com', password: 'correct horse' }))
  listen(fresh, rows, words)
  await words.joins.until('join', (n) => n === 1)
  ok(await db.from('entries').insert({ batch: 8, half: 1 }))
  await rows.until('insert', (e) => e.new.batch === 8)
  same(words.told, [])
  same(rows.all.length, 1)
})

await finish()
