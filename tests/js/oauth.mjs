// Sign-in by other providers, as an app does it: two providers of different makers,
// both flows, linking and unlinking, and native tokens.
import { createHash } from 'node:crypto'
import { assert, client, env, fails, finish, ok, same, step } from './lib.mjs'

// browse follows redirects with cookies until an address is the app's own.
async function browse(start) {
  const jar = new Map()
  let url = start
  for (let n = 0; n < 15; n++) {
    const origin = new URL(url).origin
    const cookie = [...(jar.get(origin) ?? new Map())].map(([k, v]) => `${k}=${v}`).join('; ')
    const res = await fetch(url, { redirect: 'manual', headers: cookie ? { cookie } : {} })
    for (const line of res.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/)
      if (!jar.has(origin)) jar.set(origin, new Map())
      jar.get(origin).set(name, value)
    }
    const to = res.headers.get('location')
    if (!to) throw new Error(`${url} answers ${res.status} ${await res.text()}`)
    url = new URL(to, url).toString()
    if (url.startsWith('myapp://') || url.startsWith('http://127.0.0.1:3000')) return new URL(url)
  }
  throw new Error('no end of redirects')
}

function memory() {
  const all = new Map()
  return { getItem: (k) => all.get(k) ?? null, setItem: (k, v) => { all.set(k, v) }, removeItem: (k) => { all.delete(k) } }
}
const phone = () => client(env.key, { auth: { flowType: 'pkce', storage: memory(), persistSession: true, detectSessionInUrl: false } })
const redirectTo = 'myapp://callback?from=oauth'

async function start(app, provider, login_hint, more = {}) {
  const { url } = ok(await app.auth.signInWithOAuth({
    provider, options: { redirectTo, skipBrowserRedirect: true, queryParams: { login_hint }, ...more },
  }))
  return browse(url)
}

async function enter(app, provider, hint) {
  const landed = await start(app, provider, hint)
  same(landed.searchParams.get('from'), 'oauth')
  return ok(await app.auth.exchangeCodeForSession(landed.searchParams.get('code')))
}

for (const provider of ['panva', 'mock']) {
  await step(`PKCE through ${provider}`, async () => {
    const { session, user } = await enter(phone(), provider, `ann-${provider}`)
    same(user.email, `ann-${provider}@example.com`)
    same(user.app_metadata, { provider, providers: [provider] })
    same(user.user_metadata.name, `ann-${provider}`)
    assert.ok(session.provider_token)
    assert.ok(user.email_confirmed_at)
    const again = await enter(phone(), provider, `ann-${provider}`)
    same(again.user.id, user.id)
  })

  await step(`the implicit flow through ${provider}`, async () => {
    const app = client(env.key, { auth: { flowType: 'implicit' } })
    const parts = new URLSearchParams((await start(app, provider, `bob-${provider}`)).hash.slice(1))
    assert.ok(parts.get('provider_token'))
    const { user } = ok(await app.auth.setSession({ access_token: parts.get('access_token'), refresh_token: parts.get('refresh_token') }))
    same(user.email, `bob-${provider}@example.com`)
  })
}

await step('an address that the provider has verified joins its account', async () => {
  const by = phone()
  const { user } = ok(await by.auth.signUp({ email: 'carl@example.com', password: 'correct horse' }))
  const got = await enter(phone(), 'panva', 'carl')
  same(got.user.id, user.id)
  same(got.user.app_metadata.providers, ['email', 'panva'])
})

await step('an address that nobody has verified opens no account', async () => {
  const { user } = ok(await phone().auth.signUp({ email: 'unsafe@example.com', password: 'correct horse' }))
  const got = await enter(phone(), 'panva', 'unsafe')
  assert.notEqual(got.user.id, user.id)
  same(got.user.email, '')
})

