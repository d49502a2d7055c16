import Type, { type Static } from 'typebox'
import { Uuid } from '../../platform/http/app.ts'
import { Instant, orNull } from '../../platform/http/schemas.ts'
import type { SeenQuestion, WorkQuestion } from './queries.ts'
import type { Answer, Question } from './question.ts'

const PLAIN = 'Plain text with line breaks'

/** A question as everybody sees it. */
export const QuestionSchema = Type.Object({
  id: Uuid,
  itemId: Uuid,
  isPrivate: Type.Boolean({ description: 'Only its asker and the merchant read it: here it has no texts' }),
  body: orNull(Type.String(), `${PLAIN}; null of a private one`),
  author: Type.String({
    description: 'Covered but for the first character; empty of a private one, or when it is not known',
  }),
  askedAt: Instant(),
  editedAt: orNull(Instant(), 'When it was last edited'),
  answer: orNull(
    Type.Object({
      body: orNull(Type.String(), `${PLAIN}; null of a private one`),
      answeredAt: Instant(),
      isCorrected: Type.Boolean({ description: 'Another answer stood here before' }),
    }),
    'Null while it waits for one',
  ),
})

const AnswerSchema = Type.Object({ body: Type.String({ description: PLAIN }), answeredAt: Instant() })

const own = {
  id: Uuid,
  itemId: Uuid,
  isPrivate: Type.Boolean(),
  version: Type.Integer({ minimum: 1 }),
  body: Type.String({ description: PLAIN }),
  author: Type.String({ description: 'Covered but for the first character, as others see it' }),
  askedAt: Instant(),
  editedAt: orNull(Instant(), 'When it was last edited'),
  hideReason: orNull(Type.String(), 'Why the merchant has hidden it; null while it is shown'),
}

/** A question as its asker sees it. */
export const OwnQuestionSchema = Type.Object({
  ...own,
  answer: orNull(AnswerSchema, 'Null while it waits for one'),
})
export type OwnQuestion = Static<typeof OwnQuestionSchema>

const MerchantAnswerSchema = Type.Object({
  ...AnswerSchema.properties,
  no: Type.Integer({ minimum: 1 }),
  answeredBy: Uuid,
})

/** A question as the merchant sees it. */
export const MerchantQuestionSchema = Type.Object({
  ...own,
  itemName: orNull(Type.String(), 'Null when the catalogue does not know the item any more'),
  askerId: Uuid,
  hiddenAt: orNull(Instant(), 'When it was hidden'),
  answer: orNull(MerchantAnswerSchema, 'The one that stands'),
  earlierAnswers: Type.Array(MerchantAnswerSchema, {
    description: 'Those that were corrected, the first one first',
  }),
})

/** A question as everybody reads it. */
export function questionJson(seen: SeenQuestion): Static<typeof QuestionSchema> {
  const { id, itemId, askedAt, answeredAt, open } = seen
  return {
    id,
    itemId,
    isPrivate: open === undefined,
    body: open?.body ?? null,
    author: open?.askerName ?? '',
    askedAt: askedAt.toString(),
    editedAt: open?.editedAt?.toString() ?? null,
    answer:
      answeredAt === null
        ? null
        : {
            body: open?.answer?.body ?? null,
            answeredAt: answeredAt.toString(),
            isCorrected: (open?.answer?.no ?? 1) > 1,
          },
  }
}

const ownPart = (question: Question) => ({
  id: question.id,
  itemId: question.itemId,
  isPrivate: question.isPrivate,
  version: question.version,
  body: question.body,
  author: question.askerName,
  askedAt: question.askedAt.toString(),
  editedAt: question.editedAt?.toString() ?? null,
  hideReason: question.hidden?.reason ?? null,
})

/** A question as its asker reads it, with its answer and why it is hidden. */
export function ownQuestionJson(question: Question): OwnQuestion {
  const { answer } = question
  return {
    ...ownPart(question),
    answer: answer && { body: answer.body, answeredAt: answer.at.toString() },
  }
}

const merchantAnswer = ({ no, body, by, at }: Answer) => ({
  no,
  body,
  answeredBy: by,
  answeredAt: at.toString(),
})

/** A question as the merchant reads it, with its asker and every answer there was. */
export function merchantQuestionJson(
  { question, earlierAnswers }: WorkQuestion,
  itemName: string | null,
): Static<typeof MerchantQuestionSchema> {
  return {
    ...ownPart(question),
    itemName,
    askerId: question.askerId,
    hiddenAt: question.hidden?.at.toString() ?? null,
    answer: question.answer && merchantAnswer(question.answer),
    earlierAnswers: earlierAnswers.map(merchantAnswer),
  }
}
