/**
 * Files of rules: pure functions over plain data. As values they import only one another, so by induction nothing
 * below them does I/O; types may come from anywhere. The import walls hold them to it, and mutants test their tests.
 */
export const RULES: readonly string[] = [
  'src/platform/money.ts',
  'src/platform/refusal.ts',
  'src/platform/text/*.ts',
  'src/platform/http/limits/gradient-limit.ts',
  'src/platform/time/{korean-holidays,opening-calendar,period}.ts',
  'src/identity/rules/{account,legal-text,link,session,social-person}.ts',
  'src/notifications/wording/{carriers,letter,wording,wording-ko,wording-en}.ts',
  'src/notifications/channels/local-host.ts',
  'src/shop/catalog/rules/{categories,demo-offer,hyperloglog,item-change,item-notice,item-pictures,item-sheet,price,redis-sketch,visitor}.ts',
  'src/shop/catalog/search/{korean-search,near-words,synonyms}.ts',
  'src/shop/catalog/import/{import-decision,official-text,own-texts,public-data,public-envelope}.ts',
  'src/shop/catalog/live/walk.ts',
  'src/platform/pictures/picture.ts',
  'src/shop/cart/rules/cart.ts',
  'src/shop/reviews/review.ts',
  'src/shop/questions/question.ts',
  'src/shop/banners/banner.ts',
  'src/shop/coupons/coupon.ts',
  'src/shop/orders/rules/{arrival,consent,coupon,delivery,delivery-fee,exchange-fee,give-back,order,order-number,order-total,payable-order,receiver,return-policy,return-request,tax,tracking-sheet}.ts',
  'src/shop/orders/terms/selling-terms.ts',
  'src/shop/payments/rules/{attempt,cash-receipt,decision,hint,look,reconcile,refund,refund-taxes,registration,return-address,settlement-day}.ts',
  'src/shop/subscriptions/rules/{announcement,next-look,period,offer,billing-calendar,catch-up,retry-policy,cycle,subscription,subscription-billing,subscription-pauses,subscription-terms,events}.ts',
  'src/library/book/rules/{copies,isbn,loan-stock,search,subjects}.ts',
  'src/library/book/formats/{exchanged-title,isbd,linked-fields,proper-title,read-title,record,series,write-title}.ts',
  'src/library/book/exchange/decide-import.ts',
  'src/library/borrow/rules/{borrowing,due-date,late-fee,loan,opening,policy,policy-versions,renewing,returning,undoing}.ts',
  'src/library/borrow/sip/wire/*.ts',
]

/** The rules that decide what is charged and what is given back: few enough for the gate to plant every mutant. */
export const MONEY_RULES: readonly string[] = [
  'src/platform/money.ts',
  'src/shop/orders/rules/{coupon,delivery-fee,give-back,order,order-total,tax}.ts',
  'src/shop/payments/rules/{attempt,look,refund,refund-taxes,registration}.ts',
  'src/shop/subscriptions/rules/{catch-up,cycle,retry-policy,subscription-billing,subscription-terms}.ts',
]

/** Packages that are as pure as rules: tables and functions over plain data. */
export const PURE_PACKAGES: readonly string[] = ['entities', 'html-tags', 'iconv-lite']
