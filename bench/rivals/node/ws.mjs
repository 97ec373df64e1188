// node ws.mjs [pg]: ws by hand. Bursts to everyone, and with a store: an insert that
// goes to the sockets of the room's members, who are asked for at each insert.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { caller, validBody } from './chat.mjs'

const store = process.argv[2] && (await import(`./${process.argv[2]}.mjs`))
const rooms = new Map() // room → user → sockets
const read = async (req) => {
  let text = ''
  for await (const part of req) text += part
  return JSON.parse(text)
}

const server = createServer(async (req, res) => {
  const answer = (status, body) => res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  try {
    if (req.url === '/health') return answer(200, {})
    if (req.url === '/publish') {
      for (const m of await read(req)) {
        const text = JSON.stringify({ body: m.body })
        for (const c of wss.clients) c.send(text)
      }
      return answer(200, {})
    }
    const room = req.url.split('/')[2]
    const uid = caller(req.headers.authorization)
    const body = validBody(await read(req))
    const [row] = uid ? await store.add(uid, room, body) : []
    if (!row) return answer(403, {})
    answer(201, [row])
    const text = JSON.stringify({ type: 'INSERT', record: { ...row, room_id: Number(room), author_id: uid } })
    for (const member of await store.membersOf(room)) for (const c of rooms.get(room)?.get(member) ?? []) c.send(text)
  } catch (e) {
    answer(500, { message: 'internal' })
    console.error(e)
  }
})
const wss = new WebSocketServer({ server, perMessageDeflate: false })
wss.on('connection', (c, req) => {
  const q = new URL(req.url, 'http://x').searchParams
  const uid = store ? caller('Bearer ' + q.get('token')) : 'anyone'
  if (!uid) return c.close(4001)
  const room = rooms.get(q.get('room')) ?? new Map()
  rooms.set(q.get('room'), room)
  const mine = room.get(uid) ?? new Set()
  room.set(uid, mine.add(c))
  c.on('close', () => mine.delete(c))
  c.send('{"joined":true}')
})
server.listen(Number(process.env.PORT), '127.0.0.1', 4096)
process.on('SIGTERM', () => process.exit(0))
