import Type from 'typebox'
import { defineEvent } from '../platform/events/event.ts'
import { Id } from './values.ts'

/**
 * What questions about items tell the rest of the shop. Subject = question id, subject version = the question row's
 * `version`. No text of anybody: a question may be private, and events are kept for longer than an account.
 */

const question = { questionId: Id, itemId: Id, askerId: Id, isPrivate: Type.Boolean() }

export const questionAsked = defineEvent(
  'shop.question.asked',
  1,
  Type.Object(question, { description: 'A customer asked something about an item.' }),
)

export const questionAnswered = defineEvent(
  'shop.question.answered',
  1,
  Type.Object(
    { ...question, answerNo: Type.Integer({ minimum: 1 }) },
    {
      description:
        'The merchant answered. `answerNo`: 1 for the first answer, then one more for each correction.',
    },
  ),
)

export const questionChanged = defineEvent(
  'shop.question.changed',
  1,
  Type.Object(
    { ...question, what: Type.Enum(['edited', 'deleted', 'hidden', 'shown', 'forgotten']) },
    {
      description:
        'Something else became of a question: its asker `edited` or `deleted` it, the merchant has `hidden` it or `shown` it again, or it was `forgotten` because its asker has left.',
    },
  ),
)
