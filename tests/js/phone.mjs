// Phones and second factors, as an app uses them.
import { execFileSync } from 'node:child_process'
import { assert, client, env, fails, finish, ok, same, step } from './lib.mjs'

// message reads the last message to a number where a developer does.
async function message(number) {
  const { messages } = await (await fetch(`${env.url}/mail/messages?to=${number}`)).json()
  return messages[0].body.match(/\d{6}/)[0]
}
const app = (secret) => execFileSync('oathtool', ['--totp', '--base32', secret]).toString().trim()

const ann = client()
await step('sign-up by phone', async () => {
  const { session, user } = ok(await ann.auth.signUp({ phone: '+491701234567', password: 'correct horse', options: { data: { name: 'Ann' } } }))
  same([session, user.phone], [null, '491701234567'])
  fails(await ann.auth.signInWithPassword({ phone: '+491701234567', password: 'correct horse' }), 'phone_not_confirmed')
  fails(await ann.auth.verifyOtp({ phone: '+491701234567', token: '000000', type: 'sms' }), 'otp_expired')
  const got = ok(await ann.auth.verifyOtp({ phone: '+491701234567', token: await message('491701234567'), type: 'sms' }))
  same(got.user.id, user.id)
  ok(await client().auth.signInWithPassword({ phone: '+491701234567', password: 'correct horse' }))
})

await step('a code by phone, and again', async () => {
  const db = client()
  ok(await db.auth.signInWithOtp({ phone: '+491701234567' }))
  ok(await db.auth.resend({ phone: '+491701234567', type: 'sms' }))
  const { user } = ok(await db.auth.verifyOtp({ phone: '+491701234567', token: await message('491701234567'), type: 'sms' }))
  same(user.user_metadata.name, 'Ann')
})

await step('a number for tests', async () => {
  const db = client()
  ok(await db.auth.signInWithOtp({ phone: '+4152127777' }))
  ok(await db.auth.verifyOtp({ phone: '+4152127777', token: '123456', type: 'sms' }))
})

await step('a change of number', async () => {
  ok(await ann.auth.updateUser({ phone: '+491707654321' }))
  const { user } = ok(await ann.auth.verifyOtp({ phone: '+491707654321', token: await message('491707654321'), type: 'phone_change' }))
  same(user.phone, '491707654321')
})

const bob = client()
const factor = await step('an authenticator app', async () => {
  ok(await bob.auth.signUp({ email: 'bob@example.com', password: 'correct horse' }))
  const made = ok(await bob.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'app', issuer: 'Shop' }))
  assert.match(made.totp.qr_code, /^data:image\/svg\+xml;utf-8,<svg/)
  fails(await bob.auth.mfa.challengeAndVerify({ factorId: made.id, code: '000000' }), 'mfa_verification_failed')
  same(ok(await bob.auth.mfa.getAuthenticatorAssuranceLevel()).nextLevel, 'aal1')
  const challenge = ok(await bob.auth.mfa.challenge({ factorId: made.id }))
  const session = ok(await bob.auth.mfa.verify({ factorId: made.id, challengeId: challenge.id, code: app(made.totp.secret) }))
  assert.ok(session.access_token)
  const level = ok(await bob.auth.mfa.getAuthenticatorAssuranceLevel())
  same([level.currentLevel, level.nextLevel, level.currentAuthenticationMethods.map((m) => m.method)], ['aal2', 'aal2', ['totp', 'password']])
  ok(await bob.auth.refreshSession())
  same(ok(await bob.auth.mfa.getAuthenticatorAssuranceLevel()).currentLevel, 'aal2')
  same(ok(await bob.auth.mfa.listFactors()).totp.map((f) => f.friendly_name), ['app'])
  return made
})

await step('the second device knows what is missing', async () => {
  const db = client()
  ok(await db.auth.signInWithPassword({ email: 'bob@example.com', password: 'correct horse' }))
  same(ok(await db.auth.mfa.getAuthenticatorAssuranceLevel()).nextLevel, 'aal2')
  fails(await db.auth.updateUser({ password: 'another horse' }), 'insufficient_aal')
  fails(await db.auth.mfa.unenroll({ factorId: factor.id }), 'insufficient_aal')
})

await step('a recovery code instead of the app', async () => {
  const { access_token } = ok(await bob.auth.getSession()).session
  const res = await fetch(`${env.url}/auth/v1/factors/recovery-codes`, { method: 'POST', headers: { apikey: env.key, authorization: `Bearer ${access_token}` } })
  const { codes } = await res.json()
  same(codes.length, 10)
  const db = client()
  ok(await db.auth.signInWithPassword({ email: 'bob@example.com', password: 'correct horse' }))
  ok(await db.auth.mfa.challengeAndVerify({ factorId: factor.id, code: codes[0] }))
  same(ok(await db.auth.mfa.getAuthenticatorAssuranceLevel()).currentLevel, 'aal2')
})

await step('a phone as second factor', async () => {
  const made = ok(await bob.auth.mfa.enroll({ factorType: 'phone', phone: '+491700000001', friendlyName: 'phone' }))
  const challenge = ok(await bob.auth.mfa.challenge({ factorId: made.id }))
  ok(await bob.auth.mfa.verify({ factorId: made.id, challengeId: challenge.id, code: await message('491700000001') }))
  same(ok(await bob.auth.mfa.listFactors()).phone.map((f) => f.status), ['verified'])
})

await step('an administrator takes factors away', async () => {
  const admin = client(env.secret).auth.admin
  const { user } = ok(await bob.auth.getUser())
  const { factors } = ok(await admin.mfa.listFactors({ userId: user.id }))
  same(factors.map((f) => f.factor_type), ['totp', 'phone'])
  for (const f of factors) ok(await admin.mfa.deleteFactor({ userId: user.id, id: f.id }))
  same(ok(await bob.auth.getUser()).data?.user?.factors, undefined)
})

await finish()
