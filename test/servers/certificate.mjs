import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from './apt.mjs'
import { run } from './process.mjs'

/**
 * A certificate for 127.0.0.1 and localhost that signs itself, in a server's directory.
 * @returns {Promise<{ key: string, certificate: string, pem: string } | { skipped: string }>} paths, and the certificate's text
 */
export async function selfSigned(/** @type {string} */ directory) {
  const openssl = await program('openssl', 'openssl')
  if ('skipped' in openssl) return openssl
  const config = join(directory, 'certificate.cnf')
  const key = join(directory, 'key.pem')
  const certificate = join(directory, 'certificate.pem')
  writeFileSync(
    config,
    [
      '[req]',
      'distinguished_name = name',
      'x509_extensions = extensions',
      'prompt = no',
      '[name]',
      'CN = localhost',
      '[extensions]',
      'subjectAltName = DNS:localhost,IP:127.0.0.1',
      'basicConstraints = critical,CA:TRUE\n',
    ].join('\n'),
  )
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', key, '-out', certificate]
  await run(openssl.path, ['req', '-x509', ...curve, '-config', config, '-days', '30', ...files])
  return { key, certificate, pem: readFileSync(certificate, 'utf8') }
}

/**
 * An RSA key for messages, with a certificate that signs itself.
 * @returns {Promise<{ key: string, certificate: string } | { skipped: string }>} both as PEM
 */
export async function messageKey(/** @type {string} */ directory, /** @type {string} */ name, bits = 2048) {
  const openssl = await program('openssl', 'openssl')
  if ('skipped' in openssl) return openssl
  const key = join(directory, `${name}-key.pem`)
  const certificate = join(directory, `${name}-certificate.pem`)
  const files = ['-keyout', key, '-out', certificate]
  await run(openssl.path, [
    'req',
    '-x509',
    '-newkey',
    `rsa:${bits}`,
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-days',
    '30',
    ...files,
  ])
  return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') }
}
