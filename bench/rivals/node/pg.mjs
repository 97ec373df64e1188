// Hand-written queries on node-postgres: named (so prepared) statements, the rule in
// each of them.
import pg from 'pg'

const pool = new pg.Pool({ host: process.env.PGHOST, user: 'postgres', database: 'postgres', max: 16 })
const tables = `
create table if not exists users (id uuid primary key, email text not null unique, password text not null, name text not null);
create table if not exists rooms (id bigint primary key, name text not null);
create table if not exists members (room_id bigint not null references rooms, user_id uuid not null references users, role text not null, primary key (room_id, user_id));
create index if not exists members_user on members (user_id);
create table if not exists messages (id uuid primary key default gen_random_uuid(), room_id bigint not null references rooms, author_id uuid not null references users,
  body text not null check (body <> '' and char_length(body) <= 2000), created_at timestamptz not null default now());
create index if not exists messages_room on messages (room_id, created_at desc);`

const run = async (name, text, values) => (await pool.query({ name, text, values })).rows
const member = 'exists (select 1 from members x where x.room_id = m.room_id and x.user_id = $2)'

export const user = async (email) => (await run('user', 'select id, password from users where email = $1', [email]))[0]
export const one = (uid, id) => run('one', `select id, body, created_at from messages m where id = $1 and ${member}`, [id, uid])
export const newest = async (uid, room) =>
  (await run('newest', `select m.id, m.body, m.created_at, a.id author_id, a.name author_name from messages m join users a on a.id = m.author_id
    where m.room_id = $1 and ${member} order by m.created_at desc limit 50`, [room, uid]))
    .map((r) => ({ id: r.id, body: r.body, created_at: r.created_at, author: { id: r.author_id, name: r.author_name } }))
export const total = async (uid, room) => Number((await run('total', `select count(*) n from messages m where room_id = $1 and ${member}`, [room, uid]))[0].n)
export const add = (uid, room, body) =>
  run('add', `insert into messages (room_id, author_id, body) select $1::bigint, $2::uuid, $3
    where exists (select 1 from members where room_id = $1 and user_id = $2) returning id, body, created_at`, [room, uid, body])
export const rooms = (uid) => run('rooms', `select r.id::int, r.name, (select json_agg(json_build_object('role', m.role, 'profiles', json_build_object('name', u.name)))
    from members m join users u on u.id = m.user_id where m.room_id = r.id) members
  from rooms r where exists (select 1 from members x where x.room_id = r.id and x.user_id = $1) order by r.id limit 5`, [uid])
export const membersOf = async (room) => (await run('membersOf', 'select user_id from members where room_id = $1', [room])).map((r) => r.user_id)

const many = (table, rows) => pool.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [JSON.stringify(rows)])

export async function seed(d, also = '') {
  await pool.query(tables)
  await many('users', d.users)
  await many('rooms', d.rooms)
  await many('members', d.members)
  let some = []
  for (const m of d.messages()) {
    if (some.push(m) === 10000) await many('messages', some.splice(0))
  }
  if (some.length) await many('messages', some)
  await pool.query(also + '; analyze')
  await pool.query('vacuum')
  await pool.end()
}
