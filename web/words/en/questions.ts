import type { Words } from '../index.ts'

const n = new Intl.NumberFormat('en-US')
const asked = (count: number) => `${n.format(count)} ${count === 1 ? 'question' : 'questions'}`

/** Questions about items in English. */
export const questions: Words['questions'] = {
  title: 'Questions',
  ofItem: (name) => `Questions about ${name}`,
  count: asked,
  all: (count) => `See all ${asked(count)}`,
  none: 'No questions yet.',
  noneHint: 'Ask what you would like to know, and the merchant will answer.',
  toItem: 'See the item',
  ask: 'Ask a question',
  private: 'Private question',
  privateText: 'Only its asker and the merchant can read it.',
  waiting: 'Waiting for an answer',
  answered: 'Answered',
  question: 'Question',
  answer: 'Answer',
  merchant: 'The merchant',
  corrected: 'corrected',
  member: 'A member',
  body: 'Your question',
  bodyHint: '5 to 1,000 characters.',
  privately: 'Ask privately',
  privatelyHint:
    'Please tick this when you write what others should not see, such as an order or phone number.',
  promise:
    'You are told by a notification and a mail when the merchant answers. Ten questions can be asked a day.',
  send: 'Send question',
  edit: 'Edit',
  save: 'Save changes',
  remove: 'Delete',
  removeText: 'Delete this question? Its answer goes with it, and neither can be brought back.',
  own: 'My questions',
  ownNone: 'You have not asked anything.',
  ownNoneHint: 'Ask what you would like to know on the page of an item.',
  unknown: 'An item whose name is not known',
  hidden: (reason) => `The merchant has hidden this question. Reason: ${reason}`,
  done: {
    asked: 'Your question is there.',
    saved: 'The question was changed.',
    removed: 'The question was deleted.',
  },
}
