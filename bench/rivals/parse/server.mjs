// Parse Server with the chat's classes: a role for each room's members, an ACL on each
// object, and cloud code that asks for membership before a message is saved. It fills
// an empty database first, then listens.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import express from 'express'
import pg from 'pg'

const { ParseServer } = createRequire(import.meta.url)('parse-server')
const { PORT, DATABASE, LIST, COUNT } = process.env
const url = `http://127.0.0.1:${PORT}/parse`
const master = { useMasterKey: true }
const open = { find: {}, count: {}, get: {}, create: {}, update: {}, delete: {}, addField: {} }
const signedIn = { ...open, count: { requiresAuthentication: true }, find: { requiresAuthentication: true }, get: { requiresAuthentication: true }, create: { requiresAuthentication: true } }

const parse = new ParseServer({
  appId: 'chat', masterKey: process.env.JWT_SECRET, serverURL: url, databaseURI: DATABASE,
  allowClientClassCreation: false, enableAnonymousUsers: false, logLevel: 'error', silent: true, logsFolder: null, encodeParseObjectInCloudFunction: true,
  rateLimit: undefined, masterKeyIps: ['127.0.0.1'], schema: {
    definitions: [
      { className: '_User', fields: { name: { type: 'String' } }, classLevelPermissions: signedIn },
      { className: 'Room', fields: { name: { type: 'String' } }, classLevelPermissions: signedIn },
      { className: 'Member', fields: { room: { type: 'Pointer', targetClass: 'Room' }, user: { type: 'Pointer', targetClass: '_User' }, role: { type: 'String' } }, classLevelPermissions: signedIn },
      { className: 'Message', fields: { room: { type: 'Pointer', targetClass: 'Room' }, author: { type: 'Pointer', targetClass: '_User' }, body: { type: 'String' }, sentAt: { type: 'Date' } }, classLevelPermissions: signedIn },
    ],
  },
  cloud: (P) => {
    P.Cloud.beforeSave('Message', async ({ object, user, master }) => {
      if (master) return
      const room = object.get('room')
      const member = user && room && (await new P.Query('Member').equalTo('room', room).equalTo('user', user).first({ useMasterKey: true }))
      const body = object.get('body')
      if (!member || typeof body !== 'string' || body === '' || body.length > 2000) throw new P.Error(P.Error.OPERATION_FORBIDDEN, 'not a member')
      object.set('author', user)
      object.set('sentAt', new Date())
      const acl = new P.ACL()
      acl.setRoleReadAccess('room-' + room.id, true)
      object.setACL(acl)
    })
  },
})
const app = express()
const server = createServer(app)
await new Promise((r) => server.listen(Number(PORT), '127.0.0.1', r))
await parse.start()
app.use('/parse', parse.app)
const rooms = await seed()
app.get('/health', (req, res) => res.json({ rooms }))

async function seed() {
  const P = globalThis.Parse
  const old = await new P.Query('Room').ascending('name').find(master)
  if (old.length) return old.map((r) => r.id)
  const users = []
  for (let n = 0; n < 11; n++) {
    const acl = new P.ACL()
    acl.setPublicReadAccess(true)
    const u = new P.User({ username: `user${n}@example.com`, email: `user${n}@example.com`, password: 'a long password', name: `User ${n}`, ACL: acl })
    users.push(await u.save(null, master))
  }
  const ids = []
  const db = new pg.Client(DATABASE)
  await db.connect()
  for (const n of [1, 2, 3]) {
    const room = await new P.Object('Room').save({ name: `Room ${n}` }, master)
    const name = 'room-' + room.id
    const role = new P.Role(name, new P.ACL())
    role.getUsers().add(users)
    await role.save(null, master)
    const acl = new P.ACL()
    acl.setRoleReadAccess(name, true)
    await room.save({ ACL: acl }, master)
    for (const [i, user] of users.entries()) await new P.Object('Member').save({ room, user, role: i ? 'member' : 'owner', ACL: acl }, master)
    ids.push(room.id)
    await db.query(`insert into "Message" ("objectId", "createdAt", "updatedAt", room, author, body, "sentAt", _rperm, _wperm)
      select 'm${n}' || lpad(i::text, 13, '0'), now(), now(), $1, ($2::text[])[2 + i % 10],
        'message number ' || i || ', about as long as a message in a chat usually is', timestamptz '2026-01-01 00:00:00Z' + i * interval '1 second', array['role:${name}'], array[]::text[]
      from generate_series(0, $3::int - 1) i`, [room.id, users.map((u) => u.id), [0, Number(LIST), Number(COUNT), 0][n]])
  }
  await db.query(`create index on "Message" (room, "sentAt" desc); create index on "Member" (room, "user"); analyze`)
  await db.query('vacuum')
  await db.end()
  return ids
}
process.on('SIGTERM', () => process.exit(0))
