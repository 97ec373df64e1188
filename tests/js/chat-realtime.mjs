// Row changes under policies, broadcast and presence through the official client.
import { assert, client, env, finish, inbox, ok, same, step, subscribed, within } from './lib.mjs'

async function person(name, options) {
  const db = client(env.key, options)
  const { user } = ok(await db.auth.signUp({ email: `${name.toLowerCase()}@example.com`, password: 'correct horse', options: { data: { name } } }))
  return { db, id: user.id, name }
}

const [ann, bob, eve] = await step('three people sign up', () => Promise.all([person('Ann'), person('Bob', { realtime: { vsn: '1.0.0' } }), person('Eve')]))

const room = await step('a closed room with Ann and Bob', async () => {
  const { id } = ok(await ann.db.from('rooms').insert({ name: 'Kitchen', is_open: false }).select('id').single())
  ok(await ann.db.from('members').insert({ room_id: id, user_id: bob.id }))
  return id
})

function listen({ db }, name, filter) {
  const got = inbox()
  const channel = db.channel(name)
    .on('postgres_changes', { event: '*', schema: 'public', table: 'messages', ...filter }, got.put)
    .on('system', {}, (message) => got.put({ system: message }))
  const started = got.until(`start of ${name}`, (e) => e.system?.extension === 'postgres_changes' && e.system.status === 'ok')
  return subscribed(channel).then(() => started).then(() => got)
}

const inboxes = await step('they listen, one of them with an old version of the protocol', async () => ({
  ann: await listen(ann, 'room', { filter: `room_id=eq.${room}` }),
  bob: await listen(bob, 'all'),
  eve: await listen(eve, 'all'),
  nobody: await listen({ db: client() }, 'all'),
  elsewhere: await listen(bob, 'other', { filter: 'room_id=eq.1' }),
}))

const isBody = (body) => (e) => e.eventType === 'INSERT' && e.new.body === body

await step('an insert arrives at those who may read it', async () => {
  const { id, created_at } = ok(await bob.db.from('messages').insert({ room_id: room, body: 'hello' }).select().single())
  for (const who of ['ann', 'bob']) {
    const event = await inboxes[who].until(`insert at ${who}`, isBody('hello'))
    same([event.schema, event.table, event.errors], ['public', 'messages', null])
    same(event.new, { id, room_id: room, author_id: bob.id, body: 'hello', created_at })
    assert.ok(!Number.isNaN(Date.parse(event.commit_timestamp)))
  }
})

await step('an insert in the open room arrives where it was asked for', async () => {
  for (const { db } of [bob, eve]) ok(await db.from('members').insert({ room_id: 1 }))
  ok(await bob.db.from('messages').insert({ room_id: 1, body: 'all' }))
  for (const who of ['bob', 'eve', 'elsewhere']) await inboxes[who].until(`insert at ${who}`, isBody('all'))
})

await step('what was hidden did not arrive', async () => {
  const bodies = (who) => inboxes[who].all.filter((e) => e.eventType).map((e) => e.new.body)
  same(bodies('eve'), ['all'])
  same(bodies('elsewhere'), ['all'])
  same(bodies('ann'), ['hello'])
  same(bodies('nobody'), [])
})

await step('a delete carries the key alone', async () => {
  const { id } = ok(await bob.db.from('messages').delete().eq('body', 'hello').select('id').single())
  const event = await inboxes.bob.until('delete at bob', (e) => e.eventType === 'DELETE')
  same(event.old, { id })
})

await step('an update carries the new row', async () => {
  const got = inbox()
  const channel = bob.db.channel('members').on('postgres_changes', { event: 'UPDATE', schema: 'public', table: 'members' }, got.put)
    .on('system', {}, (message) => got.put({ system: message }))
  await subscribed(channel)
  await got.until('start', (e) => e.system?.extension === 'postgres_changes')
  ok(await bob.db.rpc('mark_read', { room }))
  const event = await got.until('update at bob', (e) => e.eventType === 'UPDATE')
  same([event.new.room_id, event.new.user_id, event.new.role], [room, bob.id, 'member'])
  same(event.old, { room_id: room, user_id: bob.id })
})

