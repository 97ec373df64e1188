// The chat's data through the official client: reads, writes, embeds, functions,
// and every failure with its code.
import { assert, client, env, fails, finish, ok, same, step } from './lib.mjs'

async function person(name) {
  const db = client()
  const { user } = ok(await db.auth.signUp({ email: `${name.toLowerCase()}@example.com`, password: 'correct horse', options: { data: { name } } }))
  return { db, id: user.id }
}

const ann = await step('sign-up of Ann', () => person('Ann'))
const bob = await step('sign-up of Bob', () => person('Bob'))
const eve = await step('sign-up of Eve', () => person('Eve'))
const COLUMNS = 'body, author:profiles(name)'

const room = await step('insert of a room returns it', async () => {
  const row = ok(await ann.db.from('rooms').insert({ name: 'Kitchen', is_open: false }).select().single())
  assert.equal(typeof row.id, 'number')
  same([row.name, row.owner, row.is_open], ['Kitchen', ann.id, false])
  assert.match(row.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/)
  return row.id
})

await step('the trigger made the owner a member', async () => {
  same(ok(await ann.db.from('members').select('user_id, role').eq('room_id', room)), [{ user_id: ann.id, role: 'owner' }])
})

await step('the owner adds a member', async () => {
  const answer = await ann.db.from('members').insert({ room_id: room, user_id: bob.id, role: 'guest' })
  ok(answer)
  same(answer.status, 201)
})

await step('insert of many returns them with their author', async () => {
  const rows = ok(await ann.db.from('messages').insert([{ room_id: room, body: 'one' }, { room_id: room, body: 'two' }]).select(COLUMNS))
  same(rows, [{ body: 'one', author: { name: 'Ann' } }, { body: 'two', author: { name: 'Ann' } }])
  ok(await bob.db.from('messages').insert({ room_id: room, body: 'three, really' }))
})

await step('nested select, two levels down', async () => {
  const rows = ok(await bob.db.from('rooms').select('name, owner:profiles!rooms_owner_fkey(name), messages(body, author:profiles(name)), members(role, who:profiles(name))')
    .eq('id', room).order('body', { referencedTable: 'messages' }).order('role', { referencedTable: 'members' }))
  same(rows, [{
    name: 'Kitchen', owner: { name: 'Ann' },
    messages: [{ body: 'one', author: { name: 'Ann' } }, { body: 'three, really', author: { name: 'Bob' } }, { body: 'two', author: { name: 'Ann' } }],
    members: [{ role: 'guest', who: { name: 'Bob' } }, { role: 'owner', who: { name: 'Ann' } }],
  }])
})

await step('an embed that could mean two things', async () => {
  fails(await ann.db.from('rooms').select('name, profiles(name)'), 'PGRST201', { status: 300 })
})

await step('an inner embed filters its parents', async () => {
  same(ok(await ann.db.from('rooms').select('name, messages!inner(body)').eq('messages.body', 'two')), [{ name: 'Kitchen', messages: [{ body: 'two' }] }])
  same(ok(await ann.db.from('rooms').select('name, messages!inner(body)').eq('messages.body', 'nine')), [])
})

await step('an embed counts', async () => {
  same(ok(await ann.db.from('rooms').select('name, messages(count)').eq('id', room)), [{ name: 'Kitchen', messages: [{ count: 3 }] }])
})

await step('an embed has its own order and limit', async () => {
  const rows = ok(await ann.db.from('rooms').select('messages(body)').eq('id', room).order('body', { referencedTable: 'messages', ascending: false }).limit(1, { referencedTable: 'messages' }))
  same(rows, [{ messages: [{ body: 'two' }] }])
})

