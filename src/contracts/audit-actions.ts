/** What contexts write down of those who work here; the console has words for each, in both languages. */
export const AUDIT_ACTIONS = [
  'account.roles_changed',
  'account.roles_given',
  'banner.added',
  'banner.changed',
  'banner.removed',
  'banners.arranged',
  'cash_receipt.given_up',
  'cash_receipt.sent_again',
  'hold.cancelled',
  'hold.copy_missing',
  'item.changed',
  'item.created',
  'item.pictures_changed',
  'item.written',
  'loan.cancelled',
  'loan.made',
  'loan.read',
  'loan.renewed',
  'loan.returned',
  'loans.read',
  'maintenance.ended',
  'maintenance.set',
  'offline_refusal.settled',
  'order.arrived',
  'order.packed',
  'order.read',
  'order.sent',
  'patron.changed',
  'payment.decision',
  'proposal.carried_out',
  'proposal.confirmed',
  'proposal.dismissed',
  'proposal.handed_back',
  'proposal.made',
  'proposal.rejected',
  'question.answered',
  'question.hidden',
  'question.shown',
  'reconciliation.by_table',
  'reconciliation.decided',
  'records.cleared',
  'refund.decision',
  'refund.requested',
  'register.import_started',
  'register.import_stopped',
  'register.page_skipped',
  'subscription.read',
  'terminal.added',
  'terminal.revoked',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** What an entry is about. */
export const AUDIT_SUBJECTS = [
  'account',
  'banner',
  'book',
  'hold',
  'item',
  'loan',
  'maintenance',
  'offline_refusal',
  'order',
  'patron',
  'payment',
  'question',
  'reconciliation',
  'reconciliation-finding',
  'records',
  'refund',
  'register',
  'request',
  'subscription',
  'terminal',
] as const
export type AuditSubject = (typeof AUDIT_SUBJECTS)[number]

// The platform writes the audit and knows none of its words: what is not in these lists is not written.
declare module '../platform/audit/audit.ts' {
  interface AuditWords {
    action: AuditAction
    subject: AuditSubject
  }
}
