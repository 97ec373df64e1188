// Every call that the official client makes of the data API, row by row of the table of
// its wire; what the client cannot say stands there as a plain request.
import { assert, client, env, fails, finish, ok, same, step } from './lib.mjs'

const postgres = process.env.PLINTH_ENGINE === 'postgres'
const sent = [] // the requests of the last call, as they went out
const db = client(env.key, {
  global: {
    fetch: (url, init) => {
      sent.push({ url: decodeURIComponent(String(url).replaceAll('+', ' ')), method: init.method, headers: new Headers(init.headers), body: init.body })
      return fetch(url, init)
    },
  },
})
const last = () => sent.at(-1)
const ids = (answer) => ok(answer).map((r) => r.id)
const raw = (path, init = {}) => fetch(`${env.url}/rest/v1${path}`, { ...init, headers: { apikey: env.key, 'content-type': 'application/json', ...init.headers } })

await step('select: columns, aliases, casts, json paths', async () => {
  same(ok(await db.from('things').select('id, title:name, amount::text, "Full Name", k:data->k, deep:data->deep->>x').eq('id', 1)),
    [{ id: 1, title: 'apple', amount: '1.00', 'Full Name': 'Jane Doe', k: 1, deep: 'y' }])
  same(Object.keys(ok(await db.from('things').select().eq('id', 1).single())), ['id', 'team_id', 'name', 'Full Name', 'amount', 'tags', 'data', 'note', 'huge'])
  same(ok(await db.from('teams').select('name, things(name)').order('id').order('id', { referencedTable: 'things' })),
    [{ name: 'red', things: [{ name: 'apple' }, { name: 'Banana' }] }, { name: 'blue', things: [{ name: 'cherry' }] }])
  same(ok(await db.from('things').select('amount.sum(), n:count()')), [{ sum: 7.25, n: 3 }])
})

await step('select: head, and counts of all modes', async () => {
  for (const count of ['exact', 'planned', 'estimated']) {
    const head = await db.from('things').select('*', { head: true, count })
    same([head.data, head.error, last().method], [null, null, 'HEAD'])
    assert.ok(count === 'exact' ? head.count === 3 : head.count >= 0, `${count}: ${head.count}`)
    const rows = await db.from('things').select('id', { count })
    same(ok(rows).length, 3)
    assert.ok(Number.isInteger(rows.count), `${count}: ${rows.count}`)
  }
  const none = await db.from('things').select('*', { head: true })
  same([none.status, none.count], [200, null])
})

await step('insert: one and many, nothing returned', async () => {
  const one = await db.from('things').insert({ name: 'one', team_id: 1 }, { count: 'exact' })
  same([one.status, one.data, one.count, last().headers.get('prefer')], [201, null, 1, 'count=exact'])
  const many = await db.from('things').insert([{ name: 'two' }, { name: 'three', note: 'n' }])
  same([many.status, many.data], [201, null])
  assert.ok(last().url.includes('columns="name","note"'), last().url)
  const kept = ok(await db.from('things').select('name, amount, note').in('name', ['one', 'two', 'three']).order('id'))
  same(kept, [{ name: 'one', amount: 1.5, note: null }, { name: 'two', amount: 1.5, note: null }, { name: 'three', amount: 1.5, note: 'n' }])
})

await step('insert: quoted columns with missing=default, and with null', async () => {
  const rows = [{ name: 'full', 'Full Name': 'Ann' }, { name: 'bare' }]
  const filled = await db.from('things').insert(rows, { defaultToNull: false }).select('name, "Full Name"')
  same(ok(filled), [{ name: 'full', 'Full Name': 'Ann' }, { name: 'bare', 'Full Name': 'Jane Doe' }])
  assert.ok(last().url.includes('columns="name","Full Name"') && last().headers.get('prefer').startsWith('missing=default'), last().url)
  same(ok(await db.from('things').insert([{ name: 'f2', 'Full Name': 'Bo' }, { name: 'b2' }]).select('"Full Name"')), [{ 'Full Name': 'Bo' }, { 'Full Name': null }])
  fails(await db.from('things').insert([{ name: 'x', nope: 1 }]), 'PGRST204', { status: 400 })
})

