import type { Mask } from '@gatehouse/core'

/** A value that is not to be seen, as text made by the server. Only `hash` leaves it, to be hashed before anyone sees it. */
export function maskExpression(mask: Mask, value: unknown): unknown {
  switch (mask) {
    case 'null':
      return { $literal: null }
    case 'redact':
      return { $cond: [{ $eq: [{ $ifNull: [value, null] }, null] }, null, '***'] }
    case 'hash':
      // No server has a hash that a key could be put into.
      return value
    case 'partial':
      return ofText(value, {
        $concat: [
          { $substrCP: ['$$text', 0, 1] },
          '***',
          {
            $let: {
              vars: { at: { $indexOfCP: ['$$text', '@'] } },
              in: { $cond: [{ $gte: ['$$at', 0] }, { $substrCP: ['$$text', '$$at', { $strLenCP: '$$text' }] }, ''] },
            },
          },
        ],
      })
    case 'last4':
      return ofText(value, {
        $cond: [
          { $gt: [{ $strLenCP: '$$text' }, 4] },
          { $concat: ['***', { $substrCP: ['$$text', { $subtract: [{ $strLenCP: '$$text' }, 4] }, 4] }] },
          '***',
        ],
      })
    default:
      return mask satisfies never
  }
}

/** What has no text (an object, an array) shows nothing of itself. */
function ofText(value: unknown, masked: unknown): unknown {
  const text = { $convert: { input: value, to: 'string', onError: '', onNull: null } }
  return {
    $let: { vars: { text }, in: { $cond: [{ $eq: ['$$text', null] }, null, masked] } },
  }
}
