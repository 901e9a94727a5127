import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pdf } from './pdf.js'
import { png } from './png.js'

const months = ['January', 'February', 'March', 'April', 'May', 'June'] as const
const revenue = [41_200, 38_750, 45_900, 47_300, 44_100, 52_640] as const
const returns = [310, 295, 402, 377, 351, 418] as const

const welcome = `# Documents of the sample shop

Reports are in reports/, by year; the handbook for new people is handbook.md.
Internal papers are in internal/, which only administrators see.
`

const handbook = `# Handbook

1. Orders that come in before noon leave the house on the same day.
2. A customer may send anything back within 30 days; the reason is asked for, not needed.
3. Prices are changed on Mondays only, so that a week has one price list.
`

const salaries = 'role,steps\nwarehouse,3\nservice,4\nmanagement,2\n'

/** A chart of the half year: a bar a month. */
function chart(): Uint8Array {
  const [width, height, bar] = [120, 60, 20]
  const most = Math.max(...revenue)
  return png(width, height, (x, y) => {
    const value = revenue[Math.floor(x / bar)] ?? 0
    const inside = x % bar > 2 && x % bar < bar - 2 && height - y <= (value / most) * (height - 6)
    return inside ? [38, 102, 176] : [250, 250, 248]
  })
}

function summary(): Uint8Array {
  const total = revenue.reduce((sum, value) => sum + value, 0)
  return pdf('Half-year report 2026', [
    `Revenue from January to June: ${total} EUR.`,
    `The best month was June with ${revenue[5]} EUR.`,
    'Returns stayed below one percent of the revenue in every month.',
    'Details by month are in half-year.csv, the chart in half-year.png.',
  ])
}

/** The files of the `documents` service that `npm start` serves; equal bytes each time. */
export function makeSampleDocuments(folder: string): void {
  const rows = months.map((month, i) => `${month},${revenue[i]},${returns[i]}`)
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'welcome.md': welcome,
    'handbook.md': handbook,
    'reports/2026/half-year.csv': `month,revenue,returns\n${rows.join('\n')}\n`,
    'reports/2026/half-year.pdf': summary(),
    'reports/2026/half-year.png': chart(),
    'reports/2026/notes.txt': 'June was strong because of the summer fair.\n',
    'internal/salary-steps.csv': salaries,
  }
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
}