await step('insert: select().single(), and bigint as text', async () => {
  const row = ok(await db.from('things').insert({ name: 'big', huge: 9007199254740995n }).select('id, huge::text').single())
  same(row.huge, '9007199254740995')
  same(JSON.parse(last().body), { name: 'big', huge: '9007199254740995' })
})

await step('upsert: merge, ignore, on_conflict', async () => {
  same(ok(await db.from('teams').upsert({ id: 1, name: 'red', city: 'Roma' }).select()), [{ id: 1, name: 'red', city: 'Roma' }])
  same(ok(await db.from('teams').upsert([{ name: 'red', city: 'Rome' }, { name: 'grey', city: 'Graz' }], { onConflict: 'name' }).select('name, city')),
    [{ name: 'red', city: 'Rome' }, { name: 'grey', city: 'Graz' }])
  assert.ok(last().url.includes('on_conflict=name') && last().headers.get('prefer').includes('resolution=merge-duplicates'))
  same(ok(await db.from('teams').upsert([{ name: 'red', city: 'X' }, { name: 'green', city: 'Y' }], { onConflict: 'name', ignoreDuplicates: true }).select('name')), [{ name: 'green' }])
  same((await db.from('things').upsert({ team_id: 1, name: 'apple', note: 'new' }, { onConflict: 'team_id,name', count: 'exact' })).error, null)
  same(ok(await db.from('things').select('note, amount').eq('id', 1).single()), { note: 'new', amount: 1 })
  same(ok(await db.from('things').upsert([{ id: 900, name: 'm' }, { id: 901, name: 'n', amount: 9 }], { defaultToNull: false }).select('amount')), [{ amount: 1.5 }, { amount: 9 }])
})

await step('update and delete, with and without rows returned', async () => {
  same((await db.from('things').update({ note: 'x' }).eq('id', 900)).status, 204)
  same(ok(await db.from('things').update({ note: 'y', tags: ['q', 'r s'], data: { a: [1, null] } }, { count: 'exact' }).eq('id', 900).select('note, tags, data')), [{ note: 'y', tags: ['q', 'r s'], data: { a: [1, null] } }])
  const gone = await db.from('things').delete({ count: 'exact' }).gte('id', 900)
  same([gone.status, gone.count], [204, 2])
  same(ok(await db.from('things').delete().gte('id', 100).select('id').order('id')).length > 5, true)
  fails(await db.from('things').delete(), '21000')
})

await step('rpc: POST, GET with arrays, objects and numbers, HEAD', async () => {
  same(ok(await db.rpc('add_all', { numbers: [1, 2, 3] })), 6)
  same(ok(await db.rpc('add_all', { numbers: [1, 2, 3] }, { get: true })), 6)
  assert.ok(last().url.endsWith('numbers={1,2,3}'), last().url)
  same(ok(await db.rpc('pick', { data: { k: 'v' } })), 'v')
  same(ok(await db.rpc('pick', { data: JSON.stringify({ z: 'w' }), key: 'z' }, { get: true })), 'w')
  same(await (await raw(`/rpc/pick?data=${encodeURIComponent('{"k":[1, 2]}')}`)).json(), '[1, 2]')
  same(await (await raw('/rpc/same_number?n=9007199254740993')).text(), '9007199254740993')
  same(ok(await db.rpc('same_number', { n: 42n })), 42)
  same(JSON.parse(last().body), { n: '42' })
  const head = await db.rpc('of_team', { team: 1 }, { head: true, count: 'exact' })
  same([head.count, head.data, last().method], [2, null, 'HEAD'])
  const posted = await db.rpc('pick', { data: { k: 1 } }, { head: true })
  same([posted.error, last().method, last().headers.get('prefer')], [null, 'POST', 'return=minimal'])
})