await step('an identity is linked, and unlinked', async () => {
  const app = phone()
  const { user } = ok(await app.auth.signInAnonymously())
  const { url } = ok(await app.auth.linkIdentity({ provider: 'mock', options: { redirectTo, skipBrowserRedirect: true, queryParams: { login_hint: 'dora' } } }))
  const landed = await browse(url)
  const got = ok(await app.auth.exchangeCodeForSession(landed.searchParams.get('code')))
  same(got.user.id, user.id)
  same(got.user.is_anonymous, false)
  same(got.user.email, 'dora@example.com')
  const second = ok(await app.auth.linkIdentity({ provider: 'panva', options: { redirectTo, skipBrowserRedirect: true, queryParams: { login_hint: 'dora2' } } }))
  ok(await app.auth.exchangeCodeForSession((await browse(second.url)).searchParams.get('code')))
  const { identities } = ok(await app.auth.getUserIdentities())
  same(identities.map((i) => i.provider), ['mock', 'panva'])
  ok(await app.auth.unlinkIdentity(identities[1]))
  same(ok(await app.auth.getUserIdentities()).identities.map((i) => i.provider), ['mock'])
  fails(await app.auth.unlinkIdentity(identities[0]), 'single_identity_not_deletable')
})

await step("another's identity cannot be linked", async () => {
  const app = phone()
  ok(await app.auth.signInAnonymously())
  const { url } = ok(await app.auth.linkIdentity({ provider: 'mock', options: { redirectTo, skipBrowserRedirect: true, queryParams: { login_hint: 'dora' } } }))
  same((await browse(url)).searchParams.get('error_code'), 'identity_already_exists')
})

await step('a refusal comes back to the app', async () => {
  const landed = await start(phone(), 'panva', 'denied')
  same(landed.searchParams.get('error'), 'access_denied')
  same(landed.searchParams.get('error_description'), 'not today')
  same(new URLSearchParams(landed.hash.slice(1)).get('error_code'), 'provider_denied')
})

await step('an address that is not on the list is not gone to', async () => {
  const landed = await start(phone(), 'mock', 'ann-mock', { redirectTo: 'https://evil.example/x' })
  same(landed.origin, 'http://127.0.0.1:3000')
})

await step('a state is good once, and none opens nothing', async () => {
  for (const query of ['state=none&code=x', 'code=x', '']) {
    same((await browse(`${env.url}/auth/v1/callback?${query}`)).searchParams.get('error_code'), 'bad_oauth_state')
  }
  const app = phone()
  const { url } = ok(await app.auth.signInWithOAuth({ provider: 'mock', options: { redirectTo, skipBrowserRedirect: true, queryParams: { login_hint: 'ann-mock' } } }))
  const first = await fetch(url, { redirect: 'manual' })
  const second = await fetch(first.headers.get('location'), { redirect: 'manual' })
  const back = second.headers.get('location')
  assert.ok((await browse(back)).searchParams.get('code'))
  same((await browse(back)).searchParams.get('error_code'), 'bad_oauth_state')
})

await step('providers that are off', async () => {
  const res = await fetch(`${env.url}/auth/v1/authorize?provider=google`, { redirect: 'manual', headers: { 'x-supabase-api-version': '2024-01-01' } })
  same([res.status, (await res.json()).code], [400, 'provider_disabled'])
  const { external } = await (await fetch(`${env.url}/auth/v1/settings`, { headers: { apikey: env.key } })).json()
  same([external.mock, external.panva, external.google], [true, true, false])
})

await step('a native ID token', async () => {
  const nonce = createHash('sha256').update('raw').digest('hex')
  const mock = process.env.OIDC_MOCK
  const q = new URLSearchParams({ client_id: 'plinth-ios', response_type: 'code', redirect_uri: 'http://127.0.0.1:3000/', scope: 'openid', state: 's', nonce, login_hint: 'native' })
  const landed = await browse(`${mock}/authorize?${q}`)
  const res = await fetch(`${mock}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', client_id: 'plinth-ios', code: landed.searchParams.get('code'), redirect_uri: 'http://127.0.0.1:3000/' }),
  })
  const { id_token } = await res.json()
  fails(await phone().auth.signInWithIdToken({ provider: 'mock', token: id_token }), 'validation_failed')
  fails(await phone().auth.signInWithIdToken({ provider: 'mock', token: id_token, nonce: 'other' }), 'validation_failed')
  const { user } = ok(await phone().auth.signInWithIdToken({ provider: 'mock', token: id_token, nonce: 'raw' }))
  same(user.email, 'native@example.com')
  const guest = phone()
  const { user: was } = ok(await guest.auth.signInAnonymously())
  fails(await guest.auth.linkIdentity({ provider: 'mock', token: id_token, nonce: 'raw' }), 'identity_already_exists')
  assert.ok(was.is_anonymous)
})

await finish()
