import { expect, it } from 'vitest'
import { deviceKind, isPerson } from './visitor.ts'

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'
const CHROME = (version: number) =>
  `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`
const ANDROID = 'Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko)'

const asking = (agent: string, headers: Record<string, string> = {}, method = 'GET') => ({
  method,
  headers: { 'user-agent': agent, ...headers },
})

it.each([
  IPHONE,
  CHROME(140),
  `${IPHONE} KAKAOTALK 10.8.0`,
  `${ANDROID} Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36 DaumApps/5.9`,
  'Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0 Mobile Safari/537.36',
  'okhttp/4.12.0',
  '',
])('a person looks with %j', (agent) => {
  expect(isPerson(asking(agent))).toBe(true)
})

it.each([
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'AdsBot-Google (+http://www.google.com/adsbot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0)',
  'Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)',
  'Mozilla/5.0 (compatible; Daum/4.1)',
  'Mozilla/5.0 (compatible; Daumoa 4.0)',
  'facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'WhatsApp/2.23.20.0',
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)',
  'Sogou web spider/4.0',
  'Mozilla/5.0 (compatible; Yahoo! Slurp)',
  'CCBot/2.0',
  'Scrapy/2.11',
  'SomeCrawler',
  'Mediapartners-Google',
  'Mozilla/5.0 (compatible; Google-InspectionTool/1.0)',
  'Mozilla/5.0 Chrome-Lighthouse',
])('no person looks with %j', (agent) => {
  expect(isPerson(asking(agent))).toBe(false)
})

it('counts no head and no page fetched in case it is wanted', () => {
  expect(isPerson(asking(IPHONE, {}, 'HEAD'))).toBe(false)
  for (const headers of [
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'prefetch' },
    { 'x-purpose': 'preview' },
    { 'x-moz': 'prefetch' },
  ])
    expect(isPerson(asking(IPHONE, headers))).toBe(false)
})

it.each([
  [CHROME(140), 'windows chrome'],
  [CHROME(141), 'windows chrome'],
  [`${CHROME(140)} Edg/140.0.0.0`, 'windows edge'],
  [`${CHROME(140)} OPR/120.0.0.0`, 'windows opera'],
  [`${CHROME(140)} Whale/4.30`, 'windows whale'],
  [IPHONE, 'ios safari'],
  [`${IPHONE} KAKAOTALK 10.8.0`, 'ios kakaotalk'],
  [`${IPHONE} NAVER(inapp; search; 2000)`, 'ios naver'],
  [IPHONE.replace('Version/18.1', 'CriOS/140.0'), 'ios chrome'],
  [IPHONE.replace('Version/18.1', 'FxiOS/140.0'), 'ios firefox'],
  [IPHONE.replaceAll('iPhone', 'iPad'), 'ios safari'],
  [`${ANDROID} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`, 'android samsung'],
  [`${ANDROID} Chrome/140.0 Mobile Safari/537.36 EdgA/140.0`, 'android edge'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15',
    'mac safari',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'linux firefox'],
  ['okhttp/4.12.0', 'other other'],
  ['', 'other other'],
])('%j is %s', (agent, kind) => {
  expect(deviceKind(agent)).toBe(kind)
})
