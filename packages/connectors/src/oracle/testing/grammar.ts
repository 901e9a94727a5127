import { CharStreams, CommonTokenStream } from 'antlr4ts-sql'
import { PlSqlLexer } from 'antlr4ts-sql/dist/src/grammar-output/plsql/PlSqlLexer.js'
import { PlSqlParser } from 'antlr4ts-sql/dist/src/grammar-output/plsql/PlSqlParser.js'
import { CaseChangingStream } from 'antlr4ts-sql/dist/src/models/CaseChangingStream.js'

/**
 * The grammar is older than the clauses of the SQL/JSON functions: it takes these for functions like others, without
 * RETURNING and FORMAT JSON, and knows ORDER BY inside XMLAGG alone. So exactly these spellings are put in its words.
 */
function inOlderWords(text: string): string {
  return text
    .replaceAll('JSON_ARRAYAGG("r"."o" FORMAT JSON ORDER BY', 'XMLAGG("r"."o" ORDER BY')
    .replaceAll(' RETURNING CLOB)', ')')
}

/** What the PL/SQL grammar has against a statement or block: none for what it takes. */
export function plsqlProblems(text: string): readonly string[] {
  const problems: string[] = []
  const listener = {
    syntaxError: (_recognizer: unknown, _symbol: unknown, line: number, column: number, message: string) => {
      problems.push(`${line}:${column} ${message.slice(0, 200)}`)
    },
  }
  const lexer = new PlSqlLexer(new CaseChangingStream(CharStreams.fromString(inOlderWords(text)), true))
  lexer.removeErrorListeners()
  lexer.addErrorListener(listener)
  const parser = new PlSqlParser(new CommonTokenStream(lexer))
  parser.removeErrorListeners()
  parser.addErrorListener(listener)
  parser.sql_script()
  return problems
}