await step('rpc: filters, order, range and embeds on its rows', async () => {
  same(ok(await db.rpc('of_team', { team: 1 }).select('name, teams(city)').gt('amount', 1).order('name').limit(5)), [{ name: 'Banana', teams: { city: 'Rome' } }])
  const page = await db.rpc('of_team', { team: 1 }, { count: 'exact' }).select('id').order('id').range(1, 1)
  same([ids(page), page.count, page.status], [[2], 2, 206])
  same([(await db.rpc('rename_team', { team: 2, new_name: 'azure' })).status, ok(await db.from('teams').select('name').eq('id', 2).single()).name], [204, 'azure'])
  fails(await db.rpc('rename_team', { team: 2, new_name: 'x' }, { get: true }), '25006', { status: 405 })
  fails(await db.rpc('raise_it'), 'PT418', { status: 418, hint: 'tea', details: 'pot', message: 'not today' })
})

const things = () => db.from('things').select('id').order('id')

await step('filters: comparisons, in, is, isDistinct, match', async () => {
  same(ids(await things().eq('name', 'apple')), [1])
  same(ids(await things().neq('name', 'apple')), [2, 3])
  same([ids(await things().gt('amount', 2.5)), ids(await things().gte('amount', 2.5)), ids(await things().lt('amount', 2.5)), ids(await things().lte('amount', 2.5))], [[3], [2, 3], [1], [1, 2]])
  same([ids(await things().in('name', ['apple', 'a,b', 'c(d)'])), ids(await things().notIn('name', ['apple', 'cherry']))], [[1], [2]])
  same([ids(await things().is('note', null)), ids(await things().not('note', 'is', null))], [[2], [1, 3]])
  same([ids(await things().isDistinct('note', 'new')), ids(await things().not('note', 'isdistinct', 'new'))], [[2, 3], [1]])
  same(ids(await things().match({ team_id: 1, name: 'Banana' })), [2])
  same(ids(await things().filter('data->>k', 'in', '(1,3)')), [1, 3])
})

await step('filters: patterns', async () => {
  same([ids(await things().like('name', '%an%')), ids(await things().ilike('name', 'b%')), ids(await things().like('name', 'b*'))], [[2], [2], []])
  same([ids(await things().likeAllOf('name', ['%a%', '%e'])), ids(await things().likeAnyOf('name', ['a%', 'c%']))], [[1], [1, 3]])
  same([ids(await things().ilikeAllOf('name', ['%A%', 'b%'])), ids(await things().ilikeAnyOf('name', ['A%', 'B%']))], [[2], [1, 2]])
  same([ids(await things().regexMatch('name', '^[a-c]')), ids(await things().regexIMatch('name', '^[ab]'))], [[1, 3], [1, 2]])
})

await step('filters: arrays and json', async () => {
  same([ids(await things().contains('tags', ['b'])), ids(await things().containedBy('tags', ['a', 'b'])), ids(await things().overlaps('tags', ['c', 'z']))], [[1, 2], [1, 3], [2]])
  same([ids(await things().contains('data', { deep: { x: 'y' } })), ids(await things().containedBy('data', { k: 2, z: 1 })), ids(await things().contains('tags', '{a,b}'))], [[1], [2], [1]])
})

await step('filters: full text search of all kinds', async () => {
  const found = async (query, options) => ids(await things().textSearch('note', query, options))
  same([await found('dog & bark', { config: 'english' }), await found('dog bark', { type: 'plain', config: 'english' })], [[3], [3]])
  same([await found('loud dog', { type: 'phrase', config: 'english' }), await found('dog -cat', { type: 'websearch' })], [[], [3]])
  same(ids(await things().filter('note', 'wfts(english)', 'barking or cats')), [3])
})

await step('filters: or, and, not, also on what is embedded', async () => {
  same(ids(await things().or('name.eq.apple,and(amount.gt.3,note.not.is.null),note.eq."a,b"')), [1, 3])
  same(await (await raw('/things?select=id&not.or=(id.eq.1,id.eq.2)')).json(), [{ id: 3 }])
  same(ids(await things().or('not.and(id.gt.1,amount.gt.2),id.eq.3')), [1, 3])
  same(ok(await db.from('teams').select('name, things(id)').in('id', [1, 2]).or('id.eq.1,name.eq.cherry', { referencedTable: 'things' }).order('id')),
    [{ name: 'red', things: [{ id: 1 }] }, { name: 'azure', things: [{ id: 3 }] }])
  same(ok(await db.from('teams').select('name, things!inner(id)').eq('things.name', 'cherry')), [{ name: 'azure', things: [{ id: 3 }] }])
  same(ids(await db.from('teams').select('id, things()').not('things', 'is', null).order('id')), [1, 2])
})

