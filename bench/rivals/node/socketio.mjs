// node socketio.mjs: Socket.IO by hand, a room that everyone joins.
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const server = createServer(async (req, res) => {
  if (req.url === '/publish') {
    let text = ''
    for await (const part of req) text += part
    for (const m of JSON.parse(text)) io.to('room').emit('message', m)
  }
  res.writeHead(200, { 'content-type': 'application/json' }).end('{}')
})
const io = new Server(server, { serveClient: false, transports: ['websocket'] })
io.on('connection', (s) => {
  s.join('room')
  s.emit('joined')
})
server.listen(Number(process.env.PORT), '127.0.0.1', 4096)
process.on('SIGTERM', () => process.exit(0))
