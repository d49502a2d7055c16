import type { ProblemCatalog } from '../../platform/refusal.ts'

export const questionProblems = {
  question_answered: {
    status: 409,
    title: {
      ko: '이미 답변이 등록된 문의는 고칠 수 없습니다. 더 궁금한 점은 새로 문의해 주세요.',
      en: 'A question that was answered cannot be changed. Please ask another one.',
    },
  },
  question_hidden: {
    status: 409,
    title: {
      ko: '판매자가 숨긴 문의입니다.',
      en: 'The question was hidden by the merchant.',
    },
  },
  question_changed_meanwhile: {
    status: 409,
    title: {
      ko: '그사이 문의나 답변이 바뀌었습니다. 다시 읽고 답변해 주세요.',
      en: 'The question or its answer has changed meanwhile. Read it again, then answer.',
    },
  },
  too_many_questions: {
    status: 429,
    title: {
      ko: '문의는 하루에 10건까지 남길 수 있습니다. 내일 다시 문의해 주세요.',
      en: 'Ten questions can be asked a day. Please ask again tomorrow.',
    },
  },
} satisfies ProblemCatalog
