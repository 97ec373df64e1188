// node express.mjs STORE: the same routes on Express.
import express from 'express'
import { caller, passwordFits, refused, sign, validBody } from './chat.mjs'

const store = await import(`./${process.argv[2]}.mjs`)
const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.use(express.json())
app.get('/health', (req, res) => res.json({ ok: true }))
app.post('/sign-in', async (req, res) => {
  const u = await store.user(String(req.body.email))
  if (!u || !(await passwordFits(String(req.body.password), u.password))) throw refused(401, 'wrong')
  res.json({ access_token: sign({ sub: u.id }) })
})
app.use((req, res, next) => {
  req.uid = caller(req.headers.authorization)
  next(req.uid ? undefined : refused(401, 'sign in first'))
})
app.get('/messages/:id', async (req, res) => res.json(await store.one(req.uid, req.params.id)))
app.get('/rooms/:room/messages', async (req, res) => res.json(await store.newest(req.uid, req.params.room)))
app.get('/rooms/:room/count', async (req, res) => res.json({ count: await store.total(req.uid, req.params.room) }))
app.get('/rooms', async (req, res) => res.json(await store.rooms(req.uid)))
app.post('/rooms/:room/messages', async (req, res) => {
  const added = await store.add(req.uid, req.params.room, validBody(req.body))
  if (added.length === 0) throw refused(403, 'not a member')
  res.status(201).json(added)
})
app.use((err, req, res, next) => res.status(err.statusCode ?? 500).json({ message: err.statusCode ? err.message : 'internal' }))
const server = app.listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => server.close(() => process.exit(0)).closeAllConnections())
