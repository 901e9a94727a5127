import type { JsonObject } from '@gatehouse/core'
import { isPassingName, passingSubject } from '../passing-name.js'
import { nameIdFormats } from './person.js'

export function samlWarnings({ subject_attribute: subject, name_id_format: format }: JsonObject) {
  if (typeof subject === 'string') {
    return isPassingName(subject) ? [{ key: 'subject_attribute', message: passingSubject }] : []
  }
  const { email = '', unspecified = '' } = nameIdFormats
  const passing = ['email', email, 'unspecified', unspecified].includes(String(format))
  return passing ? [{ key: 'name_id_format', message: passingSubject }] : []
}