await step('filters', async () => {
  const bodies = async (q) => ok(await q(ann.db.from('messages').select('body').eq('room_id', room)).order('body')).map((r) => r.body)
  same(await bodies((q) => q.neq('body', 'one')), ['three, really', 'two'])
  same(await bodies((q) => q.in('body', ['one', 'three, really'])), ['one', 'three, really'])
  same(await bodies((q) => q.like('body', 't%')), ['three, really', 'two'])
  same(await bodies((q) => q.ilike('body', 'T_O')), ['two'])
  same(await bodies((q) => q.or('body.eq.one,and(body.gt.t,body.lt.tr)')), ['one', 'three, really'])
  same(await bodies((q) => q.not('body', 'in', '(one,two)')), ['three, really'])
  same(await bodies((q) => q.is('author_id', null)), [])
  same(await bodies((q) => q.gte('created_at', '2020-01-01').lte('created_at', '2999-12-31T23:59:59Z')), ['one', 'three, really', 'two'])
  same(await bodies((q) => q.match({ author_id: bob.id })), ['three, really'])
})

await step('range with an exact count', async () => {
  const answer = await ann.db.from('messages').select('body', { count: 'exact' }).eq('room_id', room).order('body').range(1, 1)
  same([ok(answer), answer.count, answer.status], [[{ body: 'three, really' }], 3, 206])
  const head = await ann.db.from('messages').select('*', { count: 'exact', head: true }).eq('room_id', room)
  same([head.data, head.count], [null, 3])
})

await step('update of what is mine', async () => {
  const before = ok(await ann.db.from('rooms').select('updated_at').eq('id', room).single())
  const after = ok(await ann.db.from('rooms').update({ name: 'Garden' }).eq('id', room).select('name, updated_at').single())
  same(after.name, 'Garden')
  assert.ok(after.updated_at > before.updated_at, `${after.updated_at} is not after ${before.updated_at}`)
  same((await ann.db.from('rooms').update({ name: 'Kitchen' }).eq('id', room)).status, 204)
})

await step('upsert: merge and ignore', async () => {
  const mark = (who) => who.db.from('members').upsert({ room_id: room, user_id: who.id, last_read_at: '2026-01-02T03:04:05Z' }, { onConflict: 'room_id,user_id' }).select('role, last_read_at')
  same(ok(await mark(ann)), [{ role: 'owner', last_read_at: '2026-01-02T03:04:05+00:00' }])
  fails(await mark(bob), '42501') // he is a member, but could not make himself one
  same(ok(await bob.db.from('members').upsert({ room_id: 1 }, { onConflict: 'room_id,user_id', ignoreDuplicates: true })), null)
  same(ok(await bob.db.from('members').upsert({ room_id: 1, last_read_at: '2026-01-02T03:04:05Z' }, { onConflict: 'room_id,user_id', ignoreDuplicates: true })), null)
  assert.notEqual(ok(await bob.db.from('members').select('last_read_at').eq('room_id', 1).eq('user_id', bob.id).single()).last_read_at, '2026-01-02T03:04:05+00:00')
})

await step('the view counts what is unread, the function marks it read', async () => {
  same(ok(await bob.db.from('unread').select('*').eq('room_id', room)), [{ room_id: room, messages: 2 }])
  const answer = await bob.db.rpc('mark_read', { room })
  same([answer.error, answer.data, answer.status], [null, null, 204])
  same(ok(await bob.db.from('unread').select('*').eq('room_id', room)), [{ room_id: room, messages: 0 }])
})

await step('a function by POST and by GET', async () => {
  same(ok(await bob.db.rpc('is_member', { room })), true)
  same(ok(await bob.db.rpc('is_member', { room }, { get: true })), true)
  same(ok(await eve.db.rpc('is_member', { room })), false)
})

await step('single and maybeSingle', async () => {
  fails(await ann.db.from('rooms').select().eq('id', 999).single(), 'PGRST116', { status: 406 })
  same(ok(await ann.db.from('rooms').select().eq('id', 999).maybeSingle()), null)
})

await step('csv', async () => {
  same(ok(await ann.db.from('messages').select('body').eq('room_id', room).order('body').csv()), 'body\none\n"three, really"\ntwo')
})

await step('a stranger sees nothing', async () => {
  for (const db of [eve.db, client(), client(env.anon)]) {
    for (const table of ['messages', 'members']) same(ok(await db.from(table).select().eq('room_id', room)), [])
    same(ok(await db.from('rooms').select().eq('id', room)), [])
    same(ok(await db.from('messages').delete().eq('room_id', room).select()), [])
  }
  const guessed = client(env.key, { global: { headers: { Authorization: 'Bearer not.a.token' } } })
  fails(await guessed.from('rooms').select(), 'PGRST301', { status: 401 })
})

