// Two OpenID providers of different makers on free ports. They let everybody in whom
// the request's login_hint names; a name that starts with "un" has an address that
// nobody has checked. The addresses are the only line of output; the end of the input
// is the end.
import http from 'node:http'
import { Provider } from 'oidc-provider'
import { OAuth2Server } from 'oauth2-mock-server'

const secret = process.env.OIDC_SECRET
const claims = (name) => ({ sub: `id-${name}`, email: `${name}@example.com`, email_verified: !name.startsWith('un'), name })

async function panva() {
  const server = http.createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'plinth', client_secret: secret, application_type: 'native', grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['http://127.0.0.1/auth/v1/callback'], token_endpoint_auth_method: 'client_secret_basic',
    }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: [secret] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, id) => ({ accountId: id, claims: () => claims(id.replace(/^id-/, '')) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  })
  const serve = provider.callback()
  server.on('request', async (req, res) => {
    if (!req.url.startsWith('/interaction/')) return serve(req, res)
    const { params } = await provider.interactionDetails(req, res)
    if (params.login_hint === 'denied') {
      return provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'not today' })
    }
    const accountId = `id-${params.login_hint}`
    const grant = new provider.Grant({ accountId, clientId: params.client_id })
    grant.addOIDCScope(params.scope)
    await provider.interactionFinished(req, res, { login: { accountId }, consent: { grantId: await grant.save() } })
  })
  return issuer
}

async function mock() {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(0, '127.0.0.1')
  server.issuer.url = server.issuer.url.replace('localhost', '127.0.0.1')
  let name = 'mia' // of the last one who came
  server.service.on('beforeAuthorizeRedirect', (_, req) => { name = req.query.login_hint ?? name })
  server.service.on('beforeTokenSigning', (token) => Object.assign(token.payload, claims(name)))
  server.service.on('beforeUserinfo', (answer) => { answer.body = claims(name) })
  return server
}

const other = await mock()
const addresses = { panva: await panva(), mock: other.issuer.url }
process.stdout.write(JSON.stringify(addresses) + '\n')
process.stdin.resume().on('end', () => process.exit(0))
