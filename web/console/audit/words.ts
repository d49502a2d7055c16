import { inBoth } from '../words/language.ts'

export const auditWords = inBoth(
  {
    title: '감사 기록',
    at: '시각',
    actor: '누가',
    action: '무엇을',
    subject: '대상',
    subjectId: '대상 번호',
    reason: '사유',
    from: '부터',
    to: '까지',
    before: '전',
    after: '후',
    requestId: '요청 번호',
    facts: '내용',
  },
  {
    title: 'Audit trail',
    at: 'When',
    actor: 'Who',
    action: 'What',
    subject: 'Of what',
    subjectId: 'Number',
    reason: 'Reason',
    from: 'From',
    to: 'Until',
    before: 'Before',
    after: 'After',
    requestId: 'Request',
    facts: 'Facts',
  },
)
