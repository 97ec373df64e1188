// What the hand-written servers share: the shape of an answer and the tokens.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { createSigner, createVerifier } from 'fast-jwt'

const key = process.env.JWT_SECRET
// fast-jwt's cache of verified tokens, as its documentation recommends for speed.
export const sign = createSigner({ key, algorithm: 'HS256', expiresIn: 3600_000 })
const check = createVerifier({ key, algorithms: ['HS256'], cache: 1000 })

// The caller's user id, or undefined.
export function caller(header) {
  if (!header?.startsWith('Bearer ')) return
  try {
    return check(header.slice(7)).sub
  } catch {}
}

const kdf = promisify(scrypt) // Node's defaults: N=16384, r=8, p=1

export async function hashPassword(password) {
  const salt = randomBytes(16)
  return salt.toString('hex') + ':' + (await kdf(password, salt, 64)).toString('hex')
}

export async function passwordFits(password, stored) {
  const [salt, hash] = stored.split(':').map((x) => Buffer.from(x, 'hex'))
  return timingSafeEqual(await kdf(password, salt, 64), hash)
}

export const refused = (status, message) => Object.assign(new Error(message), { statusCode: status })

export function validBody(body) {
  if (typeof body?.body !== 'string' || body.body === '' || body.body.length > 2000) throw refused(400, 'body must have 1 to 2000 characters')
  return body.body
}