await step('filters: ranges', async () => {
  if (!postgres) return fails(await db.from('bookings').select(), 'PGRST205', { status: 404 }) // SQLite has no ranges: refused at migration
  const free = () => db.from('bookings').select('id').order('id')
  same([ids(await free().rangeGt('during', '[1,5)')), ids(await free().rangeGte('during', '[5,9)')), ids(await free().rangeLt('during', '[5,9)')), ids(await free().rangeLte('during', '[5,9)'))], [[2, 3], [2, 3], [1], [1, 2]])
  same([ids(await free().rangeAdjacent('during', '[9,20)')), ids(await free().overlaps('during', '[4,6)')), ids(await free().contains('during', '[2,3)')), ids(await free().containedBy('during', '[0,10)'))], [[2, 3], [1, 2], [1], [1, 2]])
})

await step('order, limit, range, also of what is embedded', async () => {
  same(ids(await db.from('things').select('id').order('note', { nullsFirst: true }).order('id', { ascending: false }).limit(1)), [2])
  same(ids(await db.from('things').select('id').order('note', { ascending: false, nullsFirst: false })), [1, 3, 2])
  same(ids(await db.from('things').select('id, teams(name)').order('teams(name)').order('id')), [3, 1, 2])
  const page = await things().range(1, 5)
  same([ids(page), page.status, new URL(last().url).searchParams.get('limit'), last().headers.get('range')], [[2, 3], 200, '5', null])
  same(ok(await db.from('teams').select('things(id)').eq('id', 1).order('id', { referencedTable: 'things', ascending: false }).range(0, 0, { referencedTable: 'things' })), [{ things: [{ id: 2 }] }])
  same(ok(await db.from('teams').select('t:things(id)').eq('id', 1).limit(1, { referencedTable: 't' }).order('id', { referencedTable: 't' })), [{ t: [{ id: 1 }] }])
  fails(await db.from('things').select('id', { count: 'exact' }).range(50, 60), 'PGRST103', { status: 416 })
  const ranged = await raw('/things?select=id&order=id', { headers: { range: '0-1', prefer: 'count=exact' } })
  same([ranged.status, ranged.headers.get('content-range'), (await ranged.json()).length], [206, '0-1/3', 2])
})

await step('single and maybeSingle', async () => {
  same(ok(await things().eq('id', 1).single()), { id: 1 })
  fails(await things().single(), 'PGRST116', { status: 406, details: 'The result contains 3 rows' })
  fails(await things().eq('id', 77).single(), 'PGRST116', { status: 406, details: 'The result contains 0 rows', message: 'Cannot coerce the result to a single JSON object' })
  same([ok(await things().eq('id', 77).maybeSingle()), ok(await things().eq('id', 1).maybeSingle())], [null, { id: 1 }])
  fails(await things().maybeSingle(), 'PGRST116', { status: 406 })
  fails(await db.from('things').update({ note: 'z' }).gt('id', 0).select().single(), 'PGRST116', { status: 406 })
  same(ids(await things().eq('note', 'z')), []) // nothing of it stays
  // What swift, kt and py send, who read the number of rows out of it.
  const none = await raw('/things?id=eq.77', { headers: { accept: 'application/vnd.pgrst.object+json' } })
  same([none.status, (await none.json()).details], [406, 'The result contains 0 rows'])
})

await step('csv', async () => {
  same(ok(await db.from('things').select('id, name, note').order('id').csv()), 'id,name,note\n1,apple,new\n2,Banana,\n3,cherry,"a dog, (barking) ""loud"""')
  const answer = await raw('/things?select=id&limit=1', { headers: { accept: 'text/csv' } })
  same(answer.headers.get('content-type'), 'text/csv; charset=utf-8')
})

