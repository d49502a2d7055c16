import { expect, it } from 'vitest'
import { plainPage } from './plain-page.ts'

const message = { heading: { ko: '제목', en: 'Heading' }, text: { ko: '내용', en: 'Text' } }
const term = { ko: '사유', en: 'Reason' }
const page = (value: string | null, isPending = false) =>
  plainPage(message, [[term, value]], { language: 'en', isPending })

it('shows what there is to say, escaped, and no empty list', () => {
  expect(page('<b>"limit" & \'more\'</b>')).toContain(
    '<dt>Reason</dt><dd>&lt;b&gt;&quot;limit&quot; &amp; &#39;more&#39;&lt;/b&gt;</dd>',
  )
  expect(page(null)).not.toContain('<dl>')
  expect(page(null)).toContain('<h1>Heading</h1>')
})

it('asks again by itself only while the outcome is open', () => {
  expect(page(null, true)).toContain('http-equiv="refresh"')
  expect(page(null)).not.toContain('http-equiv="refresh"')
})
