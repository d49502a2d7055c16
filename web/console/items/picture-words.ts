import { inBoth } from '../words/language.ts'

const n = new Intl.NumberFormat('ko-KR')

/** The words of an item's pictures. */
export const pictureWords = inBoth(
  {
    title: '사진',
    lead: '첫 번째 사진이 대표 사진으로, 목록과 장바구니에 보입니다. 사진에 담긴 촬영 위치 같은 정보는 지워집니다.',
    none: '아직 사진이 없습니다. 고객에게는 그려진 포장이 보입니다.',
    add: '사진 올리기',
    hint: 'JPEG, PNG, WebP, AVIF, 한 장에 8MB와 4천만 화소까지, 상품마다 10장까지. 여기로 끌어다 놓아도 됩니다.',
    adding: (place: number, all: number) =>
      `${n.format(all)}장 가운데 ${n.format(place)}번째 사진을 올리는 중…`,
    added: (count: number) => `사진 ${n.format(count)}장을 올렸습니다`,
    notAdded: (count: number) => `사진 ${n.format(count)}장을 올리지 못했습니다`,
    lost: '서버에 닿지 못했습니다. 다시 올려 주세요.',
    list: '사진 순서',
    main: '대표 사진',
    place: (place: number) => `${n.format(place)}번째 사진`,
    forward: (place: number) => `${n.format(place)}번째 사진을 앞으로`,
    backward: (place: number) => `${n.format(place)}번째 사진을 뒤로`,
    moved: (place: number) => `${n.format(place)}번째로 옮겼습니다`,
    altKo: '설명 (한국어)',
    altEn: '설명 (영어)',
    altHint: '사진을 볼 수 없는 고객에게 읽어 줍니다. 비워 두면 상품명을 읽습니다.',
    saveAlt: '설명 저장',
    savedAlt: '설명을 저장했습니다',
    remove: '지우기',
    removeTitle: '사진을 지울까요?',
    removeSays: (name: string, place: number) =>
      `${name}의 ${n.format(place)}번째 사진을 지웁니다. 고객에게 더 이상 보이지 않습니다.`,
    removeMain: '대표 사진이므로, 다음 사진이 대표 사진이 됩니다.',
    removed: '사진을 지웠습니다',
    seeFull: (place: number) => `${n.format(place)}번째 사진 크게 보기`,
  },
  {
    title: 'Pictures',
    lead: 'The first one is the main picture, which lists and carts show. What is noted in pictures, such as where they were taken, is removed.',
    none: 'There are no pictures yet. Customers see a drawn pack.',
    add: 'Add pictures',
    hint: 'JPEG, PNG, WebP or AVIF, 8 MB and 40 megapixels each, 10 for an item. You may drop them here.',
    adding: (place, all) => `Sending picture ${n.format(place)} of ${n.format(all)}…`,
    added: (count) => (count === 1 ? 'The picture is added' : `${n.format(count)} pictures are added`),
    notAdded: (count) =>
      count === 1 ? 'One picture was not added' : `${n.format(count)} pictures were not added`,
    lost: 'The server was not reached. Please send it again.',
    list: 'Order of the pictures',
    main: 'Main picture',
    place: (place) => `Picture ${n.format(place)}`,
    forward: (place) => `Move picture ${n.format(place)} forward`,
    backward: (place) => `Move picture ${n.format(place)} back`,
    moved: (place) => `It is number ${n.format(place)} now`,
    altKo: 'In words (Korean)',
    altEn: 'In words (English)',
    altHint: 'Read to customers who do not see the picture. Left empty, the name of the item is read.',
    saveAlt: 'Save the words',
    savedAlt: 'The words are saved',
    remove: 'Remove',
    removeTitle: 'Remove the picture?',
    removeSays: (name, place) =>
      `Picture ${n.format(place)} of ${name} is removed. Customers do not see it any more.`,
    removeMain: 'It is the main picture: the next one becomes it.',
    removed: 'The picture is removed',
    seeFull: (place) => `See picture ${n.format(place)} in full size`,
  },
)
