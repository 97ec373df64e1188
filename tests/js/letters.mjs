// Accounts by letter, sessions, and the administrator's part, as apps and servers call
// them. The last step looks that the scripts together call all that the client has.
import { readdirSync, readFileSync } from 'node:fs'
import { assert, client, env, fails, finish, inbox, ok, same, step } from './lib.mjs'

// letter reads the newest letter to an address where a developer does.
async function letter(to) {
  const { messages } = await (await fetch(`${env.url}/mail/messages?to=${encodeURIComponent(to)}`)).json()
  const body = messages[0].body
  const link = new URL(body.match(/href="([^"]+)"/)?.[1].replaceAll('&amp;', '&') ?? 'about:blank')
  return { code: body.match(/<strong>(\d{6})<\/strong>/)[1], hash: link.searchParams.get('token'), link }
}

// follow goes where a letter's link leads.
async function follow(link) {
  const res = await fetch(link, { redirect: 'manual' })
  same(res.status, 303)
  return new URL(res.headers.get('location'))
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const events = inbox()
const ann = client()
const { data: { subscription } } = ann.auth.onAuthStateChange((event, session) => events.put({ event, user: session?.user?.email }))

await step('a sign-up is confirmed by the code of its second letter', async () => {
  same((await ann.auth.initialize()).error, null)
  await events.until('the beginning', (e) => e.event === 'INITIAL_SESSION')
  const { session, user } = ok(await ann.auth.signUp({ email: 'ann@example.com', password: 'correct horse', options: { data: { name: 'Ann' } } }))
  same([session, user.identities.length, user.email_confirmed_at], [null, 1, undefined])
  fails(await ann.auth.signInWithPassword({ email: 'ann@example.com', password: 'correct horse' }), 'email_not_confirmed')
  ok(await ann.auth.resend({ type: 'signup', email: 'ann@example.com' }))
  fails(await ann.auth.verifyOtp({ email: 'ann@example.com', token: '000000', type: 'signup' }), 'otp_expired')
  const got = ok(await ann.auth.verifyOtp({ email: 'ann@example.com', token: (await letter('ann@example.com')).code, type: 'signup' }))
  same(got.user.id, user.id)
  await events.until('the sign-in', (e) => e.event === 'SIGNED_IN' && e.user === 'ann@example.com')
  const again = ok(await client().auth.signUp({ email: 'ann@example.com', password: 'another horse' })).user
  assert.notEqual(again.id, user.id)
  same(Object.keys(again).sort(), Object.keys(user).sort())
})

await step('a code, and a link with its hash', async () => {
  const db = client()
  ok(await db.auth.signInWithOtp({ email: 'ann@example.com', options: { shouldCreateUser: false } }))
  ok(await db.auth.verifyOtp({ email: 'ann@example.com', token: (await letter('ann@example.com')).code, type: 'email' }))
  ok(await db.auth.signInWithOtp({ email: 'bob@example.com', options: { data: { name: 'Bob' } } }))
  const { user } = ok(await db.auth.verifyOtp({ token_hash: (await letter('bob@example.com')).hash, type: 'email' }))
  same(user.user_metadata.name, 'Bob')
  fails(await db.auth.signInWithOtp({ email: 'nobody@example.com', options: { shouldCreateUser: false } }), 'otp_disabled')
})

await step('a forgotten password, by the PKCE flow', async () => {
  const store = new Map()
  const storage = { getItem: (k) => store.get(k) ?? null, setItem: (k, v) => store.set(k, v), removeItem: (k) => store.delete(k) }
  const db = client(env.key, { auth: { flowType: 'pkce', persistSession: true, storage } })
  ok(await db.auth.resetPasswordForEmail('ann@example.com', { redirectTo: 'myapp://new-password' }))
  const landed = await follow((await letter('ann@example.com')).link)
  same(landed.protocol, 'myapp:')
  ok(await db.auth.exchangeCodeForSession(landed.searchParams.get('code')))
  fails(await db.auth.updateUser({ password: 'correct horse' }), 'same_password')
  ok(await db.auth.updateUser({ password: 'a new horse' }))
  ok(await client().auth.signInWithPassword({ email: 'ann@example.com', password: 'a new horse' }))
  fails(await client().auth.signInWithPassword({ email: 'ann@example.com', password: 'correct horse' }), 'invalid_credentials')
  ok(await db.auth.resetPasswordForEmail('nobody@example.com'))
})

await step('a code before a new password', async () => {
  ok(await ann.auth.reauthenticate())
  ok(await ann.auth.updateUser({ password: 'correct horse', nonce: (await letter('ann@example.com')).code }))
  await events.until('the change', (e) => e.event === 'USER_UPDATED')
})

await step('a change of address, which both confirm', async () => {
  const { user } = ok(await ann.auth.updateUser({ email: 'anna@example.com', data: { colour: 'red' } }))
  same([user.email, user.new_email, user.user_metadata.colour], ['ann@example.com', 'anna@example.com', 'red'])
  ok(await ann.auth.resend({ type: 'email_change', email: 'ann@example.com' }))
  for (const to of ['ann@example.com', 'anna@example.com']) {
    const { error } = await ann.auth.verifyOtp({ email: to, token: (await letter(to)).code, type: 'email_change' })
    same(error, null)
  }
  same(ok(await ann.auth.getUser()).user.email, 'anna@example.com')
})

await step('a session is handed over, kept fresh, and told', async () => {
  const { session } = ok(await ann.auth.refreshSession())
  await events.until('the refresh', (e) => e.event === 'TOKEN_REFRESHED')
  const store = new Map()
  const storage = { getItem: (k) => store.get(k) ?? null, setItem: (k, v) => store.set(k, v), removeItem: (k) => store.delete(k) }
  const other = client(env.key, { auth: { persistSession: true, storage } })
  const kept = ok(await other.auth.setSession({ access_token: session.access_token, refresh_token: session.refresh_token })).session
  same(kept.refresh_token, session.refresh_token)
  same(ok(await other.auth.getUser(kept.access_token)).user.email, 'anna@example.com')
  same(ok(await other.auth.getClaims()).claims.email, 'anna@example.com')
  // The phone slept for long: the client that finds an old session refreshes it.
  const late = ([key, text]) => store.set(key, JSON.stringify({ ...JSON.parse(text), expires_at: 1, expires_in: -1 }))
  const key = [...store.keys()].find((k) => k.endsWith('-auth-token'))
  late([key, store.get(key)])
  const fresh = ok(await other.auth.getSession()).session
  assert.notEqual(fresh.refresh_token, kept.refresh_token)
  late([key, store.get(key)])
  await other.auth.startAutoRefresh()
  for (let n = 0; JSON.parse(store.get(key)).refresh_token === fresh.refresh_token; n++) {
    assert.ok(n < 600, 'the client does not refresh by itself')
    await pause(100)
  }
  await other.auth.stopAutoRefresh()
})

await step('sign-out, as far as is said', async () => {
  const sign = async () => {
    const db = client()
    ok(await db.auth.signInWithPassword({ email: 'anna@example.com', password: 'correct horse' }))
    return db
  }
  const alive = async (db) => (await db.auth.refreshSession()).error === null
  const [one, two, three] = [await sign(), await sign(), await sign()]
  ok(await one.auth.signOut({ scope: 'local' }))
  assert.ok(await alive(two))
  ok(await two.auth.signOut({ scope: 'others' }))
  same([await alive(two), await alive(three)], [true, false])
  const four = await sign()
  ok(await two.auth.signOut())
  same(await alive(four), false)
  same((await ann.auth.signOut({ scope: 'local' })).error, null)
  await events.until('the end', (e) => e.event === 'SIGNED_OUT')
  subscription.unsubscribe()
  ann.auth.dispose?.()
})

const admin = client(env.secret).auth.admin

await step('an administrator keeps users', async () => {
  fails(await client().auth.admin.listUsers(), 'no_authorization')
  const { user } = ok(await admin.createUser({ email: 'carl@example.com', password: 'correct horse', email_confirm: true, user_metadata: { a: 1 }, app_metadata: { plan: 'pro' } }))
  same([user.app_metadata.plan, !!user.email_confirmed_at], ['pro', true])
  fails(await admin.createUser({ email: 'carl@example.com' }), 'email_exists')
  const page = ok(await admin.listUsers({ page: 1, perPage: 2 }))
  same([page.users.length, page.nextPage, page.lastPage, page.total], [2, 2, 2, 3])
  same(ok(await admin.getUserById(user.id)).user.email, 'carl@example.com')
  ok(await admin.updateUserById(user.id, { ban_duration: '1h', user_metadata: { b: 2 } }))
  fails(await client().auth.signInWithPassword({ email: 'carl@example.com', password: 'correct horse' }), 'user_banned')
  same(ok(await admin.updateUserById(user.id, { ban_duration: 'none', email: 'karl@example.com' })).user.user_metadata, { a: 1, b: 2 })
  const karl = client()
  const { session } = ok(await karl.auth.signInWithPassword({ email: 'karl@example.com', password: 'correct horse' }))
  same((await admin.signOut(session.access_token, 'global')).error, null)
  fails(await karl.auth.refreshSession(), 'refresh_token_not_found')
  ok(await admin.deleteUser(user.id, true))
  assert.ok(ok(await admin.getUserById(user.id)).user.deleted_at)
  ok(await admin.deleteUser(user.id))
  fails(await admin.getUserById(user.id), 'user_not_found')
})

await step('an administrator invites, and makes links', async () => {
  const { user } = ok(await admin.inviteUserByEmail('dora@example.com', { data: { team: 'x' }, redirectTo: 'myapp://welcome' }))
  assert.ok(user.invited_at)
  same(ok(await client().auth.verifyOtp({ token_hash: (await letter('dora@example.com')).hash, type: 'invite' })).user.id, user.id)
  for (const [ask, type] of [
    [{ type: 'signup', email: 'eve@example.com', password: 'correct horse' }, 'signup'],
    [{ type: 'invite', email: 'finn@example.com' }, 'invite'],
    [{ type: 'magiclink', email: 'dora@example.com' }, 'magiclink'],
    [{ type: 'recovery', email: 'dora@example.com' }, 'recovery'],
  ]) {
    const { properties } = ok(await admin.generateLink(ask))
    same([properties.verification_type, properties.email_otp.length], [type, 6])
    same(ok(await client().auth.verifyOtp({ token_hash: properties.hashed_token, type })).user.email, ask.email)
  }
  const change = { email: 'dora@example.com', newEmail: 'doris@example.com' }
  const old = ok(await admin.generateLink({ type: 'email_change_current', ...change })).properties
  const now = ok(await admin.generateLink({ type: 'email_change_new', ...change })).properties
  const db = client()
  same((await db.auth.verifyOtp({ token_hash: old.hashed_token, type: 'email_change' })).error, null)
  same(ok(await db.auth.verifyOtp({ token_hash: now.hashed_token, type: 'email_change' })).user.email, 'doris@example.com')
})

// What the client has for features that are no part of Plinth yet, and what is its own.
const later = ['signInWithWeb3', 'signInWithEthereum', 'signInWithSolana', 'signInWithSSO', 'signInWithPasskey', 'registerPasskey']
const own = ['logger', 'fetch', 'fetchJwk', 'isThrowOnErrorEnabled', 'linkIdentityOAuth', 'linkIdentityIdToken']

await step('the scripts call all that the client has', async () => {
  const text = readdirSync('.').filter((f) => f.endsWith('.mjs')).map((f) => readFileSync(f, 'utf8')).join('\n')
  const has = (o, prefix) => {
    for (let p = o; p && p !== Object.prototype; p = Object.getPrototypeOf(p)) {
      for (const name of Object.getOwnPropertyNames(p)) {
        if (typeof o[name] !== 'function' || name.startsWith('_') || name === 'constructor' || later.includes(name) || own.includes(name)) continue
        assert.ok(text.includes(`${prefix}.${name}(`) || text.includes(`${prefix}.${name}?.(`), `no script calls ${prefix}.${name}`)
      }
    }
  }
  const { auth } = client()
  has(auth, 'auth')
  has(auth.mfa, 'auth.mfa')
  has(auth.admin, 'admin')
  has(auth.admin.mfa, 'admin.mfa')
})

await finish()
