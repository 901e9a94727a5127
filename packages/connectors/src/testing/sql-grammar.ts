import { type ANTLRErrorListener, antlr4tsSQL, ConsoleErrorListener, PredictionMode, SQLDialect } from 'antlr4ts-sql'

const grammars = { tsql: SQLDialect.TSQL, plsql: SQLDialect.PLSQL } as const

/**
 * What the grammar of a database has against a text: empty where it is a script of whole statements. The grammar is one
 * of syntax; it knows no names and no types.
 */
export function syntaxErrors(grammar: keyof typeof grammars, text: string): readonly string[] {
  const errors: string[] = []
  const listener: ANTLRErrorListener<unknown> = {
    syntaxError(_recognizer, _symbol, line, column, message) {
      errors.push(`${line}:${column} ${message}`)
    },
  }
  const sql = new antlr4tsSQL(grammars[grammar])
  const tokens = sql.getTokens(text, [listener])
  const parser = sql.getParser(tokens, [listener])
  parser.removeErrorListener(ConsoleErrorListener.INSTANCE)
  parser.interpreter.setPredictionMode(PredictionMode.SLL)
  const tree = sql.getParseTree(parser)
  if (tree.childCount < 2) errors.push('there is no statement')
  return errors
}
