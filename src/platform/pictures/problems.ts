import type { ProblemCatalog } from '../refusal.ts'

/** What taking a picture may refuse. */
export const pictureProblems = {
  picture_kind_refused: {
    status: 422,
    title: {
      ko: '읽을 수 있는 사진이 아닙니다. JPEG, PNG, WebP, AVIF 사진을 올려 주세요.',
      en: 'This is not a picture we can read. Please take a JPEG, PNG, WebP or AVIF picture.',
    },
  },
  picture_unreadable: {
    status: 422,
    title: {
      ko: '사진이 손상되었거나 일부만 있습니다. 다른 사진을 골라 주세요.',
      en: 'The picture is damaged, or a part of it is missing. Please choose another one.',
    },
  },
  picture_animated: {
    status: 422,
    title: {
      ko: '움직이는 사진은 올릴 수 없습니다. 멈춘 사진을 골라 주세요.',
      en: 'Animated pictures cannot be taken. Please choose a still one.',
    },
  },
  picture_too_large: {
    status: 422,
    title: {
      ko: '사진이 너무 큽니다. 8MB, 4천만 화소 이하로 줄여서 올려 주세요.',
      en: 'The picture is too large. It may have 8 MB and 40 megapixels.',
    },
  },
  picture_too_small: {
    status: 422,
    title: {
      ko: '사진이 너무 작습니다. 가로와 세로가 100픽셀 이상이어야 합니다.',
      en: 'The picture is too small. Each side needs at least 100 pixels.',
    },
  },
  pictures_busy: {
    status: 503,
    title: {
      ko: '지금 처리 중인 사진이 많습니다. 잠시 뒤에 다시 올려 주세요.',
      en: 'Many pictures are being worked on. Please try again in a moment.',
    },
  },
} satisfies ProblemCatalog
