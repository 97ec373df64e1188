// The stand-in for PostgREST: a transaction for each request, the role and the claims
// set in it, one statement that makes the JSON, under native row-level security.
import pg from 'pg'
import { seed as seedTables } from './pg.mjs'

const pool = new pg.Pool({ host: process.env.PGHOST, user: 'postgres', database: 'postgres', max: 16 })

const rules = `
create role authenticated nologin;
grant usage on schema public to authenticated;
grant select, insert on rooms, members, messages to authenticated;
grant select (id, name) on users to authenticated;
create schema auth; grant usage on schema auth to authenticated;
create function auth.uid() returns uuid language sql stable as
  $$ select (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid $$;
create function is_member(room bigint) returns boolean language sql stable security definer set search_path = '' as
  $$ select exists (select 1 from public.members m where m.room_id = room and m.user_id = (select auth.uid())) $$;
alter table rooms enable row level security; alter table members enable row level security;
alter table messages enable row level security; alter table users enable row level security;
create policy a on users for select to authenticated using (true);
create policy a on rooms for select to authenticated using (is_member(id));
create policy a on members for select to authenticated using (user_id = (select auth.uid()) or is_member(room_id));
create policy a on messages for select to authenticated using (room_id in (select m.room_id from members m where m.user_id = (select auth.uid())));
create policy b on messages for insert to authenticated with check (author_id = (select auth.uid()) and is_member(room_id));
alter table messages alter author_id set default auth.uid()`

// run runs one statement that answers a JSON text; [] is what a refused one answers.
async function run(uid, method, name, text, values) {
  const c = await pool.connect()
  let broken
  try {
    await c.query({ name: 'begin', text: 'begin' })
    await c.query({
      name: 'who', text: `select set_config('role', $1, true), set_config('request.jwt.claims', $2, true), set_config('request.method', $3, true), set_config('request.path', $4, true)`,
      values: ['authenticated', JSON.stringify({ sub: uid, role: 'authenticated' }), method, '/' + name],
    })
    const { rows } = await c.query({ name, text, values })
    await c.query({ name: 'commit', text: 'commit' })
    return rows[0].body
  } catch (e) {
    await c.query('rollback').catch((x) => (broken = x))
    if (e.code === '42501') return '[]'
    throw e
  } finally {
    c.release(broken)
  }
}
const read = (uid, name, text, values) => run(uid, 'GET', name, `select coalesce(json_agg(t), '[]')::text body from (${text}) t`, values)

export const raw = true // the answers are JSON text
export const user = async (email) => (await pool.query({ name: 'user', text: 'select id, password from users where email = $1', values: [email] })).rows[0]
export const one = (uid, id) => read(uid, 'one', 'select id, body, created_at from messages where id = $1', [id])
export const newest = (uid, room) =>
  read(uid, 'newest', `select m.id, m.body, m.created_at, row_to_json(a) author from messages m
    left join lateral (select p.id, p.name from users p where p.id = m.author_id) a on true
    where m.room_id = $1 order by m.created_at desc limit 50`, [room])
export const total = async (uid, room) => JSON.parse(await read(uid, 'total', 'select count(*) n from messages where room_id = $1', [room]))[0].n
export const add = (uid, room, body) =>
  run(uid, 'POST', 'add', `with t as (insert into messages (room_id, body) select room_id, body from json_to_recordset($1) x(room_id bigint, body text)
    returning id, body, created_at) select coalesce(json_agg(t), '[]')::text body from t`, [JSON.stringify([{ room_id: Number(room), body }])])
export const rooms = (uid) => read(uid, 'rooms', `select r.id, r.name, coalesce(a.x, '[]') members from rooms r left join lateral
  (select json_agg(y) x from (select m.role, row_to_json(p) profiles from members m left join lateral (select u.name from users u where u.id = m.user_id) p on true
    where m.room_id = r.id) y) a on true order by r.id limit 5`, [])

export async function seed(d) {
  await seedTables(d, rules)
  await pool.end()
}
