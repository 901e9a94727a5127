/* global SwaggerUIBundle */

// One key, or session token, opens the list of services, the document of the chosen one, and every call that is tried
// out: either is taken as a bearer. It is kept for this tab only.
const kept = 'gatehouse-key'
const element = (id) => document.getElementById(id)
const say = (text, bad = false) => {
  element('message').textContent = text
  element('message').classList.toggle('bad', bad)
  element('message').hidden = text === ''
}

let ui

// Records first, what describes them last; the paths of one kind by name.
const methods = ['get', 'post', 'put', 'patch', 'delete']
const rank = (operation) => [
  /\/_(schema|model|spec)/.test(operation.get('path')) ? 1 : 0,
  operation.get('path'),
  methods.indexOf(operation.get('method')),
]
function byUse(a, b) {
  const [mine, other] = [rank(a), rank(b)]
  const at = mine.findIndex((part, i) => part !== other[i])
  return at < 0 ? 0 : mine[at] < other[at] ? -1 : 1
}

// A parameter that is an object is filled in as {}, which says nothing.
const withoutEmpty = (url) => {
  const [path, search = ''] = url.split('?')
  const kept = search.split('&').filter((part) => part !== '' && !part.endsWith('=%7B%7D'))
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`
}

function show(service, key) {
  const url = service === '' ? '/api/v2/api_docs' : `/api/v2/api_docs/${encodeURIComponent(service)}`
  history.replaceState(null, '', service === '' ? './' : `./?service=${encodeURIComponent(service)}`)
  ui = SwaggerUIBundle({
    url,
    dom_id: '#swagger-ui',
    deepLinking: false,
    docExpansion: 'none',
    operationsSorter: byUse,
    filter: true,
    validatorUrl: null,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    // The document itself needs the key too; what is tried out gets it from Authorize.
    requestInterceptor: (request) => {
      if (request.loadSpec) request.headers.Authorization = `Bearer ${key}`
      else request.url = withoutEmpty(request.url)
      return request
    },
    onComplete: () => ui.preauthorizeApiKey('Bearer', key),
  })
}

async function signIn(key, service) {
  say('Looking for your services...')
  let answer
  try {
    const response = await fetch('/api/v2', { headers: { Authorization: `Bearer ${key}`, Accept: 'application/json' } })
    answer = await response.json()
    if (!response.ok) throw new Error(answer.error?.message ?? `The server answered ${response.status}`)
  } catch (thrown) {
    sessionStorage.removeItem(kept)
    say(`${thrown.message}`, true)
    return
  }
  sessionStorage.setItem(kept, key)
  const { services } = answer
  const picker = element('service')
  const option = (value, text) => Object.assign(document.createElement('option'), { value, textContent: text })
  const named = services.map(({ name, label }) => option(name, label && label !== name ? `${label} (${name})` : name))
  picker.replaceChildren(...named, option('', 'All services'))
  picker.value = services.some(({ name }) => name === service) ? service : (services[0]?.name ?? '')
  picker.onchange = () => show(picker.value, key)
  element('picker').hidden = false
  element('sign-out').hidden = false
  say(services.length === 0 ? 'This key may use no service over REST.' : '')
  show(picker.value, key)
}

element('sign-in').addEventListener('submit', (event) => {
  event.preventDefault()
  signIn(element('key').value.trim(), element('service').value)
})
element('sign-out').addEventListener('click', () => {
  sessionStorage.removeItem(kept)
  location.assign('./')
})

const known = sessionStorage.getItem(kept)
if (known) {
  element('key').value = known
  signIn(known, new URLSearchParams(location.search).get('service') ?? '')
}
