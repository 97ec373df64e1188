// The chat while it moves to another database: the same clients, signed in once, go on.
// It says "before" on a line of its own, waits for a line, and ends with its steps.
import readline from 'node:readline'
import { assert, client, fails, finish, inbox, ok, same, step } from './lib.mjs'

const people = {}
async function join(name) {
  const db = client()
  const { user } = ok(await db.auth.signUp({ email: `${name.toLowerCase()}@example.com`, password: 'correct horse', options: { data: { name } } }))
  people[name] = { db, id: user.id }
}
const got = inbox()
const joins = inbox()
let room
let before, eve

async function everything(db) {
  return ok(await db.from('rooms').select('id, name, created_at, owner:profiles!rooms_owner_fkey(name), members(role, last_read_at, who:profiles(name)), messages(id, body, created_at)')
    .order('id').order('id', { referencedTable: 'messages' }).order('role', { referencedTable: 'members' }))
}

await step('two people talk', async () => {
  await join('Ann')
  await join('Bob')
  await join('Eve')
  room = ok(await people.Ann.db.from('rooms').insert({ name: 'Kitchen', is_open: false }).select('id').single()).id
  ok(await people.Ann.db.from('members').insert({ room_id: room, user_id: people.Bob.id }))
  ok(await people.Ann.db.from('messages').insert([{ room_id: room, body: 'one' }, { room_id: room, body: 'zwei – ü' }]))
  ok(await people.Bob.db.from('messages').insert({ room_id: room, body: 'three' }))
  before = await everything(people.Bob.db)
  eve = await everything(people.Eve.db)
  same(before.find((r) => r.id === room).messages.length, 3)
})

await step('Bob listens', async () => {
  people.Bob.db.channel('messages')
    .on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'messages' }, got.put)
    .on('system', {}, (m) => m.extension === 'postgres_changes' && m.status === 'ok' && joins.put(joins.all.length + 1))
    .subscribe()
  await joins.until('first join', (n) => n === 1)
})

process.stdout.write('before\n')
await new Promise((resolve) => readline.createInterface({ input: process.stdin }).once('line', resolve))

await step('everything is as it was, for the same sessions', async () => {
  same(await everything(people.Bob.db), before)
  same(await everything(people.Eve.db), eve)
})

await step('Bob is joined again, and hears Ann', async () => {
  await joins.until('second join', (n) => n === 2)
  ok(await people.Ann.db.from('messages').insert({ room_id: room, body: 'moved' }))
  same((await got.until('insert', (e) => e.new.body === 'moved')).new.author_id, people.Ann.id)
})

await step('rules and numbers go on', async () => {
  fails(await people.Eve.db.from('messages').insert({ room_id: room, body: 'let me in' }), '42501')
  const next = ok(await people.Bob.db.from('rooms').insert({ name: 'Garden' }).select('id').single()).id
  assert.ok(next > room, `${next} follows ${room}`)
})

await step('sessions are renewed, passwords hold', async () => {
  ok(await people.Ann.db.auth.refreshSession())
  ok(await client().auth.signInWithPassword({ email: 'bob@example.com', password: 'correct horse' }))
})

await finish()