await step('a table outside the publication says so', async () => {
  const got = inbox()
  const channel = ann.db.channel('rooms').on('postgres_changes', { event: '*', schema: 'public', table: 'rooms' }, got.put)
    .on('system', {}, (message) => got.put({ system: message }))
  channel.subscribe()
  const { system } = await got.until('system error', (e) => e.system?.status === 'error')
  assert.ok(system.message.length > 0)
})

await step('broadcast between two, to self when asked for', async () => {
  const [a, b] = [inbox(), inbox()]
  const one = ann.db.channel('pub', { config: { broadcast: { self: true, ack: true } } }).on('broadcast', { event: 'typing' }, a.put)
  const two = bob.db.channel('pub').on('broadcast', { event: 'typing' }, b.put)
  await Promise.all([subscribed(one), subscribed(two)])
  same(await one.send({ type: 'broadcast', event: 'typing', payload: { who: 'Ann' } }), 'ok')
  same((await b.until('broadcast at Bob', (e) => e.event === 'typing')).payload, { who: 'Ann' })
  await a.until('broadcast at Ann', (e) => e.payload.who === 'Ann')
  await two.send({ type: 'broadcast', event: 'typing', payload: { who: 'Bob' } })
  same((await a.until('broadcast at Ann', (e) => e.payload.who === 'Bob')).payload, { who: 'Bob' })
  same(b.all.length, 1)
})

await step('broadcast over HTTP', async () => {
  const got = inbox()
  await subscribed(bob.db.channel('news').on('broadcast', { event: 'flash' }, got.put))
  const sender = ann.db.channel('news')
  if (sender.httpSend) await sender.httpSend('flash', { n: 1 })
  else await sender.send({ type: 'broadcast', event: 'flash', payload: { n: 1 } })
  same((await got.until('flash', (e) => e.event === 'flash')).payload, { n: 1 })
})

await step('presence: who is here, who came, who went', async () => {
  const got = inbox()
  const one = ann.db.channel('lobby', { config: { presence: { key: 'ann' } } })
    .on('presence', { event: 'sync' }, () => got.put({ here: Object.keys(one.presenceState()).sort() }))
    .on('presence', { event: 'join' }, ({ key, newPresences }) => got.put({ join: key, name: newPresences[0].name }))
    .on('presence', { event: 'leave' }, ({ key }) => got.put({ leave: key }))
  await subscribed(one)
  same(await one.track({ name: 'Ann' }), 'ok')
  await got.until('Ann is here', (e) => e.here?.includes('ann'))
  const two = bob.db.channel('lobby', { config: { presence: { key: 'bob' } } }).on('presence', { event: 'sync' }, () => {})
  await subscribed(two)
  await two.track({ name: 'Bob' })
  await got.until('Bob came', (e) => e.join === 'bob' && e.name === 'Bob')
  await got.until('both are here', (e) => e.here?.join() === 'ann,bob')
  await bob.db.removeChannel(two)
  await got.until('Bob went', (e) => e.leave === 'bob')
})

await step('who leaves a room hears nothing more', async () => {
  ok(await client(env.secret).from('members').delete().eq('room_id', room).eq('user_id', bob.id))
  ok(await ann.db.from('messages').insert({ room_id: room, body: 'he is gone' }))
  await inboxes.ann.until('insert at ann', isBody('he is gone'))
  ok(await ann.db.from('members').insert({ room_id: 1 }))
  ok(await ann.db.from('messages').insert({ room_id: 1, body: 'to all' }))
  await inboxes.bob.until('insert at bob', isBody('to all'))
  same(inboxes.bob.all.filter(isBody('he is gone')), [])
})

await step('a forged token joins nothing', async () => {
  const thief = client()
  await thief.realtime.setAuth('not.a.token')
  await within(new Promise((resolve, reject) => {
    thief.channel('all').on('postgres_changes', { event: '*', schema: 'public', table: 'messages' }, () => {})
      .subscribe((status, err) => {
        if (status === 'SUBSCRIBED') reject(new Error('joined'))
        if (status === 'CHANNEL_ERROR') err?.message ? resolve() : reject(new Error('an error without a message'))
      })
  }), 'refusal')
})

await finish()
