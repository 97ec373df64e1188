// The descriptions of the API, read by a validator of their specifications.
import { Validator } from '@seriousme/openapi-schema-validator'
import { assert, env, finish, same, step } from './lib.mjs'

async function fetchDoc(path, key) {
  const answer = await fetch(env.url + path, { headers: { apikey: key } })
  same(answer.status, 200)
  return answer.json()
}

// The specifications' schemas don't say these.
function check(doc) {
  const ids = new Set()
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const op of Object.values(item)) {
      if (op.operationId) assert.ok(!ids.has(op.operationId), `${op.operationId} is used twice`)
      ids.add(op.operationId)
      const holes = [...path.matchAll(/\{(.+?)\}/g)].map((m) => m[1])
      same((op.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name), holes)
    }
  }
  const walk = (node) => {
    if (typeof node?.$ref === 'string') {
      const steps = decodeURIComponent(node.$ref.slice(2)).split('/').map((s) => s.replaceAll('~1', '/').replaceAll('~0', '~'))
      assert.ok(steps.reduce((at, step) => at?.[step], doc), `${node.$ref} leads nowhere`)
    }
    for (const child of Object.values(node ?? {})) if (typeof child === 'object') walk(child)
  }
  walk(doc)
}

for (const [path, version] of [['/openapi.json', '3.1'], ['/rest/v1/', '2.0']]) {
  for (const key of [env.key, env.secret]) {
    await step(`${path} as ${key === env.key ? 'anon' : 'service_role'} is valid`, async () => {
      const doc = await fetchDoc(path, key)
      const validator = new Validator()
      const { valid, errors } = await validator.validate(structuredClone(doc))
      assert.ok(valid, JSON.stringify(errors))
      same(validator.version, version)
      check(doc)
    })
  }
}

await step('a role sees what it may use', async () => {
  const [anon, all] = [await fetchDoc('/openapi.json', env.key), await fetchDoc('/openapi.json', env.secret)]
  const path = '/rest/v1/staff%20only'
  assert.ok(!anon.paths[path] && all.paths[path].get && all.paths[path].patch)
  same(Object.keys(anon.paths['/rest/v1/things']), ['get'])
  assert.ok(anon.paths['/auth/v1/signup'].post && anon.paths['/storage/v1/object/{bucket}/{path}'].get && anon.paths['/rest/v1/batch'].post)
})

finish()
