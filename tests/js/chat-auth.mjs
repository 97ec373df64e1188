// Sign-up, sessions and their ends, as the official client sees them.
import { assert, client, env, fails, finish, ok, same, step } from './lib.mjs'

const email = 'ann@example.com'
const password = 'correct horse'
const ann = client()

const first = await step('sign-up gives a user and a session', async () => {
  const { user, session } = ok(await ann.auth.signUp({ email, password, options: { data: { name: 'Ann' } } }))
  same([user.email, user.role, user.aud, user.is_anonymous], [email, 'authenticated', 'authenticated', false])
  same(user.app_metadata, { provider: 'email', providers: ['email'] })
  same(user.identities.map((i) => i.provider), ['email'])
  same([session.token_type, session.expires_in], ['bearer', 3600])
  return session
})

await step('the token is signed with a key that everyone can check', async () => {
  const { claims, header } = ok(await ann.auth.getClaims())
  same([claims.sub, claims.role, claims.email, header.alg], [first.user.id, 'authenticated', email, 'ES256'])
  assert.match(claims.iss, /\/auth\/v1$/)
})

await step('an address signs up once', async () => {
  fails(await client().auth.signUp({ email: 'ANN@example.com', password }), 'user_already_exists', { status: 422 })
})

await step('weak and missing input', async () => {
  const { error } = await client().auth.signUp({ email: 'x@example.com', password: 'x' })
  same([error.code, error.status], ['weak_password', 422])
  same(error.reasons, ['length'])
  fails(await client().auth.signUp({ email: 'no address', password }), 'validation_failed', { status: 400 })
})

await step('a wrong password, a stranger', async () => {
  fails(await client().auth.signInWithPassword({ email, password: 'wrong horse' }), 'invalid_credentials', { status: 400, message: 'Invalid login credentials' })
  fails(await client().auth.signInWithPassword({ email: 'who@example.com', password }), 'invalid_credentials', { status: 400, message: 'Invalid login credentials' })
})

const phone = client()
await step('sign-in on a second device', async () => {
  const { session, user } = ok(await phone.auth.signInWithPassword({ email, password }))
  same(user.id, first.user.id)
  assert.notEqual(session.refresh_token, first.refresh_token)
})

await step('getUser', async () => {
  same(ok(await phone.auth.getUser()).user.id, first.user.id)
})

await step('refresh rotates the token', async () => {
  const { session } = ok(await phone.auth.refreshSession())
  assert.ok(session.access_token)
  same(ok(await phone.from('profiles').select('name').eq('id', first.user.id)), [{ name: 'Ann' }])
})

await step('the same refresh token at once is a retry', async () => {
  const other = client()
  const { session } = ok(await other.auth.signInWithPassword({ email, password }))
  const again = ok(await client().auth.refreshSession({ refresh_token: session.refresh_token })).session
  const twice = ok(await client().auth.refreshSession({ refresh_token: session.refresh_token })).session
  assert.ok(again.refresh_token && twice.refresh_token)
  fails(await client().auth.refreshSession({ refresh_token: 'nosuchtoken1' }), 'refresh_token_not_found', { status: 400 })
})

await step('updateUser changes metadata and password', async () => {
  same(ok(await phone.auth.updateUser({ data: { colour: 'red' } })).user.user_metadata.colour, 'red')
  ok(await phone.auth.updateUser({ password: 'battery staple' }))
  fails(await client().auth.signInWithPassword({ email, password }), 'invalid_credentials')
  ok(await client().auth.signInWithPassword({ email, password: 'battery staple' }))
  fails(await phone.auth.updateUser({ password: 'battery staple' }), 'same_password', { status: 422 })
})

await step('an anonymous sign-in', async () => {
  const guest = client()
  const { user } = ok(await guest.auth.signInAnonymously({ options: { data: { name: 'Guest' } } }))
  same([user.is_anonymous, user.email ?? ''], [true, ''])
  same(ok(await guest.from('profiles').select('name').eq('id', user.id)), [{ name: 'Guest' }])
  same(ok(await guest.auth.getClaims()).claims.is_anonymous, true)
})

await step('a guest becomes a person', async () => {
  const guest = client()
  ok(await guest.auth.signInAnonymously({ options: { data: { name: 'Gil' } } }))
  const { user } = ok(await guest.auth.updateUser({ email: 'gil@example.com' }))
  same(user.email, 'gil@example.com')
  same(ok(await guest.auth.refreshSession()).user.is_anonymous, false)
})

await step('a trigger that raises refuses the sign-up', async () => {
  const { error } = await client().auth.signUp({ email: 'long@example.com', password, options: { data: { name: 'n'.repeat(41) } } })
  same(error.status, 500) // the client drops the code of a 500
  assert.match(error.message, /^Database error saving new user/)
  fails(await client().auth.signInWithPassword({ email: 'long@example.com', password }), 'invalid_credentials')
})

await step('the older style of keys signs in too', async () => {
  ok(await client(env.anon).auth.signInWithPassword({ email, password: 'battery staple' }))
})

await step('a token of another secret is nobody', async () => {
  const [head, body] = ok(await phone.auth.getSession()).session.access_token.split('.')
  const forged = client(env.key, { global: { headers: { Authorization: `Bearer ${head}.${body}.${'A'.repeat(86)}` } } })
  fails(await forged.from('profiles').select(), 'PGRST301', { status: 401 })
})

await step('signing others out leaves this session', async () => {
  same((await phone.auth.signOut({ scope: 'others' })).error, null)
  ok(await phone.auth.getUser())
  fails(await ann.auth.refreshSession(), 'refresh_token_not_found')
})

await step('sign-out ends the session on the server', async () => {
  const { session } = ok(await phone.auth.getSession())
  same((await phone.auth.signOut()).error, null)
  const thief = client()
  const { error } = await thief.auth.getUser(session.access_token)
  assert.ok(error, 'the token of an ended session still reads the user')
  fails(await thief.auth.refreshSession({ refresh_token: session.refresh_token }), 'refresh_token_not_found')
  same(ok(await phone.from('profiles').select()), [])
})

await step('settings and health', async () => {
  const settings = await (await fetch(`${env.url}/auth/v1/settings`, { headers: { apikey: env.key } })).json()
  same([settings.external.email, settings.external.anonymous_users, settings.mailer_autoconfirm], [true, true, true])
  same((await fetch(`${env.url}/auth/v1/health`, { headers: { apikey: env.key } })).status, 200)
  const { keys } = await (await fetch(`${env.url}/auth/v1/.well-known/jwks.json`)).json()
  assert.ok(keys.every((k) => k.kty === 'EC' && !k.d))
})

await finish()
