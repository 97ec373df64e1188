// Hand-written queries on better-sqlite3: one prepared statement each, the rule in it.
import Database from 'better-sqlite3'
import { randomUUID } from 'node:crypto'

const db = new Database(process.env.SQLITE_FILE)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = ' + (process.env.SQLITE_SYNC ?? 'FULL'))
db.pragma('foreign_keys = ON')
db.exec(`
create table if not exists users (id text primary key, email text not null unique, password text not null, name text not null) strict;
create table if not exists rooms (id integer primary key, name text not null) strict;
create table if not exists members (room_id integer not null references rooms, user_id text not null references users, role text not null, primary key (room_id, user_id)) strict, without rowid;
create index if not exists members_user on members (user_id);
create table if not exists messages (id text primary key, room_id integer not null references rooms, author_id text not null references users,
  body text not null check (body <> '' and length(body) <= 2000), created_at text not null) strict;
create index if not exists messages_room on messages (room_id, created_at desc);`)

const member = 'exists (select 1 from members x where x.room_id = m.room_id and x.user_id = ?)'
const byEmail = db.prepare('select id, password from users where email = ?')
const get = db.prepare(`select id, body, created_at from messages m where id = ? and ${member}`)
const list = db.prepare(`select m.id, m.body, m.created_at, a.id author_id, a.name author_name from messages m join users a on a.id = m.author_id
  where m.room_id = ? and ${member} order by m.created_at desc limit 50`)
const count = db.prepare(`select count(*) n from messages m where room_id = ? and ${member}`)
const insert = db.prepare(`insert into messages (id, room_id, author_id, body, created_at)
  select ?, ?, ?, ?, ? where exists (select 1 from members where room_id = ? and user_id = ?)`)
const nested = db.prepare(`select r.id, r.name, (select json_group_array(json_object('role', m.role, 'profiles', json_object('name', u.name)))
    from members m join users u on u.id = m.user_id where m.room_id = r.id) members
  from rooms r where exists (select 1 from members x where x.room_id = r.id and x.user_id = ?) order by r.id limit 5`)

export const user = async (email) => byEmail.get(email)
export const one = async (uid, id) => get.all(id, uid)
export const newest = async (uid, room) =>
  list.all(room, uid).map((r) => ({ id: r.id, body: r.body, created_at: r.created_at, author: { id: r.author_id, name: r.author_name } }))
export const total = async (uid, room) => count.get(room, uid).n
export async function add(uid, room, body) {
  const row = { id: randomUUID(), body, created_at: new Date().toISOString() }
  return insert.run(row.id, room, uid, body, row.created_at, room, uid).changes ? [row] : []
}
export const rooms = async (uid) => nested.all(uid).map((r) => ({ id: r.id, name: r.name, members: JSON.parse(r.members) }))

export async function seed(d) {
  const u = db.prepare('insert into users values (?, ?, ?, ?)')
  const r = db.prepare('insert into rooms values (?, ?)')
  const m = db.prepare('insert into members values (?, ?, ?)')
  const x = db.prepare('insert into messages values (?, ?, ?, ?, ?)')
  db.transaction(() => {
    for (const p of d.users) u.run(p.id, p.email, p.password, p.name)
    for (const p of d.rooms) r.run(p.id, p.name)
    for (const p of d.members) m.run(p.room_id, p.user_id, p.role)
    for (const p of d.messages()) x.run(p.id, p.room_id, p.author_id, p.body, p.created_at)
  })()
  db.exec('analyze')
}
