// A client that listens and writes while the server is killed, again and again. It says
// "loaded" on a line of its own each time it is under way, and in the end whether the
// feed brought every acknowledged row, once and in order.
import WebSocket from 'ws'
import { assert, client, env, finish, inbox, ok, step } from './lib.mjs'

const rounds = Number(process.argv[2])
const patience = 60_000

// Cable says in each join where the client goes on, as docs/realtime.md has it.
let since = ''
class Cable extends WebSocket {
  constructor(...args) {
    super(...args)
    this.on('message', (frame) => {
      const body = JSON.parse(frame)[4]
      since = body.position ?? (since || (body.response?.position ?? ''))
    })
  }

  send(frame, ...rest) {
    const message = JSON.parse(frame)
    if (message[3] === 'phx_join') message[4].config.since = since
    super.send(JSON.stringify(message), ...rest)
  }
}

const db = client(env.key, { realtime: { transport: Cable } })
ok(await db.auth.signUp({ email: 'ann@example.com', password: 'correct horse' }))

const rows = [] // that the feed brought
const resumed = []
const joins = inbox()
db.channel('entries')
  .on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'entries' }, ({ new: row }) => rows.push(row))
  .on('system', {}, (message) => {
    if (message.extension === 'resume') resumed.push(message.message)
    if (message.extension === 'postgres_changes' && message.status === 'ok') joins.put(joins.all.length + 1)
  })
  .subscribe()

const acknowledged = []
let next = 1
let over = false
async function writer() {
  while (!over) {
    const batch = next++
    const { error } = await db.from('entries').insert([{ batch, half: 1 }, { batch, half: 2 }])
    if (error) await new Promise((resolve) => setTimeout(resolve, 100)) // the server is away
    else acknowledged.push(batch)
  }
}

async function until(what, done) {
  for (const end = Date.now() + patience; !done(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > end) throw new Error(`${what}: nothing within ${patience} ms; ${acknowledged.length} batches, ${rows.length} rows, joins ${joins.all}`)
  }
}

let writers
for (let round = 0; round <= rounds; round++) {
  await step(`join ${round + 1}, and work`, async () => {
    await until('the join', () => joins.all.length > round)
    writers ??= Array.from({ length: 8 }, writer)
    const [batches, told] = [acknowledged.length, rows.length]
    await until('work', () => acknowledged.length >= batches + 60 && rows.length >= told + 60)
    if (round < rounds) process.stdout.write('loaded\n')
  })
}

await step('everything acknowledged was told, once and in order', async () => {
  over = true
  await Promise.all(writers)
  const have = () => new Set(rows.map((row) => `${row.batch} ${row.half}`))
  const lost = () => acknowledged.filter((batch) => !have().has(`${batch} 1`) || !have().has(`${batch} 2`))
  await until('the last rows', () => lost().length === 0).catch((err) => { throw new Error(`${err.message}; lost ${lost()}`) })
  assert.equal(have().size, rows.length, 'a row was told twice')
  for (let i = 0; i < rows.length; i += 2) assert.equal(rows[i].batch, rows[i + 1].batch, 'a transaction was torn')
  assert.equal(resumed.length, rounds, resumed.join())
  for (const message of resumed) assert.match(message, /^Resumed/)
})

await finish({ batches: acknowledged.length })