await step('geojson', async () => {
  if (!postgres) return fails(await db.from('things').select().geojson(), 'PGRST107', { status: 406 }) // there is no PostGIS in SQLite
  const shops = ok(await db.from('shops').select().order('id').geojson())
  same([shops.type, shops.features.length], ['FeatureCollection', 2])
  same(shops.features[0], { type: 'Feature', geometry: { type: 'Point', coordinates: [1, 2] }, properties: { id: 1, name: 'corner' } })
})

await step('explain', async () => {
  const text = ok(await db.from('things').select().eq('id', 1).explain())
  assert.match(text, postgres ? /Scan/ : /SEARCH|SCAN/)
  const json = ok(await db.from('things').select().eq('id', 1).explain({ format: 'json' }))
  assert.ok(Array.isArray(json) && json.length > 0, JSON.stringify(json))
  const all = await db.from('things').select().explain({ analyze: true, verbose: true, settings: true, buffers: true })
  if (postgres) assert.match(ok(all), /actual time/)
  else fails(all, '0A000', { status: 400 })
})

await step('stripNulls', async () => {
  same(ok(await db.from('things').select('id, note').order('id').stripNulls()), [{ id: 1, note: 'new' }, { id: 2 }, { id: 3, note: 'a dog, (barking) "loud"' }])
  same(ok(await db.from('things').select('id, note').eq('id', 2).single().stripNulls()), { id: 2 })
})

await step('rollback', async () => {
  same(ok(await db.from('teams').insert({ name: 'tried' }).select('name').rollback()), [{ name: 'tried' }])
  same(ok(await db.from('things').delete().eq('id', 1).select('id').rollback()), [{ id: 1 }])
  same([ok(await db.from('teams').select('id').eq('name', 'tried')), ids(await things())], [[], [1, 2, 3]])
})

await step('maxAffected', async () => {
  fails(await db.from('things').update({ note: 'all' }).gt('id', 0).maxAffected(2), 'PGRST124', { status: 400, details: 'The query affects 3 rows' })
  same(ids(await things().eq('note', 'all')), [])
  same(ok(await db.from('things').update({ note: 'one' }).eq('id', 2).maxAffected(1).select('note')), [{ note: 'one' }])
  fails(await db.from('things').delete().gt('id', 0).maxAffected(1), 'PGRST124')
  fails(await db.rpc('rename_team', { team: 1, new_name: 'q' }).maxAffected(1), 'PGRST128', { status: 400 })
})

await step('schema() by Accept-Profile and Content-Profile', async () => {
  const annex = db.schema('annex')
  same(ok(await annex.from('rooms').select()), [{ id: 1, name: 'cellar' }])
  same(last().headers.get('accept-profile'), 'annex')
  same(ok(await annex.from('rooms').insert({ id: 2, name: 'attic' }).select('name').single()), { name: 'attic' })
  same(last().headers.get('content-profile'), 'annex')
  same(ok(await annex.rpc('hello')), 'from the annex')
  same([(await annex.from('rooms').update({ name: 'loft' }).eq('id', 2)).status, (await annex.from('rooms').delete().eq('id', 2)).status], [204, 204])
  fails(await db.schema('auth').from('users').select(), 'PGRST106', { status: 406 })
  const answer = await raw('/rooms', { headers: { 'accept-profile': 'annex' } })
  same(answer.headers.get('content-profile'), 'annex')
})

await step('errors: the body, throwOnError, and what is no error', async () => {
  const { error } = await db.from('teams').insert({ name: 'red' })
  same([error.code, error.message, error.details, error.hint], ['23505', 'duplicate key value violates unique constraint "teams_name_key"', null, null]) // a table with policies tells no key, as in Postgres
  await assert.rejects(async () => await db.from('nope').select().throwOnError(), (err) => err.code === 'PGRST205' && err.name === 'PostgrestError')
  await assert.rejects(async () => await db.from('things').select('id').single().throwOnError(), { code: 'PGRST116' })
  fails(await db.from('things').select('id').eq('id', 'x'), '22P02', { status: 400 })
  const answer = await raw('/nope')
  same([answer.status, answer.headers.get('proxy-status'), Object.keys(await answer.json()).sort()], [404, 'PostgREST; error=PGRST205', ['code', 'details', 'hint', 'message']])
})

