// node fastify.mjs STORE: the routes of the chat on Fastify, with response schemas (so
// that fast-json-stringify writes the answers), no logger, as its documentation
// recommends for production.
import Fastify from 'fastify'
import { caller, passwordFits, refused, sign, validBody } from './chat.mjs'

const store = await import(`./${process.argv[2]}.mjs`)
const app = Fastify({ logger: false })

const str = { type: 'string' }
const time = store.raw || process.argv[2] === 'sqlite' ? str : { type: 'string', format: 'date-time' }
const props = { id: str, body: str, created_at: time }
const rows = (properties) => ({ response: { '2xx': { type: 'array', items: { type: 'object', properties } } } })
const messages = rows(props)
const withAuthor = rows({ ...props, author: { type: 'object', properties: { id: str, name: str } } })
const nested = rows({
  id: { type: 'integer' }, name: str,
  members: { type: 'array', items: { type: 'object', properties: { role: str, profiles: { type: 'object', properties: { name: str } } } } },
})
const json = 'application/json; charset=utf-8'
const send = (reply, body) => (store.raw ? reply.type(json).send(body) : reply.send(body))
const schema = (s) => (store.raw ? {} : { schema: s })

app.addHook('onRequest', async (req) => {
  if (req.url === '/health' || req.url === '/sign-in') return
  req.uid = caller(req.headers.authorization)
  if (!req.uid) throw refused(401, 'sign in first')
})
app.get('/health', async () => ({ ok: true }))
app.post('/sign-in', async (req) => {
  const u = await store.user(String(req.body.email))
  if (!u || !(await passwordFits(String(req.body.password), u.password))) throw refused(401, 'wrong')
  return { access_token: sign({ sub: u.id }) }
})
app.get('/messages/:id', schema(messages), async (req, reply) => send(reply, await store.one(req.uid, req.params.id)))
app.get('/rooms/:room/messages', schema(withAuthor), async (req, reply) => send(reply, await store.newest(req.uid, req.params.room)))
app.get('/rooms/:room/count', async (req) => ({ count: await store.total(req.uid, req.params.room) }))
app.get('/rooms', schema(nested), async (req, reply) => send(reply, await store.rooms(req.uid)))
app.post('/rooms/:room/messages', schema(messages), async (req, reply) => {
  const added = await store.add(req.uid, req.params.room, validBody(req.body))
  if (added.length === 0 || added === '[]') throw refused(403, 'not a member')
  reply.code(201)
  return send(reply, added)
})
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
process.on('SIGTERM', () => app.close().then(() => process.exit(0)))
