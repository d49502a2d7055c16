import { titles } from '../frame/titles.ts'
import { inBoth } from '../words/language.ts'

export const settingWords = inBoth(
  {
    title: titles.settings.ko,
    explained:
      '답한 프로세스의 설정입니다. 환경 변수로 정하며 여기서는 바꿀 수 없습니다. 비밀 값은 보이지 않습니다.',
    owner: '주인',
    name: '이름',
    value: '값',
    from: '출처',
    given: '설정함',
    fallback: '기본값',
    secret: '비밀 (설정됨)',
    none: '없음',
    about: '뜻',
  },
  {
    title: titles.settings.en,
    explained:
      'The settings of the process that answered. They come from the environment and cannot be changed here. Secrets are not shown.',
    owner: 'Owner',
    name: 'Name',
    value: 'Value',
    from: 'From',
    given: 'Set',
    fallback: 'Default',
    secret: 'Secret (set)',
    none: 'None',
    about: 'Meaning',
  },
)