await step('abortSignal', async () => {
  const cut = await db.from('things').select().abortSignal(AbortSignal.abort())
  same([cut.status, cut.data], [0, null])
  assert.match(cut.error.message, /AbortError/)
  same(ids(await things().abortSignal(AbortSignal.timeout(60_000))), [1, 2, 3])
})

await step('setHeader, the client’s headers and a trace are visible to SQL', async () => {
  same(ok(await db.rpc('header', { name: 'x-mine' }).setHeader('X-Mine', 'yes')), 'yes')
  assert.match(ok(await db.rpc('header', { name: 'x-client-info' })), /^supabase-js/)
  same(ok(await db.rpc('header', { name: 'traceparent' }).setHeader('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')), '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
})

// Somebody between answers 503 first, as while a server starts.
await step('retries of reads, none of writes', async () => {
  const tries = []
  const shaky = client(env.key, {
    global: {
      fetch: (url, init) => {
        tries.push([init.method, new Headers(init.headers).get('x-retry-count')])
        if (tries.length === 1) return Promise.resolve(new Response('{"code":"PGRST000","message":"away"}', { status: 503, headers: { 'retry-after': '0' } }))
        return fetch(url, init)
      },
    },
  })
  same(ids(await shaky.from('things').select('id').order('id')), [1, 2, 3])
  same(tries, [['GET', null], ['GET', '1']])
  tries.length = 0
  fails(await shaky.from('teams').insert({ name: 'never' }), 'PGRST000', { status: 503 })
  same(tries, [['POST', null]])
  tries.length = 0
  same((await shaky.from('things').select().retry(false)).status, 503)
  const preflight = await fetch(`${env.url}/rest/v1/things`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-retry-count,apikey,prefer,accept-profile,traceparent' },
  })
  assert.ok(preflight.ok && preflight.headers.get('access-control-allow-origin'))
  const allowed = preflight.headers.get('access-control-allow-headers').toLowerCase()
  for (const name of ['x-retry-count', 'apikey', 'prefer', 'accept-profile']) assert.ok(allowed.includes(name) || allowed === '*', `${name} in ${allowed}`)
})

await step('PUT and OPTIONS, which the clients leave to others', async () => {
  const put = await raw('/teams?id=eq.50', { method: 'PUT', body: '{"id":50,"name":"put","city":null}', headers: { prefer: 'return=representation' } })
  same([put.status, await put.json()], [201, [{ id: 50, name: 'put', city: null }]])
  same([(await raw('/teams?id=eq.50', { method: 'PUT', body: '{"id":50,"name":"again","city":null}' })).status, (await raw('/teams?id=eq.50', { method: 'DELETE' })).status], [204, 204])
  for (const [path, allow] of [['/things', 'OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE'], ['/rpc/add_all', 'OPTIONS,GET,HEAD,POST'], ['/rpc/rename_team', 'OPTIONS,POST']]) {
    const answer = await raw(path, { method: 'OPTIONS' })
    same([answer.status, answer.headers.get('allow')], [200, allow])
  }
  same((await raw('/nope', { method: 'OPTIONS' })).status, 404)
  fails(await db.from('things/1').select(), 'PGRST125', { status: 404 })
})

await step('the description, by the client and by hand', async () => {
  const mine = new Headers({ apikey: env.secret, accept: 'application/openapi+json' })
  const doc = await (await fetch(`${env.url}/rest/v1/`, { headers: mine })).json()
  same(doc.swagger, '2.0')
  assert.ok(doc.paths['/things'].get && doc.paths['/rpc/add_all'].post && doc.definitions.things.properties['Full Name'])
  mine.set('accept-profile', 'annex')
  const other = await (await fetch(`${env.url}/rest/v1/`, { headers: mine })).json()
  assert.ok(other.paths['/rooms'] && !other.paths['/things'])
})

await finish()
