import type { Merchant } from '../merchant.ts'
import type { Language } from './index.ts'

export interface Passage {
  heading: string
  text: string
}

/**
 * Changes with every change of the sentences below: texts of one wording are taken to settle the same, whoever sells, and
 * follow one another without notice.
 */
export const LEGAL_WORDING = '2026-12-01'

type Texts = Readonly<Record<'terms' | 'privacy' | 'refunds', Readonly<Record<Language, readonly Passage[]>>>>

/** What each part of a seller's data is called (전자상거래법 art. 10 and 13). */
const SELLER: Readonly<Record<Language, Readonly<Record<keyof Merchant, string>>>> = {
  ko: {
    name: '상호',
    representative: '대표자',
    registration: '사업자등록번호',
    mailOrder: '통신판매업 신고번호',
    functionalFood: '건강기능식품판매업 영업신고번호',
    address: '주소',
    phone: '전화번호',
    email: '이메일',
    hosting: '호스팅 서비스 제공자',
    escrow: '구매안전서비스',
  },
  en: {
    name: 'Name',
    representative: 'Representative',
    registration: 'Business registration number',
    mailOrder: 'Mail-order business report number',
    functionalFood: 'Health functional food business report number',
    address: 'Address',
    phone: 'Telephone',
    email: 'E-mail',
    hosting: 'Hosting provider',
    escrow: 'Purchase protection',
  },
}

/** Who sells, word for word as of this version; pages say it as it is today in their footer. What is not known is left out. */
function sellerText(merchant: Merchant, called: Readonly<Record<keyof Merchant, string>>): string {
  return (Object.keys(called) as (keyof Merchant)[])
    .flatMap((part) => (merchant[part] ? [`${called[part]}: ${merchant[part]}`] : []))
    .join('\n')
}

