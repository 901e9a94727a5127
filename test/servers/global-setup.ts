import { startMariadb, startMongodb, startPostgres, startRedis, type TestServer } from './index.mjs'

/** Starts the servers that this machine can have before the first test, and stops them after the last. */
export default async function setup(): Promise<() => Promise<void>> {
  const servers: readonly [variable: string, server: TestServer][] = await Promise.all([
    named('GATEHOUSE_TEST_MONGODB', startMongodb()),
    named('GATEHOUSE_TEST_MONGODB_STANDALONE', startMongodb({ standalone: true })),
    named('GATEHOUSE_TEST_POSTGRES', startPostgres()),
    named('GATEHOUSE_TEST_REDIS', startRedis()),
    ...(await mariadbs()),
  ])
  for (const [variable, server] of servers) {
    if ('url' in server) process.env[variable] = server.url
    else process.env[`${variable}_SKIPPED`] = server.skipped
  }
  return async () => {
    await Promise.allSettled(servers.map(([, server]) => ('url' in server ? server.stop() : undefined)))
  }
}

/** One after the other: the first may have to install the server. */
async function mariadbs() {
  const plain = await named('GATEHOUSE_TEST_MARIADB', startMariadb())
  const ansi = await named('GATEHOUSE_TEST_MARIADB_ANSI', startMariadb({ sqlMode: 'ANSI_QUOTES,STRICT_TRANS_TABLES' }))
  return [plain, ansi]
}

async function named(variable: string, server: Promise<TestServer>): Promise<[string, TestServer]> {
  return [variable, await server]
}
