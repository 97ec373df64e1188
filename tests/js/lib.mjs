// What the scripts share: clients of the server under test, and steps that say
// where a script stopped.
import assert from 'node:assert/strict'
import { createClient } from '@supabase/supabase-js'
import WebSocket from 'ws'

export { assert }

export const env = {
  url: process.env.PLINTH_URL,
  key: process.env.PLINTH_KEY,
  anon: process.env.PLINTH_ANON,
  secret: process.env.PLINTH_SECRET,
}

const clients = []

// client is a phone: it has a session of its own.
export function client(key = env.key, options = {}) {
  const db = createClient(env.url, key, {
    ...options,
    auth: { persistSession: false, autoRefreshToken: false, ...options.auth },
    realtime: { transport: WebSocket, ...options.realtime },
  })
  clients.push(db)
  return db
}

const done = []

export async function step(name, fn) {
  try {
    const out = await fn()
    done.push(name)
    return out
  } catch (err) {
    console.error(`step "${name}" after ${done.length} good ones: ${err.stack ?? err}`)
    process.exit(1)
  }
}

// ok returns the data of an answer that must be good.
export function ok(answer) {
  if (answer.error) {
    const { code, message, details, hint } = answer.error
    throw new Error(`${answer.status ?? ''} ${code} ${message} ${JSON.stringify({ details, hint })}`)
  }
  return answer.data
}

// fails expects an error with this code, and a message; want may hold more members.
export function fails(answer, code, want = {}) {
  assert.ok(answer.error, `no error but ${JSON.stringify(answer.data)}, want ${code}`)
  assert.equal(answer.error.code, code, answer.error.message)
  assert.ok(answer.error.message?.length > 0, `error ${code} has no message`)
  for (const [name, value] of Object.entries(want)) {
    const have = name === 'status' ? (answer.status ?? answer.error.status) : answer.error[name]
    assert.deepEqual(have, value, `${name} of error ${code}`)
  }
}

export function same(have, want) {
  assert.deepEqual(have, want)
}

// within fails where the promise takes too long. A minute is for a busy machine.
export function within(promise, what, ms = 60_000) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

// inbox collects events and lets a script wait for one that pleases it.
export function inbox() {
  const all = []
  let waiting = []
  return {
    all,
    put(event) {
      all.push(event)
      waiting = waiting.filter((look) => !look())
    },
    until(what, match) {
      return within(new Promise((resolve) => {
        const look = () => {
          const event = all.find(match)
          if (event) resolve(event)
          return !!event
        }
        if (!look()) waiting.push(look)
      }), what).catch((err) => { throw new Error(`${err.message}; there came ${JSON.stringify(all).slice(0, 2000)}`) })
    },
  }
}

// subscribed resolves when the channel is joined.
export function subscribed(channel) {
  return within(new Promise((resolve, reject) => {
    channel.subscribe((status, err) => {
      if (status === 'SUBSCRIBED') resolve(channel)
      else if (status !== 'CLOSED') reject(new Error(`${channel.topic}: ${status} ${err?.message ?? ''}`))
    })
  }), `join of ${channel.topic}`)
}

// finish prints the result and ends the process, open sockets or not.
export async function finish(result = {}) {
  await Promise.race([
    Promise.all(clients.map((db) => db.removeAllChannels().catch(() => {}))),
    new Promise((resolve) => setTimeout(resolve, 2000)),
  ])
  process.stdout.write(JSON.stringify({ steps: done, ...result }) + '\n', () => process.exit(0))
}
