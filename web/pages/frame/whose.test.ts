import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { isMarked, isOfAnother, markForms, withoutMark } from './whose.ts'

const minji = { userId: 'minji' }
const jun = { userId: 'jun' }

/** What a browser sends of the first hidden fields of a page. */
function sentBy(html: string): URLSearchParams {
  const fields = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  return new URLSearchParams(fields.map(([, name = '', value = '']) => [name, value]))
}

test('every form that changes something is marked, whatever stands in its tag; those that ask are not', () => {
  const forms = createElement(
    'main',
    undefined,
    createElement('form', { action: '/a?x=">', method: 'post', 'data-once': '' }, '<form method="post">'),
    createElement('form', { method: 'post', encType: 'multipart/form-data' }),
    createElement('form', { action: '/items', method: 'get' }),
  )
  const html = markForms(renderToStaticMarkup(forms), minji)
  expect(html.match(/name="page-of"/g)).toHaveLength(2)
  expect(html).toContain('method="post"><input type="hidden" name="page-of" value="minji"/>&lt;form')
})

test('a form of somebody else’s page is told from one’s own and from one that says nothing', () => {
  const form = sentBy(
    markForms('<form method="post"><input type="hidden" name="key" value="k"/></form>', minji),
  )
  expect(isMarked(form)).toBe(true)
  expect(isOfAnother(form, minji)).toBe(false)
  expect(isOfAnother(form, jun)).toBe(true)
  expect(isOfAnother(form, undefined)).toBe(true)
  // Sent again by a page that jun was shown: it is still minji's.
  form.append('page-of', 'jun')
  expect(isOfAnother(form, jun)).toBe(true)
  expect([...withoutMark(form)]).toEqual([['key', 'k']])
  expect(isOfAnother(withoutMark(form), jun)).toBe(false)
})
