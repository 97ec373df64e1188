// The user management tutorial: what its app does, and what strangers may not do.
import { assert, client, fails, finish, ok, same, step } from './lib.mjs'

const ann = client()
const eve = client()
const nobody = client()

const user = await step('sign-up with metadata', async () => {
  const { user, session } = ok(await ann.auth.signUp({
    email: 'ann@example.com',
    password: 'correct horse battery',
    options: { data: { full_name: 'Ann Arbor', avatar_url: 'ann.png' } },
  }))
  assert.ok(session.access_token)
  same(user.user_metadata.full_name, 'Ann Arbor')
  return user
})

await step('the trigger made the profile', async () => {
  const data = ok(await ann.from('profiles').select('id, updated_at, username, full_name, avatar_url, website').eq('id', user.id).single())
  same(data, { id: user.id, updated_at: null, username: null, full_name: 'Ann Arbor', avatar_url: 'ann.png', website: null })
})

await step('a sign-up without metadata', async () => {
  const { user: other } = ok(await eve.auth.signUp({ email: 'eve@example.com', password: 'correct horse battery' }))
  same(ok(await eve.from('profiles').select('full_name').eq('id', other.id)), [{ full_name: null }])
})

await step('upsert of the own profile', async () => {
  const updated_at = new Date('2026-03-04T05:06:07.089Z')
  ok(await ann.from('profiles').upsert({ id: user.id, username: 'ann', website: 'https://example.com', avatar_url: 'a.png', updated_at }))
  const row = ok(await ann.from('profiles').select('username, website, avatar_url, full_name, updated_at').eq('id', user.id).single())
  same(row, { username: 'ann', website: 'https://example.com', avatar_url: 'a.png', full_name: 'Ann Arbor', updated_at: '2026-03-04T05:06:07.089+00:00' })
})

await step('a short username', async () => {
  fails(await ann.from('profiles').update({ username: 'an' }).eq('id', user.id), '23514', {
    message: 'new row for relation "profiles" violates check constraint "username_length"', status: 400,
  })
})

await step('a username that is taken', async () => {
  const { data: { user: me } } = await eve.auth.getUser()
  fails(await eve.from('profiles').update({ username: 'ann' }).eq('id', me.id), '23505', {
    message: 'duplicate key value violates unique constraint "profiles_username_key"', status: 409,
  })
})

await step('a stranger changes nothing', async () => {
  same(ok(await eve.from('profiles').update({ website: 'https://evil.example' }).eq('id', user.id).select()), [])
  same(ok(await nobody.from('profiles').update({ website: 'https://evil.example' }).eq('id', user.id).select()), [])
  same(ok(await nobody.from('profiles').delete().eq('id', user.id).select()), [])
})

await step('a stranger makes no profile', async () => {
  const id = crypto.randomUUID()
  fails(await eve.from('profiles').insert({ id, username: 'ghost' }), '42501', {
    message: 'new row violates row-level security policy for table "profiles"', status: 403,
  })
  fails(await nobody.from('profiles').insert({ id, username: 'ghost' }), '42501', { status: 401 })
})

await step('a stranger upserts nobody else', async () => {
  fails(await eve.from('profiles').upsert({ id: user.id, username: 'mine' }), '42501')
})

await step('signed out, profiles are public', async () => {
  same(ok(await nobody.from('profiles').select('username, website').not('username', 'is', null)), [{ username: 'ann', website: 'https://example.com' }])
})

await step('the bucket is there for the service', async () => {
  const service = client(process.env.PLINTH_SECRET)
  const admin = ok(await service.from('profiles').select('id', { count: 'exact', head: true }).then((r) => ({ ...r, data: r.count })))
  same(admin, 2)
})

await step('sign-in, then sign-out', async () => {
  const phone = client()
  const { session } = ok(await phone.auth.signInWithPassword({ email: 'ann@example.com', password: 'correct horse battery' }))
  assert.ok(session)
  const { error } = await phone.auth.signOut()
  same(error, null)
  same((await phone.auth.getSession()).data.session, null)
})

await finish()
