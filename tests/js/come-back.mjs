// A client that listens while the server goes and comes again: it says "listening"
// on a line of its own, and ends once a change arrived through its second join.
import { client, finish, inbox, ok, same, step, within } from './lib.mjs'

const db = client()
const got = inbox()
const joins = inbox()

await step('listen', async () => {
  ok(await db.auth.signUp({ email: 'ann@example.com', password: 'correct horse' }))
  db.channel('entries')
    .on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'entries' }, got.put)
    .on('system', {}, (message) => message.extension === 'postgres_changes' && message.status === 'ok' && joins.put(joins.all.length + 1))
    .subscribe()
  await joins.until('first join', (n) => n === 1)
  process.stdout.write('listening\n')
})

await step('join again', () => joins.until('second join', (n) => n === 2))

await step('the session is still good, the change arrives', async () => {
  ok(await db.from('entries').insert({ batch: 7, half: 1 }))
  same((await got.until('insert', (e) => e.new.batch === 7)).new.half, 1)
  ok(await within(db.auth.refreshSession(), 'refresh'))
})

await finish()
