import type { JsonObject } from '@gatehouse/core'
import { isPassingName, passingSubject } from '../passing-name.js'

export function ldapWarnings({ subject_attribute: subject }: JsonObject) {
  return typeof subject === 'string' && isPassingName(subject)
    ? [{ key: 'subject_attribute', message: passingSubject }]
    : []
}