await step('a stranger can not vouch for himself', async () => {
  fails(await eve.db.from('members').insert({ room_id: room }), '42501', { message: 'new row violates row-level security policy for table "members"', status: 403 })
  fails(await eve.db.from('messages').insert({ room_id: room, body: 'hi' }), '42501', { status: 403 })
  fails(await bob.db.from('messages').insert({ room_id: room, author_id: ann.id, body: 'as Ann' }), '42501', { status: 403 })
  fails(await client().from('messages').insert({ room_id: room, author_id: ann.id, body: 'x' }), '42501', { status: 401 })
})

await step('a duplicate', async () => {
  fails(await ann.db.from('members').insert({ room_id: room }), '23505', { message: 'duplicate key value violates unique constraint "members_pkey"', status: 409 })
})

await step('a missing parent', async () => {
  fails(await client(env.secret).from('messages').insert({ room_id: 999, author_id: ann.id, body: 'x' }), '23503', {
    message: 'insert or update on table "messages" violates foreign key constraint "messages_room_id_fkey"', details: 'Key (room_id)=(999) is not present in table "rooms".', status: 409,
  })
})

await step('a broken check', async () => {
  fails(await ann.db.from('messages').insert({ room_id: room, body: '' }), '23514', { message: 'new row for relation "messages" violates check constraint "messages_body_check"', status: 400 })
})

await step('a missing value', async () => {
  fails(await ann.db.from('messages').insert({ room_id: room, body: null }), '23502', { message: 'null value in column "body" of relation "messages" violates not-null constraint', status: 400 })
})

await step('bad values', async () => {
  fails(await ann.db.from('messages').select().eq('id', 'x'), '22P02', { message: 'invalid input syntax for type uuid: "x"', status: 400 })
  fails(await ann.db.from('members').update({ role: 'king' }).eq('room_id', room), '22P02', { message: 'invalid input value for enum member_role: "king"' })
  fails(await ann.db.from('rooms').select().eq('id', '99999999999999999999'), '22003')
})

await step('unknown names', async () => {
  fails(await ann.db.from('message').select(), 'PGRST205', { status: 404, hint: "Perhaps you meant the table 'public.messages'" })
  fails(await ann.db.from('messages').select('nope'), '42703', { message: 'column messages.nope does not exist', status: 400 })
  fails(await ann.db.from('messages').select('body, nope(*)'), 'PGRST200', { status: 400 })
  fails(await ann.db.rpc('nope', { room }), 'PGRST202', { status: 404 })
  fails(await ann.db.from('messages').insert({ room_id: room, text: 'x' }), 'PGRST204', { status: 400 })
  fails(await ann.db.schema('auth').from('users').select(), 'PGRST106', { status: 406 })
})

await step('a function that writes is not for GET', async () => {
  fails(await ann.db.rpc('mark_read', { room }, { get: true }), '25006', { status: 405 })
})

await step('delete returns what went', async () => {
  same(ok(await ann.db.from('messages').delete().eq('body', 'one').select('body')), [{ body: 'one' }])
  same((await ann.db.from('messages').delete().eq('body', 'two')).status, 204)
  same(ok(await ann.db.from('messages').select('body')), [{ body: 'three, really' }])
})

await step('a closed room takes all with it', async () => {
  ok(await ann.db.from('rooms').delete().eq('id', room))
  same(ok(await client(env.secret).from('messages').select('body').eq('room_id', room)), [])
})

await step('both styles of keys', async () => {
  same(ok(await client(env.anon).from('rooms').select()), [])
  const names = ok(await client(env.secret).from('rooms').select('name'))
  same(names, [{ name: 'Lobby' }])
  fails(await client('sb_publishable_wrong').from('rooms').select(), 'PGRST301', { status: 401, message: 'Invalid API key' })
})

await finish()