/** What the shop does, in the words the law wants: a basis for a merchant's own texts, true of this software. */
export function legal(merchant: Merchant): Texts {
  const { name, representative, email, phone } = merchant
  const contact = [email, phone].filter(Boolean).join(' · ')
  return {
    terms: {
      ko: [
        { heading: '판매자', text: sellerText(merchant, SELLER.ko) },
        { heading: '목적', text: `이 약관은 ${name}에서 운영하는 온라인 상점의 이용 조건을 정합니다.` },
        {
          heading: '계약의 성립',
          text: '주문을 접수하고 결제가 승인되면 계약이 성립합니다. 결제 시간 안에 결제하지 않은 주문은 저절로 취소됩니다.',
        },
        {
          heading: '청약철회와 환불',
          text: '상품을 보내기 전에는 언제든지 취소할 수 있고, 결제 금액은 전액 환불됩니다.\n상품을 받은 날부터 7일 이내에 청약을 철회할 수 있습니다. 포장을 개봉하여 상품의 가치가 떨어진 경우에는 제한될 수 있습니다.',
        },
        {
          heading: '정기결제',
          text: '정기배송은 동의한 주기와 금액으로만 결제됩니다. 결제 전에 금액과 날짜를 알려 드리며, 가격이 오르면 동의하신 뒤에만 새 가격으로 결제합니다. 언제든지 위약금 없이 해지할 수 있습니다.',
        },
        {
          heading: '건강기능식품',
          text: '건강기능식품은 질병의 예방 및 치료를 위한 의약품이 아닙니다. 섭취량과 주의사항을 확인해 주세요.',
        },
      ],
      en: [
        { heading: 'Seller', text: sellerText(merchant, SELLER.en) },
        { heading: 'Purpose', text: `These terms apply to the online shop of ${name}.` },
        {
          heading: 'Contract',
          text: 'The contract is made when an order is placed and its payment approved. An order that is not paid in time is cancelled by itself.',
        },
        {
          heading: 'Withdrawal and refunds',
          text: 'Until an item is sent you can cancel at any time and everything is returned.\nYou may withdraw within 7 days of receiving an item, unless its package was opened and it has lost its value.',
        },
        {
          heading: 'Recurring payment',
          text: 'A subscription is charged only in the period and the amount you agreed to. You are told before each charge; a higher price is charged only after you have accepted it. You can cancel at any time without a fee.',
        },
        {
          heading: 'Health functional food',
          text: 'Health functional food is not a medicine for preventing or treating disease. Please observe serving and cautions.',
        },
      ],
    },
    privacy: {
      ko: [
        {
          heading: '수집하는 항목과 목적',
          text: '이메일, 비밀번호(복원할 수 없는 형태로 저장), 닉네임, 이름, 휴대전화, 주소: 회원 관리, 주문과 배송\n받는 분의 이름, 연락처, 주소, 배송 메모: 배송, 저장한 배송지\n결제수단의 표시 이름과 암호화한 결제 토큰: 정기결제\n현금영수증을 신청하는 휴대전화 번호 또는 사업자등록번호(암호화하여 저장): 현금영수증 발급\n접속한 브라우저의 이름과 로그인 시각: 계정 보호\n구글·카카오·네이버로 로그인하는 경우 그 회사가 알려 주는 회원 식별값: 로그인, 이메일, 이름과 휴대전화: 가입 양식 미리 채우기\n리뷰의 별점, 글과 사진, 상품 문의, 리뷰 신고의 사유: 상품 정보의 공유와 답변\n도서관의 대출, 반납, 연체와 예약: 도서 대출\n동의한 약관의 버전과 동의한 시각: 동의의 증명',
        },
        {
          heading: '보유 기간',
          text: '회원에서 탈퇴하면 회원 정보는 바로 지우고, 탈퇴에 따른 안내를 보낼 이메일과 닉네임만 3일 동안 더 보관합니다. 받는 분의 정보는 보내거나 찾아야 할 상품이 더 없을 때 지우며, 배송 완료가 확인되지 않은 주문은 발송 후 30일까지 보관합니다. 보낸 알림은 기록 관리를 위해 최대 1년 동안 보관합니다. 소셜 로그인의 식별값, 리뷰의 작성자 이름과 사진, 문의의 글은 탈퇴하면 바로 지우며, 리뷰의 별점과 글은 이름 없이 남습니다. 도서 예약은 탈퇴하면 끝나고, 대출과 반납의 기록은 이름 없이 회원 번호로만 남습니다. 약관에 동의한 기록은 탈퇴 후 5년 동안 보관합니다. 전자상거래법에 따라 계약·청약철회, 결제와 배송의 기록은 5년, 소비자 불만과 분쟁 처리의 기록은 3년, 표시·광고의 기록은 6개월 동안 보관하고, 로그인 기록은 3개월 동안 보관합니다. 현금영수증 번호는 발급하거나 발급하지 않기로 하면 바로 지우고, 일부를 가린 번호만 결제의 기록과 함께 보관합니다. 기간이 끝나면 지웁니다.',
        },
        {
          heading: '제3자 제공과 처리 위탁',
          text: '결제를 위해 선택하신 결제사(카카오페이, 토스페이먼츠)에 주문 번호, 상품명, 금액과 회원을 구별하는 번호를 전달하며, 현금영수증을 발급할 때는 그 번호도 토스페이먼츠를 거쳐 국세청에 전달합니다. 상품을 보내는 데 필요한 받는 분의 정보는 배송 회사에, 알림을 보내는 데 필요한 정보는 메일 등을 전달하는 회사에 전달될 수 있습니다.',
        },
        {
          heading: '쿠키',
          text: '로그인을 유지하는 쿠키, 선택한 언어를 기억하는 쿠키, 로그인하지 않은 분의 장바구니를 기억하는 쿠키(30일), 로그인한 적이 있는 브라우저를 알아보아 계정을 보호하는 쿠키(180일)만 사용합니다. 다른 사이트에서 불러오는 것은 없습니다.',
        },
        {
          heading: '권리와 문의',
          text: `회원 정보에서 언제든지 조회, 수정, 탈퇴할 수 있습니다.\n개인정보 보호책임자: ${representative ?? name}${contact ? ` · ${contact}` : ''}`,
        },
      ],
      en: [
        {
          heading: 'What we collect and why',
          text: 'E-mail, password (stored so that it cannot be recovered), display name, name, mobile phone, address: account, orders and delivery\nReceiver’s name, phone, address, delivery note: delivery and your address book\nName of the payment method and an encrypted payment token: recurring payment\nMobile phone or business number of a cash receipt (stored encrypted): issuing it\nName of the browser and time of login: protection of the account\nIf you log in with Google, Kakao or Naver, the identifier by which they know you: login; your e-mail, name and phone from them: filling in the form when you sign up\nStars, words and pictures of reviews, questions about items, reasons for reporting a review: sharing what is known of items, and answering\nLoans, returns, overdue books and holds of the library: lending\nVersions of the terms you agreed to, and when: proof of your consent',
        },
        {
          heading: 'How long we keep it',
          text: 'Your account data are deleted at once when you close your account; only e-mail and display name are kept for 3 more days, for what has to be told you because of it. The receiver’s data are deleted when no parcel has to be sent or found any more; where nothing says that a parcel arrived, 30 days after it was sent. Messages sent to you are kept for up to a year for our records. Identifiers of other logins, your name and pictures at reviews and what you wrote in questions are deleted at once when you close your account; stars and words of reviews stay without a name. Holds of books end then, and loans and returns stay under a number only, without your name. What you agreed to is kept for 5 years after you close your account. As the law on electronic commerce requires, records of contracts, withdrawals, payments and deliveries are kept for 5 years, of complaints and disputes for 3 years, of offers for 6 months; logins are kept for 3 months. The number of a cash receipt is deleted once it was issued, or will not be; only a masked one is kept with the records of the payment. They are deleted afterwards.',
        },
        {
          heading: 'Third parties',
          text: 'For payment, the provider you choose (KakaoPay, Toss Payments) gets order number, item name, amount and a number that stands for you; the number of a cash receipt goes to the tax office by way of Toss Payments when it is issued. What a delivery needs of the receiver’s data may be passed to the carrier, and what a message needs to those who deliver mail or messages.',
        },
        {
          heading: 'Cookies',
          text: 'One cookie keeps you signed in, one remembers your language, one the cart of those who are not signed in (30 days), and one knows a browser that has signed in before, which protects your account (180 days). Nothing is loaded from other sites.',
        },
        {
          heading: 'Your rights',
          text: `You can read, change and delete your data under “Account” at any time.\nPrivacy officer: ${representative ?? name}${contact ? ` · ${contact}` : ''}`,
        },
      ],
    },
    refunds: {
      ko: [
        {
          heading: '결제',
          text: '결제는 선택하신 결제사의 화면에서 이루어지며, 저희는 카드 번호나 계좌 번호를 받거나 보관하지 않습니다. 결제의 결과를 알 수 없을 때는 확인될 때까지 다시 결제하지 않습니다.',
        },
        {
          heading: '거래 내용의 확인과 오류의 정정',
          text: `거래 내용은 주문 내역에서 언제든지 확인할 수 있습니다. 오류를 발견하면 ${contact || name}(으)로 알려 주세요. 2주 안에 처리 결과를 알려 드립니다(전자금융거래법 제8조).`,
        },
        {
          heading: '환불',
          text: '상품을 보내기 전에 취소하면 전액을, 청약철회로 반품하면 상품을 돌려받은 날부터 3영업일 안에 결제한 수단으로 환불합니다(전자상거래법 제18조). 단순 변심의 반품 배송비는 고객이, 상품의 문제는 판매자가 부담합니다. 늦어지면 법에서 정한 지연배상금을 드립니다.',
        },
        {
          heading: '청약철회가 제한되는 경우',
          text: '고객의 책임으로 상품이 없어지거나 훼손된 경우, 개봉하여 섭취했거나 일부를 사용하여 가치가 현저히 낮아진 경우, 시간이 지나 다시 팔기 어려울 정도로 가치가 현저히 낮아진 경우에는 단순 변심으로 철회할 수 없습니다(전자상거래법 제17조 제2항). 상품이 설명이나 계약과 다르면 받은 날부터 3개월, 그 사실을 안 날부터 30일 안에 철회할 수 있습니다.',
        },
        {
          heading: '정기결제',
          text: '정기결제의 해지는 언제든지 위약금 없이 할 수 있고, 아직 보내지 않은 회차의 결제 금액은 환불됩니다.',
        },
      ],
      en: [
        {
          heading: 'Payment',
          text: 'You pay on the page of the provider you choose; we neither get nor keep card or account numbers. While the outcome of a payment is not known, nothing is charged again.',
        },
        {
          heading: 'Records and errors',
          text: `You can look at your transactions under “Orders” at any time. Tell ${contact || name} of an error; you hear of the outcome within two weeks (Electronic Financial Transactions Act, art. 8).`,
        },
        {
          heading: 'Refunds',
          text: 'What is cancelled before it is sent is paid back in full; what is returned within the time to withdraw is paid back by the same means within three working days of its coming back (Act on Consumer Protection in Electronic Commerce, art. 18). You bear the parcel back when you have changed your mind, the seller when something is wrong. For what is late the law sets a compensation.',
        },
        {
          heading: 'When you cannot withdraw',
          text: 'You cannot withdraw without a fault from what was lost or damaged while you were responsible for it, from what was opened and eaten or used in part and has lost much of its value, and from what has lost so much value by the passing of time that it cannot be sold again (art. 17 (2)). From what is not as described or agreed you can withdraw within three months of receiving it and 30 days of noticing.',
        },
        {
          heading: 'Recurring payment',
          text: 'A subscription can be cancelled at any time without a fee; what was paid for a delivery that has not left is paid back.',
        },
      ],
    },
  }
}
