import { relative } from 'node:path'
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node'

/** Says of each file how it went, of each failure what it was, of each skip why; last, the three counts. */
export default class CountingReporter implements Reporter {
  private failedSuites = 0

  onTestModuleEnd(module: TestModule): void {
    const tests = [...module.children.allTests()]
    const failed = tests.filter((test) => test.result().state === 'failed').length
    const mark = failed > 0 || module.state() === 'failed' ? 'FAILED' : 'ok'
    const seconds = (module.diagnostic().duration / 1000).toFixed(1)
    process.stdout.write(`${mark.padEnd(6)} ${nameOf(module)} (${tests.length} tests, ${seconds} s)\n`)
    for (const error of module.errors()) process.stdout.write(`${print(error)}\n`)
  }

  onTestCaseResult(test: TestCase): void {
    const result = test.result()
    if (result.state !== 'failed') return
    process.stdout.write(`\nFAILED ${nameOf(test.module)} > ${test.fullName}\n`)
    for (const error of result.errors) process.stdout.write(`${print(error)}\n`)
  }

  onTestSuiteResult(suite: TestSuite): void {
    const errors = suite.errors()
    if (errors.length === 0) return
    this.failedSuites++
    process.stdout.write(`\nFAILED ${nameOf(suite.module)} > ${suite.fullName}: its set-up or tear-down\n`)
    for (const error of errors) process.stdout.write(`${print(error)}\n`)
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: this.failedSuites, skipped: 0 }
    const skips = new Map<string, number>()
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed++
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state === 'passed') counts.passed++
        else if (result.state === 'failed') counts.failed++
        else {
          counts.skipped++
          const note = result.state === 'skipped' ? result.note : undefined
          const line = `${nameOf(module)}: ${note ?? `no reason given for "${test.fullName}"`}`
          skips.set(line, (skips.get(line) ?? 0) + 1)
        }
      }
    }
    for (const error of unhandled) process.stdout.write(`\nUnhandled: ${print(error)}\n`)
    counts.failed += unhandled.length
    for (const [line, times] of skips) process.stdout.write(`skipped ${times} in ${line}\n`)
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
  }
}

function nameOf(module: TestModule): string {
  return relative(process.cwd(), module.moduleId)
}

function print(error: SerializedError): string {
  const stack = (error.stacks ?? []).map(
    (frame) => `    at ${relative(process.cwd(), frame.file)}:${frame.line}:${frame.column}`,
  )
  return [`  ${error.message ?? String(error)}`, ...(error.diff ? [error.diff] : []), ...stack.slice(0, 6)].join('\n')
}
