import { inBoth } from '../words/language.ts'

export const maintenanceWords = inBoth(
  {
    title: '점검 시간',
    explained:
      '알리는 즉시 쇼핑몰·도서관·콘솔의 모든 화면에 안내가 나오고, 시작되면 화면의 주문·신청·변경을 받지 않습니다. 24시간까지 정할 수 있습니다. 둘러보기와 로그인, 결제사에서 돌아오는 결제, 직원의 일, API는 그대로 됩니다. 밤의 정기결제 실행은 점검 중에도 멈추지 않습니다. 멈추려면 정기결제 실행에서 멈추세요.',
    from: '시작 (한국 시간)',
    until: '끝 (한국 시간)',
    textKo: '안내 문구 (한국어)',
    textEn: '안내 문구 (영어)',
    announce: '점검 알리기',
    change: '점검 고치기',
    saved: '점검을 알렸습니다',
    end: { announced: '점검 취소', under_way: '점검 지금 끝내기' },
    endSays: {
      announced: '모든 화면에서 안내가 사라지고 점검은 시작되지 않습니다.',
      under_way: '모든 화면이 바로 주문·신청·변경을 다시 받습니다.',
    },
    ended: '점검이 끝났습니다',
    changedMeanwhile: '그사이 다른 사람이 점검을 바꾸었습니다. 입력하신 내용은 아래에 그대로 있습니다.',
    noneNow: '지금은 알린 점검이 없습니다.',
  },
  {
    title: 'Maintenance',
    explained:
      'As soon as it is announced every page of shop, library and console shows a notice, and once it begins pages take no orders, applications or changes. It can take up to 24 hours. Reading, logging in, payments that come back from a provider, the work of staff and the API go on. The nightly billing run does not stop for it: to stop that, use its brake under billing runs.',
    from: 'Begins (Seoul time)',
    until: 'Ends (Seoul time)',
    textKo: 'Notice in Korean',
    textEn: 'Notice in English',
    announce: 'Announce maintenance',
    change: 'Change maintenance',
    saved: 'Maintenance is announced',
    end: { announced: 'Take it back', under_way: 'End it now' },
    endSays: {
      announced: 'The notice leaves all pages, and no maintenance begins.',
      under_way: 'All pages take orders, applications and changes again at once.',
    },
    ended: 'Maintenance has ended',
    changedMeanwhile: 'Somebody has changed the maintenance meanwhile. What you typed is still below.',
    noneNow: 'No maintenance is announced now.',
  },
)
